"""The window log: one record per contiguous range of a raw partition, holding the ids accepted from it.

It is written to the internal topic at the partition of its source, after the outcomes of the range are acknowledged,
so what it claims has happened. A range may be claimed twice (a replay after a crash); reading it twice changes nothing.

Ids that do not fit into the record of their range, or belong to an earlier one, stand in records before it that claim
nothing: they move neither range nor positions. When a crash comes in between, the outcomes are read from where they
were, and all ids are found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.catalog import latest
from schemas.slow import decode_one, encode_one
from schemas.types import WINDOW_TOPIC
from schemas.wire import frame, unframe
from streams.types import AcceptedIds

LARGEST_IDS = 50_000
"""Ids in one record, of 20 bytes each: half of the largest message."""


@dataclass(frozen=True)
class WindowRecord:
    """`positions`: outcome topic → an offset before which everything is covered by this record or earlier ones."""

    source_topic: str
    source_partition: int
    first_offset: int
    last_offset: int
    log_time_ms: int
    ids: AcceptedIds
    positions: Mapping[str, int]


def pieces(ids: AcceptedIds) -> list[AcceptedIds]:
    """The ids in parts that fit a record each, at least one."""
    cuts = [slice(start, start + LARGEST_IDS) for start in range(0, max(len(ids.offsets), 1), LARGEST_IDS)]
    return [AcceptedIds(ids.high[cut], ids.low[cut], ids.offsets[cut]) for cut in cuts]


def encode(record: WindowRecord) -> bytes:
    """The record as a Kafka value."""
    schema = latest(WINDOW_TOPIC)
    halves = np.empty((len(record.ids.offsets), 2), dtype=">u8")
    halves[:, 0] = record.ids.high
    halves[:, 1] = record.ids.low
    fields: dict[str, Any] = {
        "source_topic": record.source_topic,
        "source_partition": record.source_partition,
        "first_offset": record.first_offset,
        "last_offset": record.last_offset,
        "log_time": record.log_time_ms,
        "ids": halves.tobytes(),
        "offsets": (record.ids.offsets - record.first_offset).astype("<u4").tobytes(),
        "positions": [{"topic": topic, "next_offset": offset} for topic, offset in record.positions.items()],
    }
    return frame(schema.id, encode_one(schema, fields))


def decode(value: bytes) -> WindowRecord:
    """Raises Invalid for a value that is not a window record."""
    _schema_id, datum = unframe(value)
    fields = decode_one(latest(WINDOW_TOPIC), datum)
    halves = np.frombuffer(fields["ids"], dtype=">u8").astype(np.uint64).reshape(-1, 2)
    deltas = np.frombuffer(fields["offsets"], dtype="<u4").astype(np.int64)
    return WindowRecord(
        source_topic=fields["source_topic"],
        source_partition=fields["source_partition"],
        first_offset=fields["first_offset"],
        last_offset=fields["last_offset"],
        log_time_ms=fields["log_time"],
        ids=AcceptedIds(halves[:, 0].copy(), halves[:, 1].copy(), deltas + fields["first_offset"]),
        positions={position["topic"]: position["next_offset"] for position in fields["positions"]},
    )
