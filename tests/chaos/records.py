"""What the topics hold: values of the raw topics by coordinates, outcome records decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from confluent_kafka import Consumer, Message, TopicPartition

from schemas.catalog import by_id
from schemas.columnar import decode
from schemas.types import DUPLICATES_TOPIC, FAMILIES, REJECTED_TOPIC, accepted_topic
from schemas.wire import split

from .stage import PARTITIONS, Place
from .waiting import InVain

OUTCOMES = [*(accepted_topic(family) for family in FAMILIES), REJECTED_TOPIC, DUPLICATES_TOPIC]
SOURCE = ["source_topic", "source_partition", "source_offset"]
_SILENCE = 60

Ends = Mapping[Place, int]
"""Partition → the offset after its last record."""


class Records(NamedTuple):
    """The outcome records of a stretch of the outcome topics."""

    frames: list[pl.DataFrame]
    """One per topic and schema; columns are those of the schema."""
    unreadable: int


def raw_values(bootstrap: str, starts: Ends, ends: Ends) -> dict[tuple[str, int, int], bytes]:
    """Topic, partition and offset → value."""
    found = _read(bootstrap, starts, ends)
    return {(m.topic(), m.partition(), m.offset()): m.value() or b"" for m in found}


def append_times(bootstrap: str, starts: Ends, ends: Ends) -> list[float]:
    """When the broker took these records, by its clock (seconds since 1970)."""
    return [message.timestamp()[1] / 1000 for message in _read(bootstrap, starts, ends)]


def outcome_records(bootstrap: str, starts: Ends, ends: Ends) -> Records:
    values: dict[str, list[bytes | None]] = {topic: [] for topic in OUTCOMES}
    for message in _read(bootstrap, starts, ends):
        values[message.topic()].append(message.value())
    frames: list[pl.DataFrame] = []
    unreadable = 0
    for topic, content in values.items():
        parted = split(content)
        unreadable += len(parted.bad)
        for number, group in parted.groups.items():
            if number not in by_id() or by_id()[number].topic != topic:
                unreadable += len(group.values)
                continue
            decoded = decode(by_id()[number], group.values)
            unreadable += len(decoded.bad)
            frames.append(decoded.frame.drop("_row"))
    return Records(frames, unreadable)


def _read(bootstrap: str, starts: Ends, ends: Ends) -> Iterator[Message]:
    """Everything from `starts` up to `ends`. Raises InVain when it does not come."""
    left = {place: end for place, end in ends.items() if end > starts.get(place, 0)}
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "chaos", "enable.auto.commit": False})
    consumer.assign([TopicPartition(*place, starts.get(place, 0)) for place in left])
    silent = 0
    try:
        while left and silent < _SILENCE:
            messages = consumer.consume(5_000, timeout=1)
            silent = 0 if messages else silent + 1
            for message in messages:
                place = (message.topic(), message.partition())
                if message.error() or message.offset() >= ends[place]:
                    continue
                yield message
                if message.offset() == ends[place] - 1:
                    left.pop(place, None)
    finally:
        consumer.close()
    if left:
        raise InVain(f"records of {sorted(left)} do not come")


def partitions(topics: Sequence[str]) -> list[Place]:
    return [(topic, number) for topic in topics for number in range(PARTITIONS)]
