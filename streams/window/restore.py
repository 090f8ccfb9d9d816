"""Rebuilds the windows of partitions from the log, when they are assigned.

Two sources, both in Kafka: the window log, and the outcomes that may have been written after its last record. All
partitions are read together, and calling it again reads on from where it stopped, so a partition that comes back after
a rebalance costs only what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from confluent_kafka import Message

from schemas.catalog import by_id
from schemas.columnar import decode as decode_columns
from schemas.errors import Fatal
from schemas.types import DUPLICATES_TOPIC, REJECTED_TOPIC, WINDOW_TOPIC, accepted_topic
from schemas.wire import split
from streams.types import NO_IDS, AcceptedIds, merged
from streams.window import log
from streams.window.ids import parse
from streams.window.index import DAY_MS
from streams.window.log import WindowRecord
from streams.window.partition import PartitionWindow
from streams.window.reader import LogReader, Place


@dataclass
class RestoredPartition:
    """A window with the places up to which the log was read.

    `unlogged` are ids that stand in the outcome topics but in no record of the window log yet (a crash came between):
    the next record must carry them, for it will move the positions beyond them. With the log time of each part.
    """

    topic: str
    partition: int
    window: PartitionWindow
    next_log_offset: int | None = None
    positions: dict[str, int] = field(default_factory=dict)
    unlogged: list[tuple[int, AcceptedIds]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return self.topic, self.partition

    @property
    def outcome_topics(self) -> tuple[str, str, str]:
        return accepted_topic(self.topic.split(".", 1)[1]), REJECTED_TOPIC, DUPLICATES_TOPIC

    def take_unlogged(self) -> list[tuple[int, AcceptedIds]]:
        """The unlogged ids of each day that is still in the window, with the day's log time; none are then left."""
        days: dict[int, list[tuple[int, AcceptedIds]]] = {}
        for time_ms, ids in self.unlogged:
            if time_ms // DAY_MS >= self.window.index.oldest_day:
                days.setdefault(time_ms // DAY_MS, []).append((time_ms, ids))
        self.unlogged.clear()
        return [(max(time_ms for time_ms, _ in parts), merged([ids for _, ids in parts])) for parts in days.values()]


class Restorer:
    """Not thread-safe: one call at a time."""

    def __init__(self, reader: LogReader, window_ms: int, reading: Callable[[], None]) -> None:
        self._reader = reader
        self._window_ms = window_ms
        self._reading = reading

    def catch_up(self, restored: Sequence[RestoredPartition]) -> None:
        """Brings windows up to the end of the log as it now stands.

        Raises Retryable when the broker is away or does not give everything in time: nothing may then be processed.
        """
        by_place = {one.place: one for one in restored}
        self._read_log(by_place)
        self._read_outcomes(by_place)

    def _read_log(self, by_place: dict[Place, RestoredPartition]) -> None:
        starts: dict[Place, int] = {}
        unread = {one.partition for one in by_place.values() if one.next_log_offset is None}
        beginnings = self._beginnings(unread)
        for one in by_place.values():
            log_place = (WINDOW_TOPIC, one.partition)
            start = beginnings[one.partition] if one.next_log_offset is None else one.next_log_offset
            starts[log_place] = min(start, starts.get(log_place, start))
        reached = dict(starts)
        for messages in self._chunks(starts):
            records: dict[tuple[Place, int], list[WindowRecord]] = {}
            for message in messages:
                reached[message.topic(), message.partition()] = message.offset() + 1
                if (record := _new_record(by_place, message)) is not None:
                    place = (record.source_topic, record.source_partition)
                    records.setdefault((place, record.log_time_ms // DAY_MS), []).append(record)
            for (place, _), of_day in records.items():
                _learn_records(by_place[place], of_day)
        for one in by_place.values():
            one.next_log_offset = max(one.next_log_offset or 0, reached[WINDOW_TOPIC, one.partition])

    def _chunks(self, starts: Mapping[Place, int]) -> Iterator[list[Message]]:
        for messages in self._reader.read(starts):
            yield messages
            self._reading()

    def _beginnings(self, partitions: Iterable[int]) -> dict[int, int]:
        """The first record of the log that can still be within the window, counted back from the newest record."""
        places = [(WINDOW_TOPIC, partition) for partition in partitions]
        found = self._window_starts(places, lambda newest: newest.timestamp()[1])
        return {partition: offset for (_, partition), offset in found.items()}

    def _window_starts(self, places: Iterable[Place], time_of: Callable[[Message], int]) -> dict[Place, int]:
        """Where in each topic partition the window begins, counted back from the time of its newest record."""
        starts, ends = self._reader.starts(places), self._reader.ends(places)
        filled = {place: ends[place] - 1 for place in places if ends[place] > starts[place]}
        newest: dict[Place, int] = {}
        for messages in self._chunks(filled):
            for message in messages:
                newest[message.topic(), message.partition()] = time_of(message)
        return starts | self._reader.at_time({place: ms - self._window_ms - DAY_MS for place, ms in newest.items()})

    def _read_outcomes(self, by_place: dict[Place, RestoredPartition]) -> None:
        starts: dict[Place, int] = {}
        unknown = [(one.outcome_topics[0], one.partition) for one in by_place.values() if not one.positions]
        beginnings = self._window_starts(unknown, _received)
        for one in by_place.values():
            for topic in one.outcome_topics:
                start = one.positions.get(topic, beginnings.get((topic, one.partition), 0))
                place = (topic, one.partition)
                starts[place] = min(start, starts.get(place, start))
        reached = dict(starts)
        for messages in self._chunks(starts):
            by_topic: dict[str, list[bytes | None]] = {}
            for message in messages:
                by_topic.setdefault(message.topic(), []).append(message.value())
                reached[message.topic(), message.partition()] = message.offset() + 1
            for topic, values in by_topic.items():
                _learn_outcomes(by_place, topic, values)
        for one in by_place.values():
            for topic in one.outcome_topics:
                one.positions[topic] = max(one.positions.get(topic, 0), reached[topic, one.partition])


def _new_record(by_place: dict[Place, RestoredPartition], message: Message) -> WindowRecord | None:
    """The record in a message of the log; None where it is another worker's, or known."""
    one = by_place.get(((message.key() or b"").decode("utf-8", "replace"), message.partition()))
    if one is None or (one.next_log_offset is not None and message.offset() < one.next_log_offset):
        return None
    return log.decode(message.value())


def _learn_records(one: RestoredPartition, records: Sequence[WindowRecord]) -> None:
    """Records of one day, in the order of the log: together, for each ids' addition has its price."""
    ids = merged([record.ids for record in records])
    one.window.learn_range(
        max(record.last_offset for record in records), ids, max(record.log_time_ms for record in records)
    )
    for record in records:
        for topic, offset in record.positions.items():
            one.positions[topic] = max(offset, one.positions.get(topic, 0))


def _received(message: Message) -> int:
    """When the event of an outcome was received, which can be long before the outcome was written."""
    (frame,) = _frames(message.topic(), [message.value()])
    return _newest(frame)


def _learn_outcomes(by_place: dict[Place, RestoredPartition], topic: str, values: list[bytes | None]) -> None:
    day = pl.col("received_at").dt.date().alias("day")
    for frame in _frames(topic, values):
        for (source, partition, _), part in frame.group_by(
            "source_topic", "source_partition", day, maintain_order=True
        ):
            one = by_place.get((str(source), int(str(partition))))
            if one is not None:
                _learn(one, part, accepted=topic == one.outcome_topics[0])


def _frames(topic: str, values: list[bytes | None]) -> Iterator[pl.DataFrame]:
    """The outcomes in these values, by schema."""
    parted = split(values)
    if parted.bad:
        raise _foreign(topic)
    for schema_id, group in parted.groups.items():
        schema = by_id().get(schema_id)
        if schema is None or schema.topic != topic:
            raise _foreign(topic)
        decoded = decode_columns(schema, group.values)
        if decoded.bad:
            raise _foreign(topic)
        yield decoded.frame


def _learn(one: RestoredPartition, frame: pl.DataFrame, *, accepted: bool) -> None:
    """Outcomes of one day."""
    offsets = frame["source_offset"].to_numpy()
    newest = _newest(frame)
    if not accepted:
        one.window.learn_outcomes(offsets, NO_IDS, newest)
        return
    high, low = parse(frame["event_id"])
    one.window.learn_outcomes(offsets, AcceptedIds(high, low, offsets), newest)
    beyond = offsets > one.window.covered
    if beyond.any():
        one.unlogged.append((newest, AcceptedIds(high[beyond], low[beyond], offsets[beyond])))


def _newest(frame: pl.DataFrame) -> int:
    newest = frame["received_at"].dt.epoch("ms").max()
    assert isinstance(newest, int)
    return newest


def _foreign(topic: str) -> Fatal:
    return Fatal(f"{topic} holds a record that no worker wrote; only workers may write there")
