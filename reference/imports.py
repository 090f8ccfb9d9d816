"""Reads reference tables from the files that people have. Bad lines are refused with a reason, the rest is kept.

Comma or semicolon, UTF-8 with or without a byte order mark; columns in any order, further columns ignored. Spreadsheets
cut leading zeros off municipality and district codes: they are put back.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from reference.tables import (
    AGE_GROUPS,
    CATCHMENT,
    HELSEFELLESSKAP,
    MUNICIPALITIES,
    POPULATION,
    SEXES,
    UNITS,
    PolarsType,
)
from schemas.errors import Fatal
from schemas.identity import valid_organisation

Row = dict[str, str | None]


@dataclass(frozen=True)
class Refusal:
    """One line that was not taken. `value` is the code or organisation number of the line; empty where what stands
    there is none: it may be of a person."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True)
class Parsed:
    """What a file holds: the good lines as a table, and the others."""

    read: int
    frame: pl.DataFrame
    refused: list[Refusal]


class _Refused(Exception):  # noqa: N818
    """Why a line is not taken."""


_HEADINGS: Final = {"hf": "health_trust", "rhf": "region", "kommunenr": "kommuneNr"}
"""Headings in use for columns of ours."""
_COORDINATES: Final = {"latitude": 90, "longitude": 180}
"""Degrees, WGS 84, and the most that each can be."""
_NORWAY: Final = ((57.0, 81.5), (-10.0, 37.0))
"""Between which latitudes and longitudes its land lies, Svalbard and Jan Mayen with it."""
_DECIMAL: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_SHOWN: Final = _WHOLE
"""Codes and organisation numbers, and what is left of them: no name, and no number of a person."""
_PERSONAL: Final = re.compile(r"(?<!\d)\d{6} ?\d{5}(?!\d)", re.ASCII)
_TOLD: Final = 3
"""How many lines are told of when none is usable."""


def units(path: Path, base: pl.DataFrame, known: pl.DataFrame) -> Parsed:
    """Treatment units: orgnr, name, hospital, hf (health_trust), rhf (region), kommuneNr, latitude, longitude (WGS 84).

    What `base` (the shipped units) has and the file has not stays. Spellings of one trust that differ only in upper and
    lower case are made one, the most frequent, so that figures by trust do not fall apart. `known` are the
    municipalities, present and former. Raises Fatal when the file is no such table or holds no good line.
    """
    codes = set(known["code"])

    def check(row: Row) -> None:
        _check_unit(row)
        if row["kommuneNr"]:
            row["kommuneNr"] = _municipality(row["kommuneNr"], codes)
        _check_coordinates(row)

    parsed = _parse(path, UNITS, key=("orgnr",), required=("orgnr", "name"), check=check)
    frame = pl.concat([parsed.frame, base.filter(~pl.col("orgnr").is_in(parsed.frame["orgnr"].implode()))])
    frame = frame.with_columns(_one_spelling(frame[name]) for name in ("health_trust", "region"))
    return Parsed(parsed.read, frame.sort("orgnr"), parsed.refused)


def catchment(path: Path, known: pl.DataFrame) -> Parsed:
    """Catchment: kommune, bydel (empty: the whole municipality), rhf, hf, hospital, dps.

    `known` are the municipalities, present and former. Raises Fatal as `units` does.
    """
    codes = set(known["code"])

    def check(row: Row) -> None:
        row["kommune"] = municipality = _municipality(row["kommune"], codes)
        if row["bydel"]:
            row["bydel"] = district = _code(row["bydel"], 6, "the district")
            if not district.startswith(municipality):
                raise _Refused("the district's code does not begin with the municipality's")

    return _parse(path, CATCHMENT, key=("kommune", "bydel"), required=("kommune", "hf"), check=check)


def helsefellesskap(path: Path, known: pl.DataFrame) -> Parsed:
    """Helsefellesskap of municipalities, present or former: kommuneNr, helsefellesskap.

    Spellings of one name that differ only in upper and lower case are made one. Raises Fatal as `units` does.
    """
    codes = set(known["code"])

    def check(row: Row) -> None:
        row["kommuneNr"] = _municipality(row["kommuneNr"], codes)

    names = ("kommuneNr", "helsefellesskap")
    parsed = _parse(path, HELSEFELLESSKAP, key=("kommuneNr",), required=names, check=check)
    frame = parsed.frame.with_columns(_one_spelling(parsed.frame["helsefellesskap"]))
    return Parsed(parsed.read, frame, parsed.refused)


def population(path: Path, known: pl.DataFrame) -> Parsed:
    """Population: kommuneNr, date (the day that it is of), sex (1 or 2, list 3101), age_group (ten years), population.

    Of municipalities in force only: of one that was split nobody can say where its people count. `sex` and `age_group`
    stand on every line or on none, and the date is one, as the first good line has it: figures of two kinds would be
    added up. Raises Fatal as `units` does.
    """
    codes = set(known["code"])
    present = set(known.filter(pl.col("valid_to").is_null())["code"])
    first: Row = {}

    def check(row: Row) -> None:
        row["kommuneNr"] = municipality = _municipality(row["kommuneNr"], codes)
        if municipality not in present:
            raise _Refused("the municipality is no longer in force: population is taken by those that are")
        row["date"] = _day(row["date"], "date").isoformat()
        if not _WHOLE.fullmatch(row["population"] or ""):
            raise _Refused("population is not a whole number, written in digits alone")
        if row["sex"] and row["sex"] not in SEXES:
            raise _Refused(f"sex is not {' or '.join(SEXES)} (code list 3101)")
        if row["age_group"] and row["age_group"] not in AGE_GROUPS:
            raise _Refused(f"age_group is not one of {', '.join(AGE_GROUPS)}")
        if not first:
            first.update(row)
        if row["date"] != first["date"]:
            raise _Refused("it is of another date than the lines before")
        for name in ("sex", "age_group"):
            if bool(row[name]) != bool(first[name]):
                raise _Refused(f"it has {'a' if row[name] else 'no'} {name}, unlike the lines before")

    key, required = ("kommuneNr", "sex", "age_group"), ("kommuneNr", "date", "population")
    return _parse(path, POPULATION, key=key, required=required, check=check)


def municipalities(path: Path) -> Parsed:
    """Municipalities, present and former: code, name, county, valid_from, valid_to, successor.

    `successor` is empty for a code that was split: it has no single one. Raises Fatal as `units` does.
    """

    def check(row: Row) -> None:
        row["code"] = _code(row["code"], 4, "the code")
        row["county"] = _code(row["county"], 2, "the county")
        if row["successor"]:
            row["successor"] = _code(row["successor"], 4, "the successor")
            if not row["valid_to"]:
                raise _Refused("it has a successor but no last day (valid_to)")
        if _day(row["valid_from"], "valid_from") > _day(row["valid_to"], "valid_to", date.max):
            raise _Refused("its last day is before its first")

    parsed = _parse(path, MUNICIPALITIES, key=("code",), required=("code", "name", "county"), check=check)
    lost = set(parsed.frame["successor"].drop_nulls()) - set(parsed.frame["code"])
    if lost:
        named = ", ".join(sorted(lost)[:5])
        count = f" ({len(parsed.refused)} refused{_told(parsed.refused)})" if parsed.refused else ""
        raise Fatal(
            f"{path.name}: the table lacks codes that it names as successors: {named}{count}; nothing was changed"
        )
    return parsed


def _check_unit(row: Row) -> None:
    number = row["orgnr"] or ""
    if len(number) != 9 or not number.isascii() or not number.isdigit():
        raise _Refused("is not nine digits")
    if not valid_organisation(number):
        raise _Refused("fails the control digit (modulus 11)" if number[0] in "89" else "does not begin with 8 or 9")


def _check_coordinates(row: Row) -> None:
    for name, most in _COORDINATES.items():
        text = row[name]
        if text is None:
            continue
        if "," in text:
            raise _Refused(f"{name} has a decimal comma: write a point")
        if not _DECIMAL.fullmatch(text):
            raise _Refused(f"{name} is not a number of degrees, as 59.91 is")
        if abs(float(text)) > most:
            raise _Refused(f"{name} is not between -{most} and {most} degrees")
    latitude, longitude = row["latitude"], row["longitude"]
    if bool(latitude) != bool(longitude):
        raise _Refused("has a latitude or a longitude, and not both")
    if latitude and longitude and row["kommuneNr"]:
        (south, north), (west, east) = _NORWAY
        if not (south <= float(latitude) <= north and west <= float(longitude) <= east):
            raise _Refused("its coordinates are not in Norway, as its municipality is: are they exchanged?")


def _municipality(text: str | None, known: set[str]) -> str:
    code = _code(text, 4, "the municipality")
    if code not in known:
        raise _Refused("no municipality has or had this code")
    return code


def _parse(
    path: Path,
    schema: Mapping[str, PolarsType],
    *,
    key: tuple[str, ...],
    required: tuple[str, ...],
    check: Callable[[Row], None],
) -> Parsed:
    """Lines of `path` as a table of `schema`; `check` mends a row or raises _Refused."""
    taken: dict[tuple[str | None, ...], tuple[int, Row]] = {}
    refused: list[Refusal] = []
    lines = _lines(path, schema, required)
    for line, row, has_more in lines:
        value = row[key[0]] or ""
        value = value if _SHOWN.fullmatch(value) else ""
        try:
            if unclosed := [name for name in schema if {"\r", "\n"} & set(row[name] or "")]:
                raise _Refused(f"{unclosed[0]} goes on over several lines: is a quotation mark not closed?")
            if has_more:
                raise _Refused("has more fields than the first line names columns: is there a comma within one?")
            empty = [name for name in required if not row[_HEADINGS.get(name, name)]]
            if empty:
                raise _Refused(f"has no {' and no '.join(empty)}")
            check(row)
            if personal := [name for name in schema if _PERSONAL.search(row[name] or "")]:
                raise _Refused(f"{personal[0]} has a number of eleven digits in it, as persons have: take it out")
            first, before = taken.setdefault(tuple(row[name] for name in key), (line, row))
            if first != line:
                raise _Refused(f"stands on line {first} already" + ("" if before == row else ", with another content"))
        except _Refused as reason:
            refused.append(Refusal(line, value, str(reason)))
    if not taken:
        raise Fatal(f"{path.name} holds no usable line ({len(refused)} refused{_told(refused)}); nothing was changed")
    rows = [row for _, row in taken.values()]
    texts = pl.DataFrame(
        {name: [row[name] for row in rows] for name in schema}, schema=dict.fromkeys(schema, pl.String)
    )
    typed = [
        pl.col(name).str.to_date() if type_ is pl.Date else pl.col(name).cast(type_) for name, type_ in schema.items()
    ]
    return Parsed(len(lines), texts.select(typed), refused)


def _told(refused: list[Refusal]) -> str:
    """The first of them, without their values."""
    told = "; ".join(f"line {one.line}: {one.reason}" for one in refused[:_TOLD])
    return f": {told}{'; …' if len(refused) > _TOLD else ''}" if told else ""


def _lines(path: Path, schema: Mapping[str, PolarsType], required: tuple[str, ...]) -> list[tuple[int, Row, bool]]:
    """Line number, columns (empty text is null) and whether it has fields without a heading, of every line that is not
    empty."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Fatal(f"{path.name} is not UTF-8; save it as CSV UTF-8 and import it again") from None
    except OSError as error:
        raise Fatal(f"{path} cannot be read: {error.strerror}") from None
    heading = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count))
    found = []
    begins = 1
    try:
        given = [name.strip().lower() for name in next(reader, [])]
        columns = [_HEADINGS.get(name, name) for name in given]
        missing = [name for name in required if _HEADINGS.get(name, name) not in columns]
        if missing:
            raise Fatal(
                f"{path.name} has no column {' and no column '.join(missing)}; its first line must name the columns"
            )
        if twice := [name for name in schema if columns.count(name) > 1]:
            same = " and ".join(name for name, column in zip(given, columns, strict=True) if column == twice[0])
            raise Fatal(f"{path.name} has two columns of one meaning, {same}; take one of them out and import it again")
        begins = reader.line_num + 1
        for fields in reader:
            values = dict(zip(columns, (field.strip() or None for field in fields), strict=False))
            if any(values.values()):
                row = {name: values.get(name) for name in schema}
                found.append((begins, row, any(field.strip() for field in fields[len(columns) :])))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Fatal(f"{path.name}, from line {begins} on: {error}; is a quotation mark not closed?") from None
    return found


def _code(text: str | None, digits: int, what: str) -> str:
    code = (text or "").zfill(digits)
    if len(code) != digits or not code.isascii() or not code.isdigit():
        raise _Refused(f"{what} is not {digits} digits")
    return code


def _day(text: str | None, what: str, otherwise: date = date.min) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise _Refused(f"{what} is not a date (YYYY-MM-DD)") from None


def _one_spelling(names: pl.Series) -> pl.Series:
    counts = Counter(names.drop_nulls())
    best: dict[str, str] = {}
    for name, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        best.setdefault(name.casefold(), name)
    return names.replace({name: best[name.casefold()] for name in counts})
