"""What a mapping file says: how the columns of a CSV become fields of raw records.

A field's type comes from its schema: a number is parsed for a `long`, a date for a `date`, a date with the mapping's
time of day and zone for a time stamp. So a mapping says where a value stands, and what its units are, never how to
convert it.
"""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.types import Family


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Cell(_Part):
    """A value taken from one column of the row."""

    column: str
    table: str | None = None
    """Name of a table of the mapping through which the text goes."""
    facilities: bool = False
    """Look the text up in the caller's facilities first."""
    slug: bool = False
    """Make an id of a name: lower case, ASCII letters, digits and hyphens."""
    prefix: str = ""
    scale: Decimal = Decimal(1)
    """What a number is multiplied by to be in the schema's unit (1000 for a column in thousands)."""
    format: str | None = None
    """strptime format of a date or time that is not ISO 8601."""
    clock: Annotated[str, Field(strict=True, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Time of day, "HH:MM" in quotes, of a column that holds a date only."""
    unknown: tuple[str, ...] | None = None
    """Texts that mean "not known" in this column, in place of the mapping's."""


Constant = str | int | float | bool | None
Value = Cell | Constant | tuple[dict[str, Cell | Constant], ...]
"""A cell, a constant, or for an array field one object for each of its entries."""


class PatientColumn(_Part):
    """Where the patient's identifier stands, for families that have one."""

    type: str
    """Code of list 9032."""
    column: str


class EventMapping(_Part):
    """One event that a row becomes."""

    family: Family
    fields: dict[str, Value]
    only: dict[str, tuple[str, ...]] = {}
    """Columns and the texts they must hold for this event to be made of the row."""
    subject: str | None = None
    """Subject id with field names in braces. Capacity has its own: {unit}/{resource}/{category}/{as_of}."""
    patient: PatientColumn | None = None


class Dialect(_Part):
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    thousands: str = ""

    @model_validator(mode="after")
    def _signs_differ(self) -> Dialect:
        if self.thousands == self.decimal:
            raise ValueError("takes the same sign for decimal and thousands: give each its own, or leave thousands out")
        return self

    @field_validator("thousands")
    @classmethod
    def _no_part_of_a_number(cls, value: str) -> str:
        if re.search(r"[\d+-]", value):
            raise ValueError("stands between digits, like a blank: it can hold neither a digit nor + or -")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            lines_stay = "a\n".encode(value) == b"a\n" and codecs.lookup(value)
        except LookupError:
            lines_stay = False
        if not lines_stay:
            raise ValueError("is no character set that contains ASCII, like utf-8 or iso-8859-1")
        return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("is no time zone, like Europe/Oslo") from None
    return value


class CsvMapping(_Part):
    """A whole mapping file."""

    name: str
    title: str
    source: str
    """Who publishes the data and under which licence."""
    notes: str = ""
    csv: Dialect = Dialect()
    zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Oslo"
    unknown: tuple[str, ...] = ("",)
    """Texts that mean "not known": such a value is null, never 0."""
    system: dict[Literal["vendor", "product", "version"], str] = {}
    reporter: Cell | str
    """Organisation number of who reports the row; the caller's --reporter goes before it."""
    tables: dict[str, dict[str, str]] = {}
    events: Annotated[tuple[EventMapping, ...], Field(min_length=1)]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that a row needs."""
        return frozenset(_columns(self.model_dump()))


def _columns(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [str(node["column"])] if isinstance(node.get("column"), str) else []
        found += [str(name) for name in node.get("only", {})] if isinstance(node.get("only"), dict) else []
        return found + [name for value in node.values() for name in _columns(value)]
    if isinstance(node, list | tuple):
        return [name for value in node for name in _columns(value)]
    return []
