"""An event as the bytes that go into its raw topic: Avro datum, Confluent header with the pinned id, Kafka key."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import fastavro

from producers.answers import field_name
from producers.types import Event
from schemas.catalog import Schema, latest
from schemas.errors import Invalid
from schemas.types import Problem, Severity, raw_topic
from schemas.wire import frame

_MISFITS = (TypeError, ValueError, KeyError, OverflowError, AttributeError, struct.error)
"""What fastavro raises, by type of value, for one that does not fit."""


class Message(NamedTuple):
    """One Kafka message; `event_id` is what its delivery report is known by."""

    topic: str
    key: bytes
    value: bytes
    event_id: str


def encode(event: Event, patient: bytes | None, prior_patient: bytes | None) -> Message:
    """The message of an event whose identifiers are already protected.

    Raises Invalid (WIRE-07) naming the field when the record has a field too many, lacks one without a default, or
    holds a value of another type or a time without a zone (which fastavro would take for the machine's local time).
    """
    schema, parsed = _target(event.family)
    record = {**event.record, "prior_patient": prior_patient, "patient": patient}
    if field := _without_zone(record):
        raise Invalid([_problem(field, "is a time without a zone; give an aware datetime")])
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, parsed, record, strict_allow_default=True)
        key = event.key.encode()
    except _MISFITS:
        raise Invalid([_misfit(schema, record)]) from None
    return Message(schema.topic, key, frame(schema.id, out.getvalue()), event.event_id)


@cache
def _target(family: str) -> tuple[Schema, Any]:
    """The newest schema of a family, and what fastavro makes of it: parsed once, not for every event."""
    schema = latest(raw_topic(family))
    return schema, fastavro.parse_schema(dict(schema.definition))


def _without_zone(record: Mapping[str, Any]) -> str | None:
    for name, value in record.items():
        if value.__class__ is datetime:
            if value.tzinfo is None:
                return name
        elif value.__class__ is list and any(isinstance(item, dict) and _without_zone(item) for item in value):
            return name
    return None


def _misfit(schema: Schema, record: Mapping[str, Any]) -> Problem:
    """The first field that does not fit. fastavro's own text quotes values, so it is not passed on."""
    if unknown := sorted(record.keys() - set(schema.field_names)):
        return _problem(field_name(unknown[0]), f"is not a field of {schema.topic}; leave it out")
    for field in schema.definition["fields"]:
        name = field["name"]
        if name not in record:
            if "default" not in field:
                return _problem(name, "is missing and has no default; give it")
            continue
        one = {"type": "record", "name": "One", "fields": [{"name": name, "type": field["type"]}]}
        try:
            fastavro.schemaless_writer(io.BytesIO(), one, {name: record[name]}, strict_allow_default=True)
        except _MISFITS as error:
            return _problem(name, f"does not have the type the schema gives it ({type(error).__name__})")
    return _problem("", f"the record does not fit the schema of {schema.topic}")


def _problem(field: str, message: str) -> Problem:
    return Problem("WIRE-07", Severity.FATAL, field, message)
