"""The deduplication window rebuilt from a real Kafka: after a clean end, after a crash at the worst moment, twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import polars as pl
import pytest
from confluent_kafka import Producer

from schemas.catalog import latest
from schemas.errors import Retryable
from schemas.plan import plan
from schemas.slow import encode_one
from schemas.types import WINDOW_TOPIC
from schemas.wire import frame
from streams.types import AcceptedIds, RawBatch
from streams.window.ids import parse
from streams.window.index import ABSENT, DAY_MS
from streams.window.reader import LogReader, Place
from streams.window.windows import Windows

TOPIC, PARTITION = "raw.service", 1
NOW_MS = 1_790_000_000_000


def record(topic: str, **given: Any) -> bytes:
    blank = {"string": "", "array": [], "boolean": False, "bytes": b""}
    schema = latest(topic)
    empty = {name: None if node.nullable else blank.get(node.kind, 0) for name, node in plan(schema)}
    return frame(schema.id, encode_one(schema, {**empty, **given}))


class World:
    """A worker's life against one partition: what it would send, and what it knows."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
        self.config = {"bootstrap.servers": bootstrap, "group.id": f"restore-{uuid4()}"}

    def worker(self) -> Windows:
        windows = Windows(LogReader(self.config, 20), 7 * DAY_MS)
        for _ in range(50):  # as the lane does: topics made a moment ago may have no leader yet
            try:
                windows.ensure([(TOPIC, PARTITION)], generation=1)
            except Retryable:
                time.sleep(0.2)
            else:
                return windows
        raise AssertionError("the window was not restored")

    def accept(self, offsets: Sequence[int], ids: Sequence[UUID], topic: str = TOPIC, received: int = NOW_MS) -> None:
        for offset, event_id in zip(offsets, ids, strict=True):
            value = record(
                topic.replace("raw", "accepted"),
                event_id=str(event_id),
                source_topic=topic,
                source_partition=PARTITION,
                source_offset=offset,
                received_at=received,
            )
            self.producer.produce(topic.replace("raw", "accepted"), value, partition=PARTITION, timestamp=received)
        self.producer.flush()

    def reject(self, offset: int, topic: str = TOPIC) -> None:
        value = record("rejected", source_topic=topic, source_partition=PARTITION, source_offset=offset)
        self.producer.produce("rejected", value, partition=PARTITION)
        self.producer.flush()

    def batch(self, windows: Windows, offsets: Sequence[int], ids: Sequence[UUID], *, log: bool = True) -> None:
        """A batch as the processor does it; without `log` the worker dies before the window log is written."""
        windows.note_positions()
        self.accept(offsets, ids)
        high, low = parse(pl.Series([str(i) for i in ids]))
        n = len(offsets)
        raw = RawBatch(TOPIC, np.full(n, PARTITION), np.array(offsets), np.full(n, NOW_MS), [b""] * n)
        messages = windows.learn(raw, {PARTITION: AcceptedIds(high, low, np.array(offsets))})
        if log:
            for message in messages:
                self.producer.produce(WINDOW_TOPIC, message.value, message.key, message.partition)
            self.producer.flush()


def found(windows: Windows, ids: Sequence[UUID]) -> list[int]:
    return windows.of(TOPIC, PARTITION).index.find(*parse(pl.Series([str(i) for i in ids]))).tolist()


@pytest.fixture
def world(kafka: str, topics: Any) -> World:
    topics.standard(2)
    return World(kafka)


def test_ids_and_coordinates_come_back(world: World) -> None:
    ids = [uuid4() for _ in range(6)]
    first = world.worker()
    world.batch(first, [0, 1, 2], ids[:3])
    world.batch(first, [3, 4], ids[3:5])
    later = world.worker()
    assert found(later, ids) == [0, 1, 2, 3, 4, ABSENT]
    assert later.of(TOPIC, PARTITION).already_emitted(np.arange(6)).tolist() == [True] * 5 + [False]


def test_outcomes_newer_than_the_log_are_known_and_get_into_the_next_log_record(world: World) -> None:
    """The worker dies between its outcomes and its log record; its successor must not forget these ids, ever."""
    ids = [uuid4() for _ in range(4)]
    first = world.worker()
    world.batch(first, [0], ids[:1])
    world.batch(first, [1, 2], ids[1:3], log=False)
    world.reject(3)
    second = world.worker()
    assert found(second, ids[:3]) == [0, 1, 2]
    assert second.of(TOPIC, PARTITION).already_emitted(np.arange(5)).tolist() == [True] * 4 + [False]
    world.batch(second, [4], ids[3:])
    third = world.worker()
    assert found(third, ids) == [0, 1, 2, 4]


def test_outcomes_of_other_topics_and_partitions_are_not_mixed_in(world: World) -> None:
    other = uuid4()
    world.accept([0], [other], topic="raw.referral")
    world.reject(0, topic="raw.referral")
    windows = world.worker()
    assert found(windows, [other]) == [ABSENT]
    assert windows.of(TOPIC, PARTITION).already_emitted(np.arange(1)).tolist() == [False]


def test_a_partition_that_comes_back_reads_only_what_is_new(world: World) -> None:
    ids = [uuid4() for _ in range(3)]
    mine = world.worker()
    world.batch(mine, [0], ids[:1])
    another = world.worker()
    world.batch(another, [1], ids[1:2])
    mine.ensure([(TOPIC, PARTITION)], generation=2)
    assert found(mine, ids) == [0, 1, ABSENT]
    mine.ensure([(TOPIC, PARTITION)], generation=2)
    assert found(mine, ids[:2]) == [0, 1]


def test_a_replayed_range_in_the_log_changes_nothing(world: World) -> None:
    ids = [uuid4() for _ in range(2)]
    first, zombie = world.worker(), world.worker()
    world.batch(first, [0, 1], ids)
    world.batch(zombie, [0, 1], ids)
    windows = world.worker()
    assert found(windows, ids) == [0, 1]
    assert len(windows.of(TOPIC, PARTITION).index) == 2


def test_without_a_record_of_the_log_reading_begins_where_the_window_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outcomes are kept 30 days, and a family that was idle for longer than the log is kept has no record in it."""
    read: dict[Place, int] = {}
    whole = LogReader.read
    monkeypatch.setattr(LogReader, "read", lambda reader, places: read.update(places) or whole(reader, places))
    ids = [uuid4() for _ in range(5)]
    world.accept([0, 1], ids[:2], received=NOW_MS - 20 * DAY_MS)
    world.accept([2, 3], ids[2:4], received=NOW_MS - 6 * DAY_MS)
    world.accept([4], ids[4:])
    assert found(world.worker(), ids) == [ABSENT, ABSENT, 2, 3, 4]
    assert read["accepted.service", PARTITION] == 2
