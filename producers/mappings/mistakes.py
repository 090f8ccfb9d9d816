"""What is wrong with a mapping's keys and values, in words of the file's author, not of the library that found it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from producers.adapters.typed import field_type, type_in_words
from producers.mappings.types import Cell, CsvMapping, Dialect, EventMapping, PatientColumn

_KEYS: Final = sorted(
    {key for part in (Cell, CsvMapping, Dialect, EventMapping, PatientColumn) for key in part.model_fields}
)
_KINDS: Final = frozenset({"Cell", "str", "int", "float", "bool"})
"""What pydantic puts into a key where a value may be of several kinds."""
_WORDS: Final = {
    "missing": "is missing",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_type": "must be text: put it in quotes",
}
_SOME_DAY: Final = datetime(2026, 1, 31, 12, 45, tzinfo=UTC)


def in_words(error: ValidationError) -> tuple[str, str]:
    """The key and what to do, of the mistake that is the furthest inside: of a value that may be of several kinds it
    is about the kind that was meant."""
    found = max(
        error.errors(include_input=False, include_url=False, include_context=False),
        key=lambda one: (len(one["loc"]), one["type"] == "extra_forbidden", one["type"] != "model_type"),
    )
    path = [str(part) for part in found["loc"] if part not in _KINDS and not str(part).startswith("tuple[")]
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _KEYS, n=1)
        what = "there is no such key" + (f", did you mean {near[0]}?" if near else "")
    else:
        said = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
        what = _WORDS.get(found["type"], said)
    return ".".join(path), what


def of_constant(kind: Any, value: Any) -> str | None:
    """A constant is taken as it is, so it must be what the schema's type (`kind`) holds."""
    inner, optional = field_type(kind)
    if value is None:
        return None if optional else "cannot be null"
    if isinstance(inner, Mapping):
        return "must come from a column"
    python: Any = {"string": str, "boolean": bool, "double": (int, float)}.get(inner, int)
    if isinstance(value, python) and (inner == "boolean" or not isinstance(value, bool)):
        return None
    return f"must be a column, or {type_in_words(kind)}"


def of_format(kind: Any, form: str) -> str | None:
    """A date written in the format must be read as that date again."""
    inner, _ = field_type(kind)
    if not isinstance(inner, Mapping):
        return None
    try:
        right = datetime.strptime(_SOME_DAY.strftime(form), form).date() == _SOME_DAY.date()  # noqa: DTZ007
    except ValueError:
        right = False
    return None if right else "is no format of a date, like %d.%m.%Y"
