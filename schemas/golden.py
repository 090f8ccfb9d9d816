"""Golden examples: what a good event of each raw family looks like, for tests, documentation and vendors.

`avro/golden/<topic>.json` holds plain JSON: times as ISO 8601, dates as ISO dates, `patient` as the text of a version 0
identifier (`1:` + a synthetic number, month + 80). Fields left out have their schema's default.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from schemas.catalog import AVRO, latest
from schemas.plan import Node, plan

_CLEAR = b"\x00"
"""Version byte of an identifier in clear."""


def load(topic: str) -> list[dict[str, Any]]:
    """The golden events of a raw topic, every field present, as `schemas.slow.encode_one` takes them.

    Times are aware datetimes, dates are dates, protected identifiers bytes. Raises KeyError for a field that the
    topic's newest schema does not have, or one that is missing without a default.
    """
    schema = latest(topic)
    types = dict(plan(schema))
    defaults = {field["name"]: field["default"] for field in schema.definition["fields"] if "default" in field}
    events = json.loads((AVRO / "golden" / f"{topic}.json").read_text("utf-8"))
    return [_complete(event, types, defaults) for event in events]


def _complete(event: dict[str, Any], types: dict[str, Node], defaults: dict[str, Any]) -> dict[str, Any]:
    values = {name: _value(value, types[name]) for name, value in event.items()}
    return {name: values[name] if name in values else defaults[name] for name in types}


def _value(plain: Any, node: Node) -> Any:
    if plain is None:
        return None
    match node.kind:
        case "record":
            types = dict(node.fields)
            return {name: _value(plain.get(name), types[name]) for name in types}
        case "array":
            assert node.items is not None
            return [_value(item, node.items) for item in plain]
        case "bytes":
            return _CLEAR + plain.encode()
    match node.logical:
        case "timestamp-millis":
            return datetime.fromisoformat(plain)
        case "date":
            return date.fromisoformat(plain)
    return plain
