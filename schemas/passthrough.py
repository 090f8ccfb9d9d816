"""Which accepted schema begins with the very bytes of a raw one.

A raw datum is envelope, family fields, then the identity fields. The stream cuts those off and appends what it adds,
without decoding and encoding the rest: right only while the accepted record begins with exactly the same fields.
An accepted schema may get a new version without the raw one (new enrichment), so versions are matched by their
fields, not by their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.catalog import Schema, by_id
from schemas.errors import Fatal
from schemas.types import FAMILIES, accepted_topic

IDENTITY_FIELDS = ("prior_patient", "patient")
"""The end of every raw record. `patient` stands last, so that cutting it off leaves one contiguous part."""

FIRST_ADDED = "source_topic"
"""The first field that the stream adds. It marks where the passed part of an accepted record ends."""

_DESCRIPTIVE = frozenset({"doc", "default", "aliases", "codeList", "order"})


def passed_fields(raw: Any) -> list[Any]:
    """The leading fields of a raw definition that pass into the accepted record."""
    return list(raw["fields"][: -len(IDENTITY_FIELDS)])


def begins_with(accepted: Any, raw: Any) -> bool:
    """Whether an accepted datum is the passed bytes of this raw schema and what the stream adds, nothing between."""
    if tuple(field["name"] for field in raw["fields"][-len(IDENTITY_FIELDS) :]) != IDENTITY_FIELDS:
        return False
    passed = passed_fields(raw)
    beginning, added = accepted["fields"][: len(passed)], accepted["fields"][len(passed) :]
    added_names = [field["name"] for field in added]
    return (
        layout(beginning) == layout(passed)
        and added_names[:1] == [FIRST_ADDED]
        and not set(added_names) & set(IDENTITY_FIELDS)
    )


def accepted_for(raw: Schema, among: Iterable[Schema] | None = None) -> Schema:
    """The newest accepted schema that takes this raw schema's bytes. Raises Fatal when none of `among` does.

    `among` are the schemas known, the pinned ones when not given. `schemas check` proves that no release lacks one.
    """
    family = raw.topic.partition(".")[2]
    assert family in FAMILIES, raw.topic
    candidates = [
        schema
        for schema in (by_id().values() if among is None else among)
        if schema.topic == accepted_topic(family) and begins_with(schema.definition, raw.definition)
    ]
    if not candidates:
        raise Fatal(f"no accepted.{family} schema begins with the fields of {raw.subject} v{raw.version}")
    return max(candidates, key=lambda schema: schema.version)


def layout(definition: Any) -> Any:
    """What decides on a definition's bytes and names: everything but its descriptions and defaults."""
    match definition:
        case list():
            return [layout(part) for part in definition]
        case dict():
            return {key: layout(part) for key, part in definition.items() if key not in _DESCRIPTIVE}
    return definition
