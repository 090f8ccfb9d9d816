"""JSON values as the values that a raw schema takes: the types come from the schema, nothing is guessed.

Times are ISO 8601 with a zone, dates ISO dates; a whole number may be written as 3 or 3.0, never as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from producers import times
from schemas.catalog import latest
from schemas.types import raw_topic

Convert = Callable[[Any], Any]
"""Raises ValueError when the value does not fit."""

PROTECTED: Final = ("patient", "prior_patient")
_LIMITS: Final = {"long": 1 << 63, "int": 1 << 31}
_WORDS: Final = {
    "timestamp-millis": "a time with zone, like 2026-01-31T12:00:00Z, of the years 1800 to 2299",
    "date": "a date, like 2026-01-31",
    "long": "a whole number without quotes",
    "int": "a whole number without quotes",
    "double": "a number without quotes",
    "boolean": "true or false without quotes",
    "string": "a text in quotes",
}


@cache
def field_types(family: str) -> Mapping[str, Convert]:
    """For every field of the family's raw schema, but the protected identifiers, the conversion from JSON."""
    fields = latest(raw_topic(family)).definition["fields"]
    return {field["name"]: _convert(field["type"]) for field in fields if field["name"] not in PROTECTED}


@cache
def types_in_words(family: str) -> Mapping[str, str]:
    """For the same fields what a value must be."""
    fields = latest(raw_topic(family)).definition["fields"]
    return {field["name"]: type_in_words(field["type"]) for field in fields if field["name"] not in PROTECTED}


def field_type(kind: Any) -> tuple[Any, bool]:
    """The type without its null, and whether null is allowed."""
    if isinstance(kind, list):
        return next(option for option in kind if option != "null"), "null" in kind
    return kind, False


def type_in_words(kind: Any) -> str:
    """As a sender reads it, who knows JSON."""
    inner, optional = field_type(kind)
    return _inner_in_words(inner) + (", or null" if optional else "")


def _inner_in_words(kind: Any) -> str:
    if not isinstance(kind, Mapping):
        return _WORDS[kind]
    if logical := kind.get("logicalType"):
        return _WORDS[logical]
    if kind["type"] == "array":
        return f"a list; each of it {type_in_words(kind['items'])}"
    parts = ", ".join(f"{part['name']} ({type_in_words(part['type'])})" for part in kind["fields"])
    return f"an object with {parts}"


def _convert(kind: Any) -> Convert:
    if isinstance(kind, list):
        inner = _convert(field_type(kind)[0])
        return lambda value: None if value is None else inner(value)
    if isinstance(kind, Mapping):
        logical = kind.get("logicalType")
        if logical == "timestamp-millis":
            return lambda value: times.parse_instant(_text(value))
        if logical == "date":
            return lambda value: times.parse_date(_text(value))
        if kind["type"] == "array":
            return _array(_convert(kind["items"]))
        return _record(kind)
    if kind in _LIMITS:
        return lambda value: _whole(value, _LIMITS[kind])
    return {"string": _text, "double": _number, "boolean": _truth}[kind]


def _array(item: Convert) -> Convert:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError
        return [item(entry) for entry in value]

    return convert


def _record(kind: Mapping[str, Any]) -> Convert:
    parts = {part["name"]: _convert(part["type"]) for part in kind["fields"]}
    needed = [part["name"] for part in kind["fields"] if "default" not in part]

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value.keys() <= parts.keys():
            raise ValueError
        if any(name not in value for name in needed):
            raise ValueError
        return {name: parts[name](entry) for name, entry in value.items()}

    return convert


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _whole(value: Any, limit: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -limit <= value < limit:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value
