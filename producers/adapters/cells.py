"""Turns the cells of a CSV row into values of the schema's types, as the mapping says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, DecimalException
from typing import Any, Final
from zoneinfo import ZoneInfo

from producers import times
from producers.adapters.typed import field_type
from producers.mappings.types import Cell, CsvMapping, EventMapping
from schemas.catalog import latest
from schemas.types import raw_topic

Row = Mapping[str, str]
Convert = Callable[[Row], Any]

_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss"})
_WHOLE: Final = 1 << 63
_CELLS_OF_NUMBER: Final = 40
"""A number longer than this is none; Decimal would take time that grows with its square."""


class UnusableCellError(ValueError):
    """A cell cannot become its field's value: which answer, and of which column."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(code)
        self.code = code
        self.column = column


def converters(event: EventMapping, mapping: CsvMapping, facilities: Mapping[str, str]) -> dict[str, Convert]:
    """For every mapped field a function of the row. It raises UnusableCellErrorCellError."""
    fields = {field["name"]: field for field in latest(raw_topic(event.family)).definition["fields"]}
    made: dict[str, Convert] = {}
    for name, value in event.fields.items():
        kind, optional = field_type(fields[name]["type"])
        if isinstance(value, tuple):
            parts = {part["name"]: part["type"] for part in kind["items"]["fields"]}
            made[name] = _entries(value, parts, mapping, facilities)
        elif isinstance(value, Cell):
            made[name] = _cell(value, kind, optional, mapping, facilities)
        else:
            made[name] = _constant(value)
    return made


def _entries(
    entries: tuple[dict[str, Any], ...], parts: Mapping[str, Any], mapping: CsvMapping, facilities: Mapping[str, str]
) -> Convert:
    def part(name: str, value: Any) -> Convert:
        if isinstance(value, Cell):
            return _cell(value, *field_type(parts[name]), mapping, facilities)
        return _constant(value)

    made = [{name: part(name, value) for name, value in entry.items()} for entry in entries]
    return lambda row: [{name: convert(row) for name, convert in entry.items()} for entry in made]


def _constant(value: Any) -> Convert:
    return lambda row: value  # noqa: ARG005  every converter takes the row


def _cell(cell: Cell, kind: Any, optional: bool, mapping: CsvMapping, facilities: Mapping[str, str]) -> Convert:
    unknown = frozenset(cell.unknown if cell.unknown is not None else mapping.unknown)
    parse = _parser(cell, kind, mapping)
    table = mapping.tables[cell.table] if cell.table else None

    def convert(row: Row) -> Any:
        text = row[cell.column].strip()
        if text in unknown:
            if optional:
                return None
            raise UnusableCellError("CSV-07", cell.column)
        known = facilities.get(text) if cell.facilities else None
        if known is None and table is not None:
            known = table.get(text)
            if known is None:
                raise UnusableCellError("CSV-06", cell.column)
        return parse(text if known is None else known)

    return convert


def _parser(cell: Cell, kind: Any, mapping: CsvMapping) -> Callable[[str], Any]:
    logical = kind.get("logicalType") if isinstance(kind, Mapping) else None
    if logical == "timestamp-millis":
        return _moment(cell, ZoneInfo(mapping.zone))
    if logical == "date":
        return lambda text: _day(text, cell)
    if kind in ("long", "int", "double"):
        return _number(cell, kind, mapping)
    if kind == "boolean":
        return lambda text: _truth(text, cell)
    if cell.slug:
        return lambda text: cell.prefix + slug(text)
    return lambda text: cell.prefix + text


def _number(cell: Cell, kind: str, mapping: CsvMapping) -> Callable[[str], Any]:
    decimal, thousands = mapping.csv.decimal, mapping.csv.thousands
    mark = re.escape(thousands)
    grouped = re.compile(rf"[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?:{re.escape(decimal)}\d*)?", re.ASCII)

    def parse(text: str) -> int | float:
        if thousands and thousands in text:
            if not grouped.fullmatch(text):  # 1.5 in a column with 1.234 is no fifteen
                raise UnusableCellError("CSV-04", cell.column)
            text = text.replace(thousands, "")
        if decimal == ",":
            if "." in text:
                raise UnusableCellError("CSV-04", cell.column)
            text = text.replace(",", ".")
        try:
            if len(text) > _CELLS_OF_NUMBER or "_" in text:
                raise UnusableCellError("CSV-04", cell.column)
            number = Decimal(text) * cell.scale
        except DecimalException:  # no number, or one with an exponent beyond all bounds
            raise UnusableCellError("CSV-04", cell.column) from None
        if not number.is_finite() or abs(number) >= _WHOLE:
            raise UnusableCellError("CSV-04", cell.column)
        if kind == "double":
            return float(number)
        whole = int(number)
        if whole != number:
            raise UnusableCellError("CSV-04", cell.column)
        return whole

    return parse


def _moment(cell: Cell, zone: ZoneInfo) -> Callable[[str], datetime]:
    clock = time.fromisoformat(cell.clock) if cell.clock else None

    def parse(text: str) -> datetime:
        if clock is not None:
            day = _day(text, cell)
            try:
                return times.at(day, clock, zone)
            except ValueError:
                raise UnusableCellError("CSV-05", cell.column) from None
        try:
            moment = datetime.strptime(text, cell.format) if cell.format else datetime.fromisoformat(text)  # noqa: DTZ007
            return times.to_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))
        except ValueError:
            raise UnusableCellError("CSV-05", cell.column) from None

    return parse


def _day(text: str, cell: Cell) -> date:
    try:
        if cell.format:
            return datetime.strptime(text, cell.format).date()  # noqa: DTZ007  a date has no zone
        return times.parse_date(text)
    except ValueError:
        raise UnusableCellError("CSV-05", cell.column) from None


def _truth(text: str, cell: Cell) -> bool:
    if text.lower() in ("true", "1"):
        return True
    if text.lower() in ("false", "0"):
        return False
    raise UnusableCellError("CSV-04", cell.column)


def slug(name: str) -> str:
    """An id from a name: lower case, ASCII letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
