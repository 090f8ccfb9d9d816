"""Which ClickHouse column an Avro field becomes.

The migrations are written by hand (they are history); this is what they are held to: `missing` says which columns a
schema needs and a table lacks, in the words of the ALTER TABLE that would mend it. A test asks for every schema, and a
sink asks before it reads the first message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.catalog import Schema
from schemas.plan import Node, plan

UUIDS: Final = frozenset({"event_id", "receipt_id", "accepted_ids"})
"""Ids that every stored row has as UUIDs. Ids that a sender makes up stay text, even where most of them are UUIDs."""

MANY_VALUES: Final = frozenset(
    {
        "subject_id",
        "previous_event_id",
        "henvisningsperiodeID",
        "henvID",
        "episode_id",
        "tjenesteID",
        "notifikasjonRef",
        "hendelseGUID",
        "midlertidigStoppID",
        "patient_key",
        "prior_patient_key",
        "entries.event_id",
    }
)
"""Text with about as many values as rows; all other text is a code or a name and is kept by dictionary."""

PRIMITIVES: Final[Mapping[str, str]] = {"int": "Int32", "long": "Int64", "double": "Float64", "boolean": "Bool"}


def columns(schema: Schema) -> dict[str, str]:
    """Column name to ClickHouse type, in the schema's order."""
    return {name: column_type(name, node) for name, node in plan(schema)}


def column_type(name: str, node: Node) -> str:
    """The ClickHouse type of one Avro field."""
    match node.kind:
        case "record":
            inner = ", ".join(f"{field} {column_type(f'{name}.{field}', child)}" for field, child in node.fields)
            return f"Tuple({inner})"
        case "array":
            assert node.items is not None
            return f"Array({column_type(name, node.items)})"
        case "string" if name in UUIDS:
            return _nullable("UUID", node)
        case "string" if name in MANY_VALUES:
            return _nullable("String", node)
        case "string":
            return f"LowCardinality({_nullable('String', node)})"
        case "long" if node.logical:
            return _nullable("DateTime64(3, 'UTC')", node)
        case "int" if node.logical:
            return _nullable("Date32", node)
    return _nullable(PRIMITIVES[node.kind], node)


def _nullable(bare: str, node: Node) -> str:
    return f"Nullable({bare})" if node.nullable else bare


def missing(schema: Schema, table: str, present: Iterable[tuple[str, str]]) -> list[str]:
    """The ALTER statements that `table`, which has the columns `present` (name, type), needs to hold `schema`."""
    found = dict(present)
    return [
        f"ALTER TABLE {table} {'MODIFY' if name in found else 'ADD'} COLUMN `{name}` {type_}"
        for name, type_ in columns(schema).items()
        if found.get(name) != type_
    ]
