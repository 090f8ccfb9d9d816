"""Loads a mapping file and checks it against the schemas, so that an error is found here and not in row 7 000."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from producers.mappings.mistakes import in_words, of_constant, of_format
from producers.mappings.types import Cell, Constant, CsvMapping, EventMapping
from producers.yaml_text import UnreadableError, parse
from schemas.catalog import latest
from schemas.errors import Fatal, shortened
from schemas.types import raw_topic

_FOLDER: Final = Path(str(files("producers") / "mappings"))
_SUBJECT_FIELD: Final = re.compile(r"\{(\w+)\}")
MADE_HERE: Final = frozenset(
    {
        "event_id",
        "reporter",
        "system_vendor",
        "system_product",
        "system_version",
        "model_version",
        "subject_id",
        "revision",
        "action",
        "sent_at",
        "legal_basis",
        "declared_known_at",
        "sequence",
        "previous_event_id",
        "patient",
        "prior_patient",
    }
)
"""Fields that the adapter makes itself."""


class MappingError(Fatal):
    """The mapping cannot be used. The text names the file, the key and what to do."""


def shipped() -> list[str]:
    """Names of the mappings that come with the product."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def load_mapping(name: str) -> CsvMapping:
    """A shipped mapping by its name, or one from a file. Raises MappingError."""
    path = Path(name) if name.endswith((".yaml", ".yml")) or "/" in name else _FOLDER / f"{name}.yaml"
    try:
        raw = parse(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise MappingError(f"there is no mapping {name}; shipped are {', '.join(shipped())}, or give a file") from None
    except OSError as error:
        raise MappingError(f"mapping {path} cannot be read: {error.strerror}") from None
    except UnreadableError as error:
        raise MappingError(f"mapping {path} is not readable as YAML{error.where}") from None
    except UnicodeDecodeError:
        raise MappingError(f"mapping {path} is not readable as YAML: save it as UTF-8") from None
    if not isinstance(raw, dict):
        raise MappingError(f"mapping {path} must be a YAML table with name, reporter and events")
    try:
        mapping = CsvMapping.model_validate(raw)
    except ValidationError as error:
        raise MappingError(_at(path, *in_words(error))) from None
    for key, what in _mistakes(mapping):
        raise MappingError(_at(path, key, what))
    return mapping


def _at(path: Path, key: str, what: str) -> str:
    return f"mapping {path}, key {shortened(key)}: {shortened(what)}"


def _mistakes(mapping: CsvMapping) -> Iterator[tuple[str, str]]:
    yield from _value_mistakes(mapping, "reporter", mapping.reporter, "string")
    for index, event in enumerate(mapping.events):
        yield from _event_mistakes(mapping, f"events.{index}", event)


def _event_mistakes(mapping: CsvMapping, key: str, event: EventMapping) -> Iterator[tuple[str, str]]:
    definition = {field["name"]: field for field in latest(raw_topic(event.family)).definition["fields"]}
    for name, value in event.fields.items():
        here = f"{key}.fields.{name}"
        if name not in definition:
            yield here, f"{event.family} has no field of that name"
        elif name in MADE_HERE:
            yield here, "is made by the adapter; leave it out"
        elif isinstance(value, tuple):
            yield from _array_mistakes(mapping, here, value, definition[name])
        elif _array(definition[name]) is not None:
            yield here, "is an array: give a list of objects"
        else:
            yield from _value_mistakes(mapping, here, value, definition[name]["type"])
    needed = [name for name, field in definition.items() if "default" not in field and name not in MADE_HERE]
    for name in needed:
        if name not in event.fields and not (name in ("occurred_at", "registered_at") and "as_of" in event.fields):
            yield f"{key}.fields", f"lacks {name}, which {event.family} cannot do without"
    if event.subject is None and event.family != "capacity":
        yield f"{key}.subject", "is needed: the sender's id of what is reported on, like {henvID}"
    if set(_SUBJECT_FIELD.sub("", event.subject or "")) & {"{", "}"}:
        yield f"{key}.subject", "may hold names of fields in braces, nothing else in braces"
    for name in _SUBJECT_FIELD.findall(event.subject or ""):
        if name not in event.fields:
            yield f"{key}.subject", f"names {name}, which is not among the fields"


def _array_mistakes(
    mapping: CsvMapping, key: str, entries: tuple[dict[str, Any], ...], field: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    items = _array(field)
    if not isinstance(items, Mapping):
        yield key, "is no array of objects: give one value"
        return
    parts = {part["name"]: part for part in items["fields"]}
    for index, entry in enumerate(entries):
        for name, value in entry.items():
            if name not in parts:
                yield f"{key}.{index}.{name}", "is no part of this array's objects"
            else:
                yield from _value_mistakes(mapping, f"{key}.{index}.{name}", value, parts[name]["type"])
        for name, part in parts.items():
            if name not in entry and "default" not in part:
                yield f"{key}.{index}", f"lacks {name}"


def _value_mistakes(mapping: CsvMapping, key: str, value: Cell | Constant, kind: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Cell):
        if mistake := of_constant(kind, value):
            yield key, mistake
        return
    if value.table is not None and value.table not in mapping.tables:
        yield f"{key}.table", "names a table that the mapping does not have"
    if value.format and (mistake := of_format(kind, value.format)):
        yield f"{key}.format", mistake


def _array(field: Mapping[str, Any]) -> Any:
    """What an array field holds, or None for another field."""
    kind = field["type"]
    return kind["items"] if isinstance(kind, Mapping) and kind.get("type") == "array" else None
