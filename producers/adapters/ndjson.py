"""NDJSON of the schemas' own fields: one event a line, `{"family": "movement", "subject_id": …}`.

Every field without a default must be there, except: `event_id` (made from reporter and content without the patient when
absent, so that a correction of the patient alone raises `revision`; one that is given is kept, also with a declared
as-of), `sent_at` (now), `reporter` when the caller gives one,
`system_*` (the caller's, else "unknown"), `model_version`, `legal_basis` and `registered_at` (as the family has it, and
as `occurred_at`). `patient` and `prior_patient` are `{"type": "1", "number": "…"}` with a type of list 9032.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, BinaryIO, Final

import orjson

from producers.adapters.envelope import MODEL_VERSIONS
from producers.adapters.lines import TooLong, bounded_lines
from producers.adapters.typed import PROTECTED, field_types, types_in_words
from producers.answers import field_name, problem
from producers.identity import content_digest, event_id
from producers.types import Bad, Context, Event, Item, PatientId, Read
from schemas.catalog import latest
from schemas.errors import Invalid
from schemas.types import FAMILIES, LEGAL_BASIS, Family, Problem, raw_topic

_HANDLING: Final = frozenset({"event_id", "sent_at", "declared_known_at"})
"""Fields that are no content: they do not make an event another one."""
_MADE: Final = frozenset({"event_id", "registered_at"})
"""Fields that follow from others."""


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One item per line that is not empty. Positions are line numbers."""
    for number, line in bounded_lines(stream, context.max_item_bytes):
        if isinstance(line, bytes) and not line.strip():
            continue
        try:
            yield Read(number, [_event(_parsed(line), context)])
        except Invalid as error:
            yield Bad(number, error.problems)


def _parsed(line: bytes | TooLong) -> dict[str, Any]:
    if isinstance(line, TooLong):
        raise Invalid([problem("SRC-03", "")])
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Invalid([problem("NDJ-01", "")]) from None
    if not isinstance(parsed, dict):
        raise Invalid([problem("NDJ-02", "")])
    return parsed


def _event(given: dict[str, Any], context: Context) -> Event:
    family = given.pop("family", None)
    if family not in FAMILIES:
        raise Invalid([problem("NDJ-03", "family")])
    problems: list[Problem] = []
    patients = {name: _patient(given.pop(name, None), name, problems) for name in PROTECTED}
    record = _typed(given, family, problems)
    _complete(record, family, context)
    problems += [problem("NDJ-05", name) for name in _needed(family) if name not in {*record, *given, *_MADE}]
    if problems:
        raise Invalid(problems)
    if "event_id" not in record:
        content = {name: value for name, value in record.items() if name not in _HANDLING}
        record["event_id"] = event_id(record["reporter"], context.as_of, "ndjson", family, content_digest(content))
    return Event(family, record, patients["patient"], patients["prior_patient"])


@cache
def _needed(family: Family) -> tuple[str, ...]:
    return tuple(field["name"] for field in latest(raw_topic(family)).definition["fields"] if "default" not in field)


def _typed(given: dict[str, Any], family: Family, problems: list[Problem]) -> dict[str, Any]:
    types = field_types(family)
    record: dict[str, Any] = {}
    for name, value in given.items():
        if name not in types:
            problems.append(problem("NDJ-04", field_name(name)))
            continue
        try:
            record[name] = types[name](value)
        except ValueError:
            problems.append(problem("NDJ-06", name, types_in_words(family)[name]))
    return record


def _complete(record: dict[str, Any], family: Family, context: Context) -> None:
    if context.reporter:
        record["reporter"] = context.reporter
    record.setdefault("system_vendor", context.system.vendor)
    record.setdefault("system_product", context.system.product)
    record.setdefault("system_version", context.system.version)
    record.setdefault("model_version", MODEL_VERSIONS[family])
    record.setdefault("legal_basis", LEGAL_BASIS[family])
    record.setdefault("sent_at", context.now)
    if "occurred_at" in record:
        record.setdefault("registered_at", record["occurred_at"])
    if context.as_of:
        record["declared_known_at"] = context.as_of


def _patient(given: Any, name: str, problems: list[Problem]) -> PatientId | None:
    if given is None:
        return None
    if isinstance(given, dict) and given.keys() == {"type", "number"}:
        kind, number = given["type"], given["number"]
        if isinstance(kind, str) and isinstance(number, str) and kind.isascii() and kind.isdigit() and number:
            return PatientId(kind, number)
    problems.append(problem("NDJ-07", name))
    return None
