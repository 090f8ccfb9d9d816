"""A schema flattened to what a reader or writer does with it, step by step, computed once per schema.

Only what the contract uses is covered: records, `["null", T]` unions, arrays, fixed and the primitives; anything else
raises Fatal when the schema is loaded, not when an event arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from schemas.catalog import Schema, by_id
from schemas.errors import Fatal

Kind = Literal["long", "int", "string", "bytes", "boolean", "double", "fixed", "array", "record"]
Logical = Literal["timestamp-millis", "date"]

_PRIMITIVES = ("long", "int", "string", "bytes", "boolean", "double")


@dataclass(frozen=True)
class Node:
    """One type. `size` is of a fixed; `items` of an array; `fields` of a record."""

    kind: Kind
    nullable: bool = False
    logical: Logical | None = None
    size: int = 0
    items: Node | None = None
    fields: tuple[tuple[str, Node], ...] = ()


def plan(schema: Schema) -> tuple[tuple[str, Node], ...]:
    """Fields of the record in order. Raises Fatal for a type that the contract does not use."""
    return _plan(schema) if schema.id not in by_id() else _known_plan(schema.id)


@lru_cache(maxsize=256)
def _known_plan(schema_id: int) -> tuple[tuple[str, Node], ...]:
    return _plan(by_id()[schema_id])


def _plan(schema: Schema) -> tuple[tuple[str, Node], ...]:
    return _node(schema.definition, schema.subject).fields


def _node(definition: Any, where: str) -> Node:
    match definition:
        case ["null", other]:
            node = _node(other, where)
            return Node(node.kind, True, node.logical, node.size, node.items, node.fields)
        case str() if definition in _PRIMITIVES:
            return Node(definition)  # type: ignore[arg-type]  # narrowed by the guard
        case {"type": "record"}:
            return Node(
                "record",
                fields=tuple((f["name"], _node(f["type"], f"{where}.{f['name']}")) for f in _fields(definition)),
            )
        case {"type": "array", "items": items}:
            return Node("array", items=_node(items, f"{where}[]"))
        case {"type": "fixed", "size": int(size)}:
            return Node("fixed", size=size)
        case {"type": str(kind), "logicalType": ("timestamp-millis" | "date") as logical} if kind in ("long", "int"):
            return Node(kind, logical=logical)  # type: ignore[arg-type]  # narrowed by the guard
    raise Fatal(f"schema {where} uses an Avro type outside the contract")


def _fields(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = definition["fields"]
    return fields
