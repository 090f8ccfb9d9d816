"""Outcome messages as the stream would write them, made from the golden raw events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from schemas import golden
from schemas.catalog import latest
from schemas.slow import encode_one
from schemas.types import accepted_topic, raw_topic
from schemas.wire import frame
from sinks.block import Block, Intent
from sinks.consumer import Stores
from sinks.decode import rows

AT = datetime(2026, 5, 13, 12, 0, tzinfo=UTC)


def accepted(family: str, offset: int = 0, partition: int = 0, **changes: Any) -> dict[str, Any]:
    """An accepted event of the family, from raw `partition` and `offset`; received and known at `AT` unless told."""
    raw = golden.load(raw_topic(family))[0]
    enriched = {
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{family}/{partition}/{offset}")),
        "source_topic": raw_topic(family),
        "source_partition": partition,
        "source_offset": offset,
        "received_at": AT,
        "processed_at": AT,
        "known_at": changes.get("declared_known_at") or changes.get("received_at") or AT,
        "patient_key": "0" * 32,
        "patient_key_version": 1,
        "reference_release": "test",
        "rules_release": "test",
        "problems": [],
    }
    known = {field["name"]: field.get("default") for field in latest(accepted_topic(family)).definition["fields"]}
    assert not changes.keys() - known.keys(), changes.keys() - known.keys()
    merged = {**known, **{name: raw[name] for name in known if name in raw}, **enriched, **changes}
    return {name: merged[name] for name in known}


def rejected(offset: int, partition: int = 0, family: str = "episode", **changes: Any) -> dict[str, Any]:
    problem = {"code": "EPI-01", "severity": "reject", "field": "innDatoTid", "message": "is missing; send it"}
    return {
        **_common(offset, partition, family),
        "schema_id": 1,
        "rules_release": "test",
        "problems": [problem],
        **changes,
    }


def duplicate(offset: int, partition: int = 0, family: str = "episode", **changes: Any) -> dict[str, Any]:
    return {**_common(offset, partition, family), "first_partition": partition, "first_offset": 0, **changes}


def receipt(first: int, last: int, **changes: Any) -> dict[str, Any]:
    return {
        "receipt_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{first}-{last}")),
        "reporter": "983971636",
        "family": "episode",
        "source_topic": "raw.episode",
        "source_partition": 0,
        "first_offset": first,
        "last_offset": last,
        "processed_at": AT,
        "accepted": last - first + 1,
        "rejected": 0,
        "duplicates": 0,
        "accepted_ids": [str(uuid.uuid5(uuid.NAMESPACE_URL, f"episode/0/{n}")) for n in range(first, last + 1)],
        "entries": [],
        **changes,
    }


def message(topic: str, record: dict[str, Any]) -> bytes:
    """The Kafka value."""
    schema = latest(topic)
    return frame(schema.id, encode_one(schema, record))


def block(topic: str, values: Iterable[bytes | None], first: int = 0, partition: int = 0) -> Block:
    """Messages at consecutive offsets from `first` on, all of them one block."""
    found = list(values)
    offsets = list(range(first, first + len(found)))
    times = [int(AT.timestamp() * 1000)] * len(found)
    return Block(topic, partition, Intent(first, offsets[-1]), offsets, found, times)


def _common(offset: int, partition: int, family: str) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{family}/{partition}/{offset}")),
        "reporter": "983971636",
        "family": family,
        "source_topic": raw_topic(family),
        "source_partition": partition,
        "source_offset": offset,
        "received_at": AT,
        "processed_at": AT,
    }


def store(writer: Stores, block: Block) -> int:
    """Writes a block as the sink does."""
    return writer.write([block], rows([block]))
