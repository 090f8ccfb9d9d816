"""The windows of a worker over a Kafka in memory: what they read, and what they have written of what they learn."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import pytest
from prometheus_client import REGISTRY

from runtime.settings import KafkaSettings
from schemas.catalog import latest
from schemas.plan import plan
from schemas.slow import encode_one
from schemas.types import WINDOW_TOPIC
from schemas.wire import frame
from streams import app
from streams.deliver import _LARGEST_MESSAGE
from streams.records import Records
from streams.settings import StreamSettings
from streams.types import NO_IDS, AcceptedIds, Message, RawBatch
from streams.watchdog import Progress
from streams.window import log
from streams.window import windows as windows_module
from streams.window.ids import parse
from streams.window.index import ABSENT, DAY_MS
from streams.window.reader import Place
from streams.window.windows import Windows

TOPIC, ACCEPTED = "raw.service", "accepted.service"
NOW = 20_000 * DAY_MS
BLANK = {"string": "", "array": [], "boolean": False, "bytes": b""}


class Stored:
    """A record as a consumer gives it."""

    def __init__(self, place: Place, offset: int, key: bytes | None, value: bytes, time_ms: int) -> None:
        self.place, self._offset, self._key, self._value, self.time_ms = place, offset, key, value, time_ms

    def topic(self) -> str:
        return self.place[0]

    def partition(self) -> int:
        return self.place[1]

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return 1, self.time_ms


class FakeKafka:
    """Stands for the reader of the log, and holds what it reads."""

    chunk = 10_000

    def __init__(self) -> None:
        self.records: dict[Place, list[Stored]] = {}
        self.read_from: list[dict[Place, int]] = []

    def write(self, place: Place, value: bytes, time_ms: int, key: bytes | None = None) -> None:
        held = self.records.setdefault(place, [])
        held.append(Stored(place, len(held), key, value, time_ms))

    def accept(self, first: int, count: int, received: int, partition: int = 0) -> None:
        """Ids follow from the offset."""
        schema = latest(ACCEPTED)
        fields = {name: None if node.nullable else BLANK.get(node.kind, 0) for name, node in plan(schema)}
        own = {"source_topic": TOPIC, "source_partition": partition, "received_at": received}
        for offset in range(first, first + count):
            event = {**fields, **own, "event_id": str(UUID(int=offset)), "source_offset": offset}
            self.write((ACCEPTED, partition), frame(schema.id, encode_one(schema, event)), received)

    def take(self, messages: Iterable[Message], time_ms: int) -> None:
        """Records of the window log."""
        for message in messages:
            self.write((WINDOW_TOPIC, message.partition), message.value, time_ms, message.key)

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        return {place: len(self.records.get(place, ())) for place in places}

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        return dict.fromkeys(places, 0)

    def at_time(self, places: Mapping[Place, int]) -> dict[Place, int]:
        found = {}
        for place, ms in places.items():
            held = self.records.get(place, [])
            found[place] = next((stored.offset() for stored in held if stored.time_ms >= ms), len(held))
        return found

    def read(self, places: Mapping[Place, int]) -> Iterator[list[Stored]]:
        self.read_from.append(dict(places))
        for place, start in places.items():
            held = self.records.get(place, [])
            for begin in range(start, len(held), self.chunk):
                yield held[begin : begin + self.chunk]


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


def made(kafka: Any, **given: Any) -> Windows:
    return Windows(kafka, 7 * DAY_MS, **given)


def restored(kafka: FakeKafka) -> Windows:
    windows = made(kafka)
    windows.ensure([(TOPIC, 0)], generation=1)
    windows.note_positions()
    return windows


def batch(offsets: Sequence[int], received: int = NOW) -> RawBatch:
    count = len(offsets)
    return RawBatch(TOPIC, np.zeros(count, dtype=np.int64), np.array(offsets), np.full(count, received), [b""] * count)


def ids(offsets: Sequence[int]) -> AcceptedIds:
    return AcceptedIds(*parse(pl.Series([str(UUID(int=offset)) for offset in offsets])), np.array(offsets))


def found(windows: Windows, offsets: Sequence[int]) -> list[int]:
    wanted = ids(offsets)
    return windows.of(TOPIC, 0).index.find(wanted.high, wanted.low).tolist()


def test_ids_that_no_record_holds_are_told_of_in_records_that_fit_a_message(kafka: FakeKafka) -> None:
    """A family that was idle until its log was gone: every id that was accepted before is in no record."""
    kafka.accept(0, 120_000, NOW)
    messages = restored(kafka).learn(batch([120_000]), {0: ids([120_000])})
    assert max(map(len, messages.values)) < _LARGEST_MESSAGE
    kafka.take(messages, NOW)
    kafka.records[ACCEPTED, 0].clear()
    everything = range(0, 120_001, 1000)
    assert found(restored(kafka), everything) == list(everything)


def test_a_batch_with_more_ids_than_a_record_may_hold(kafka: FakeKafka) -> None:
    messages = restored(kafka).learn(batch(range(110_000)), {0: ids(range(110_000))})
    assert max(map(len, messages.values)) < _LARGEST_MESSAGE
    kafka.take(messages, NOW)
    assert found(restored(kafka), [0, 50_000, 109_999, 110_000]) == [0, 50_000, 109_999, ABSENT]


@pytest.mark.parametrize("written", range(4))
def test_a_crash_between_two_records_of_a_batch_forgets_nothing(kafka: FakeKafka, written: int) -> None:
    """Records before the last claim no range and move no position: what they precede is read from the outcomes."""
    kafka.accept(0, 20, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "LARGEST_IDS", 10)
        messages = list(restored(kafka).learn(batch([20, 21]), {0: ids([20, 21])}))
        assert len(messages) == 3
        kafka.accept(20, 2, NOW)
        kafka.take(messages[:written], NOW)
        second = restored(kafka)
        assert found(second, range(23)) == [*range(22), ABSENT]
        assert second.of(TOPIC, 0).already_emitted(np.arange(24)).tolist() == [True] * 22 + [False] * 2
        kafka.take(second.learn(batch([22]), {0: NO_IDS}), NOW)
    kafka.records[ACCEPTED, 0].clear()
    assert found(restored(kafka), range(23)) == [*range(22), ABSENT]


def test_ids_that_fell_out_of_the_window_are_not_told_of_any_more(kafka: FakeKafka) -> None:
    kafka.accept(0, 5, NOW)
    kafka.accept(5, 5, NOW + 4 * DAY_MS)
    messages = restored(kafka).learn(batch([10], NOW + 9 * DAY_MS), {0: ids([10])})
    told = [offset for value in messages.values for offset in log.decode(value).ids.offsets.tolist()]
    assert told == [5, 6, 7, 8, 9, 10]


def test_ids_keep_the_time_at_which_they_were_accepted(kafka: FakeKafka) -> None:
    """Told of in the record of a later batch they would stay as long as that one's."""
    kafka.accept(0, 5, NOW)
    kafka.take(restored(kafka).learn(batch([5], NOW + 6 * DAY_MS), {0: ids([5])}), NOW + 6 * DAY_MS)
    windows = restored(kafka)
    assert found(windows, range(6)) == list(range(6))
    windows.learn(batch([6], NOW + 9 * DAY_MS), {0: ids([6])})
    assert found(windows, range(7)) == [ABSENT] * 5 + [5, 6]


def test_without_a_position_the_accepted_are_read_from_where_the_window_begins(kafka: FakeKafka) -> None:
    kafka.accept(0, 30, NOW - 20 * DAY_MS)
    kafka.accept(30, 5, NOW - 6 * DAY_MS)
    kafka.accept(35, 1, NOW)
    assert found(restored(kafka), range(36)) == [ABSENT] * 30 + list(range(30, 36))
    assert kafka.read_from[-1] == {(ACCEPTED, 0): 30, ("rejected", 0): 0, ("duplicates", 0): 0}


def test_a_backlog_that_was_judged_late_counts_from_when_it_was_received(kafka: FakeKafka) -> None:
    kafka.accept(0, 5, NOW - 18 * DAY_MS)
    kafka.accept(5, 5, NOW - 12 * DAY_MS)
    for stored in kafka.records[ACCEPTED, 0]:
        stored.time_ms = NOW - 8 * DAY_MS
    kafka.records[ACCEPTED, 0][-1].time_ms = NOW
    assert found(restored(kafka), range(10)) == list(range(10))


def test_a_long_restore_tells_of_every_chunk_that_it_reads(kafka: FakeKafka) -> None:
    """Else the watchdog ends the worker in the middle, and the next start begins anew, for ever."""
    kafka.take(restored(kafka).learn(batch(range(3)), {0: ids(range(3))}), NOW)
    kafka.accept(0, 3, NOW)
    kafka.chunk = 1
    told: list[int] = []
    windows = made(kafka, reading=lambda: told.append(1))
    windows.ensure([(TOPIC, 0)], generation=1)
    assert len(told) == len(["the newest record of the log", "the log", *["an outcome"] * 3])
    windows.ensure([(TOPIC, 0)], generation=2)
    assert len(told) == 5


def test_what_a_worker_reads_of_the_log_is_progress_to_its_watchdog(
    kafka: FakeKafka, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka.accept(0, 3, NOW)
    monkeypatch.setattr(app, "LogReader", lambda *_: kafka)
    progress = Progress()
    unreachable = KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1"})
    processor = app._processor(home, StreamSettings(), unreachable, progress)
    records = Records(np.array([3]), np.array([NOW]), [b"noise"])
    before = time.monotonic()
    processor.judge(processor.read(TOPIC, [(0, records)]), [(TOPIC, 0)], 1)
    assert progress.waited >= before


def counted() -> float | None:
    return REGISTRY.get_sample_value("helsepuls_window_ids", {"topic": TOPIC})


def test_partitions_that_were_given_up_are_let_go_of(kafka: FakeKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka.accept(0, 3, NOW)
    kafka.accept(0, 5, NOW, partition=1)
    windows = made(kafka)
    windows.ensure([(TOPIC, 0), (TOPIC, 1)], generation=1)
    windows.note_positions()
    windows.learn(batch([3]), {})
    assert counted() == 8
    window = weakref.ref(windows.of(TOPIC, 1))
    windows.ensure([(TOPIC, 0)], generation=2)
    assert window() is not None
    assert counted() == 3
    monkeypatch.setattr(windows_module, "_KEPT_SECONDS", -1)
    windows.ensure([(TOPIC, 0)], generation=2)
    gc.collect()
    assert window() is None
    windows.ensure([(TOPIC, 0), (TOPIC, 1)], generation=3)
    assert counted() == 8
    assert windows.of(TOPIC, 1).already_emitted(np.arange(6)).tolist() == [True] * 5 + [False]


def test_a_partition_that_comes_back_soon_knows_what_is_still_being_delivered(kafka: FakeKafka) -> None:
    """The log does not hold it yet: restored from there alone, the partition would judge and emit it again."""
    windows = restored(kafka)
    windows.learn(batch([0, 1]), {0: ids([0])})
    windows.ensure([], generation=2)
    windows.ensure([(TOPIC, 0)], generation=3)
    assert windows.of(TOPIC, 0).already_emitted(np.arange(3)).tolist() == [True, True, False]
    assert found(windows, [0, 1]) == [0, ABSENT]


def test_no_more_is_counted_of_a_topic_that_was_given_up_altogether(kafka: FakeKafka) -> None:
    kafka.accept(0, 3, NOW)
    windows = restored(kafka)
    assert counted() == 3
    windows.ensure([], generation=2)
    assert counted() == 0
