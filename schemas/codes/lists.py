"""The code lists, and whether a code is in one at a date.

Validity is by Norwegian calendar date. A date's bounds are turned into instants once, at load, so that a column of UTC
times is compared as it is and no row is converted to local time.

What a list does not know (R40 in the domain reference) depends on who is newer. A reporting model newer than the one
a list was read from may have codes that we have not heard of: an *open* list then says "unknown", which the rules
only warn of (COD-08). A *closed* list is one whose codes decide what a record means (sex, level of care, urgency,
status, code system); a code outside it is wrong in every model.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

HERE = Path(str(files("schemas.codes")))
PREFIX = "2.16.578.1.12.4.1.1."
MUNICIPALITIES = "3402"

_OSLO = ZoneInfo("Europe/Oslo")
_ALWAYS = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `valid_from` and `valid_to` are the first and last day; None where no bound is known."""

    value: str
    text: str
    valid_from: date | None
    valid_to: date | None

    @property
    def bounds(self) -> tuple[int, int]:
        """First instant and first instant after, milliseconds since 1970."""
        low, high = _ALWAYS
        if self.valid_from:
            low = _midnight(self.valid_from)
        if self.valid_to:
            high = _midnight(self.valid_to + timedelta(days=1))
        return low, high


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list. `model` is the reporting model it was read from, empty where it does not come from one."""

    oid: str
    name: str
    model: str
    closed: bool
    source: str
    codes: tuple[Code, ...]

    def holds(self, value: str, at: date | None = None) -> bool:
        """The scalar of `valid`."""
        instant = _midnight(at) if at else None
        return any(
            code.value == value and (instant is None or code.bounds[0] <= instant < code.bounds[1])
            for code in self.codes
        )


def valid(oid: str, codes: pl.Expr, at: pl.Expr | None = None) -> pl.Expr:
    """Whether each code is in list `oid` at the time `at` (Date, or Datetime in UTC). Null codes give null.

    Where `at` is null or left out, a code that was ever valid is valid. Raises KeyError for an unknown OID.
    """
    return among(code_list(oid).codes, codes, at)


def among(members: Iterable[Code], codes: pl.Expr, at: pl.Expr | None = None) -> pl.Expr:
    """As `valid`, for part of a list."""
    members = list(members)
    if at is None:
        return codes.is_in(sorted({code.value for code in members}))
    spans: dict[tuple[int, int], list[str]] = {}
    for code in members:
        spans.setdefault(code.bounds, []).append(code.value)
    if set(spans) <= {_ALWAYS}:
        return codes.is_in(spans.get(_ALWAYS, []))
    instant = at.dt.epoch("ms")
    if len(spans) > _FEW_SPANS:
        return _by_table(members, codes, instant)
    found = codes.is_in(spans.pop(_ALWAYS, []))
    for (low, high), values in spans.items():
        found = found | (codes.is_in(values) & ((instant >= low) & (instant < high)).fill_null(value=True))
    return found


_FEW_SPANS = 4


def _by_table(members: list[Code], codes: pl.Expr, instant: pl.Expr) -> pl.Expr:
    """For lists in which many codes have bounds of their own: each code's position gives its bounds."""
    values = [code.value for code in members]
    assert len(set(values)) == len(values), "a code with two spans needs `among`'s other branch"
    position = codes.cast(pl.Enum(values), strict=False).to_physical()
    low = pl.lit(pl.Series([code.bounds[0] for code in members])).gather(position)
    high = pl.lit(pl.Series([code.bounds[1] for code in members])).gather(position)
    inside = ((instant >= low) & (instant < high)).fill_null(value=True)
    return pl.when(codes.is_not_null()).then(position.is_not_null() & inside)


def code_list(oid: str) -> CodeList:
    """The list with this OID, full or as its last number. Raises KeyError."""
    return code_lists()[oid.removeprefix(PREFIX)]


@cache
def code_lists() -> Mapping[str, CodeList]:
    """Every list by the last number of its OID."""
    codes: dict[str, list[Code]] = {}
    for row in read(HERE / "codes.csv"):
        codes.setdefault(row["oid"], []).append(_code(row["code"], row["text"], row))
    codes[MUNICIPALITIES] = [_code(row["code"], row["name"], row) for row in read(HERE / "municipalities.csv")]
    return {
        row["oid"]: CodeList(
            row["oid"], row["name"], row["model"], row["kind"] == "closed", row["source"], tuple(codes[row["oid"]])
        )
        for row in read(HERE / "lists.csv")
    }


@cache
def models_for(family: str) -> tuple[str, ...]:
    """The reporting models whose events are taken in, in one family."""
    return tuple(row["version"] for row in read(HERE / "models.csv") if family in row["families"].split())


@cache
def newer_models(model: str) -> tuple[str, ...]:
    """The reporting models that may know codes which `model` does not."""
    versions = [row["version"] for row in read(HERE / "models.csv")]
    return tuple(version for version in versions if _numbers(version) > _numbers(model))


def read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of one of our tables."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _code(value: str, text: str, row: Mapping[str, str]) -> Code:
    return Code(value, text, _date(row["valid_from"]), _date(row["valid_to"]))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), _OSLO).astimezone(UTC).timestamp()) * 1000
