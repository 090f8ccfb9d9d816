"""The loop over a consumer that does as told: what is committed when, and what happens when something is away."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from fake_clickhouse import Failure, FakeClient
from outcomes import message, rejected
from prometheus_client import REGISTRY
from pydantic import ValidationError

from schemas.errors import Fatal, Retryable
from sinks.block import Intent
from sinks.consumer import Sink
from sinks.settings import SinkSettings
from sinks.writer import Writer

TOPIC = "rejected"
MAX_POLL_SECONDS = 300
"""Kafka's max.poll.interval.ms, which is not changed."""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeMessage:
    def __init__(self, offset: int, partition: int = 0, error: Any = None, *, readable: bool = True) -> None:
        self._offset, self._partition, self._error, self._readable = offset, partition, error, readable

    def topic(self) -> str:
        return TOPIC

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes | None:
        return message(TOPIC, rejected(self._offset, self._partition)) if self._readable else None

    def timestamp(self) -> tuple[int, int]:
        return (2, 1_000)

    def error(self) -> Any:
        return self._error


class FakeConsumer:
    """One log of events: what the sink did, in order."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.incoming: deque[list[FakeMessage]] = deque()
        self.done: list[tuple[str, Any]] = []
        self.offsets: dict[int, TopicPartition] = {}
        self.commit_errors: deque[int | None] = deque()
        self.callbacks: dict[str, Any] = {}
        self.paused: set[int] = set()
        self.kept: list[FakeMessage] = []
        """Of paused partitions."""

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        self.callbacks = callbacks

    def consume(self, count: int, timeout: float) -> list[FakeMessage]:
        come = self.kept + (self.incoming.popleft() if self.incoming else [])
        self.kept = [one for one in come if one.partition() in self.paused]
        return [one for one in come if one.partition() not in self.paused]

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> list[TopicPartition]:
        assert not asynchronous
        error = self.commit_errors.popleft() if self.commit_errors else None
        if error is not None:
            raise KafkaException(KafkaError(error))
        rows = self.client.rows("log_rejected")
        self.done += [("commit", (tp.partition, tp.offset, tp.metadata, rows)) for tp in offsets]
        self.offsets |= {tp.partition: tp for tp in offsets}
        return offsets

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [self.offsets.get(tp.partition, TopicPartition(TOPIC, tp.partition, -1001)) for tp in partitions]

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("assign", [(tp.partition, tp.offset) for tp in partitions]))

    def pause(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("pause", [tp.partition for tp in partitions]))
        self.paused.update(tp.partition for tp in partitions)

    def resume(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("resume", [tp.partition for tp in partitions]))
        self.paused.difference_update(tp.partition for tp in partitions)

    def get_watermark_offsets(self, partition: TopicPartition, cached: bool) -> tuple[int, int]:
        return (0, 10)

    def close(self) -> None:
        self.done.append(("close", None))


class Rig:
    """A sink with everything around it fake."""

    def __init__(
        self,
        client: FakeClient | None = None,
        offsets: dict[int, TopicPartition] | None = None,
        settings: SinkSettings | None = None,
    ) -> None:
        self.client = client or FakeClient.with_tables()
        self.consumer = FakeConsumer(self.client)
        self.consumer.offsets = offsets or {}
        self.clock = Clock()
        settings = settings or SinkSettings(flush_rows=100, flush_seconds=0.5, retry_seconds=1, revoke_seconds=5)
        self.sink = Sink(self.consumer, Writer(self.client), settings, self.clock)

    def assign(self, *partitions: int) -> None:
        self.sink._assigned(self.consumer, [TopicPartition(TOPIC, p) for p in partitions])

    def revoke(self, *partitions: int) -> None:
        self.sink._revoked(self.consumer, [TopicPartition(TOPIC, p) for p in partitions])

    def step(self, *messages: FakeMessage, after: float = 0.0) -> None:
        self.clock.now += after
        self.consumer.incoming.append(list(messages))
        self.sink.step()

    def held(self, partition: int = 0) -> int:
        return len(self.sink._buffers[TOPIC, partition].offsets)

    @property
    def commits(self) -> list[tuple[int, int, str, int]]:
        return [what for kind, what in self.consumer.done if kind == "commit"]


def messages(*offsets: int, partition: int = 0) -> list[FakeMessage]:
    return [FakeMessage(offset, partition) for offset in offsets]


def told(metric: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(metric, labels)


def test_the_range_is_committed_before_the_insert_and_the_offset_after_it() -> None:
    rig = Rig()
    rig.assign(0)
    rig.step(*messages(0, 1, 2))
    assert rig.commits == []
    rig.step(after=0.5)
    assert rig.commits == [(0, 0, "insert 0-2", 0), (0, 3, "", 3)]


def test_what_comes_after_a_pause_is_stored_at_once_and_what_follows_rests() -> None:
    rig = Rig()
    rig.assign(0)
    rig.step(*messages(0), after=5)
    assert rig.client.rows("log_rejected") == 1
    rig.step(*messages(1), after=0.3)
    assert rig.client.rows("log_rejected") == 1
    rig.step(*messages(2), after=0.3)
    assert rig.client.rows("log_rejected") == 3
    assert len(rig.client.inserts) == 2


def test_a_new_group_begins_at_the_beginning_and_a_known_one_where_it_was() -> None:
    rig = Rig(offsets={1: TopicPartition(TOPIC, 1, 42)})
    rig.assign(0, 1)
    assert rig.consumer.done == [("assign", [(0, OFFSET_BEGINNING), (1, 42)]), ("resume", [0, 1])]


def test_after_a_crash_between_insert_and_commit_the_same_block_is_formed_and_stored_once() -> None:
    before = Rig()
    before.assign(0)
    before.consumer.commit_errors.extend([None, KafkaError._TRANSPORT])
    before.step(*messages(0, 1, 2))
    before.step(after=0.5)
    assert before.client.rows("log_rejected") == 3  # stored, and the process dies here

    after = Rig(before.client, before.consumer.offsets)
    after.assign(0)
    after.step(*messages(0, 1), after=60)
    assert len(before.client.inserts) == 1, "the range is not whole yet"
    after.step(*messages(2, 3))
    after.step(after=0.5)
    tokens = [token for _, token in before.client.inserts]
    assert tokens == ["log_rejected/rejected/0/0-2"] * 2 + ["log_rejected/rejected/0/3-3"]
    assert before.client.rows("log_rejected") == 4
    assert after.commits[-1][1] == 4


def test_nothing_is_inserted_whose_intent_could_not_be_committed() -> None:
    rig = Rig()
    rig.assign(0)
    rig.consumer.commit_errors.append(KafkaError.REBALANCE_IN_PROGRESS)
    rig.step(*messages(0))
    rig.step(after=0.5)
    assert rig.client.inserts == []
    rig.step(after=1)
    assert rig.client.rows("log_rejected") == 1


@pytest.mark.parametrize("stored", [True, False])
def test_a_failed_insert_pauses_the_partition_and_offers_the_same_block_again(stored: bool) -> None:
    rig = Rig()
    rig.assign(0, 1)
    rig.client.failures.append(Failure(319, stored=stored))
    rig.step(*messages(0, 1), after=0.5)
    rig.step(after=0.5)
    assert ("pause", [0]) in rig.consumer.done
    rig.step(*messages(0, partition=1), *messages(2), after=0.5)
    rig.step(after=0.5)
    assert rig.client.rows("log_rejected") >= 3
    rig.step(after=1)
    assert rig.consumer.done.count(("resume", [0])) == 1
    tokens = [token for _, token in rig.client.inserts if token.startswith("log_rejected/rejected/0/")]
    assert tokens[:2] == ["log_rejected/rejected/0/0-1"] * 2
    rig.step(after=1)
    assert rig.client.rows("log_rejected") == 4


def test_the_offset_moves_only_over_what_is_stored() -> None:
    rig = Rig()
    rig.assign(0)
    rig.client.failures.extend([Failure(252)] * 3)
    rig.step(*messages(0, 1))
    for _ in range(3):
        rig.step(after=40)
    assert {commit[1] for commit in rig.commits} == {0}


def test_a_fault_that_does_not_pass_ends_the_sink_and_commits_nothing() -> None:
    rig = Rig()
    rig.client.failures.append(Failure(27))

    def turn(*_: Any) -> bool:
        if not rig.sink._buffers:
            rig.assign(0)
            rig.consumer.incoming.append(messages(0))
        rig.clock.now += 0.5
        return False

    with pytest.raises(Fatal, match="27"):
        rig.sink.run(turn)
    assert [commit[1] for commit in rig.commits] == [0]
    assert rig.consumer.done[-1] == ("close", None)


def test_partitions_taken_away_are_stored_and_committed_at_once() -> None:
    rig = Rig()
    rig.assign(0, 1)
    rig.step(*messages(0, 1), *messages(0, partition=1))
    rig.revoke(0)
    assert [(p, offset) for p, offset, metadata, _ in rig.commits if not metadata] == [(0, 2)]
    assert list(rig.sink._buffers) == [(TOPIC, 1)]


def test_a_warehouse_that_is_away_does_not_hold_a_revocation() -> None:
    rig = Rig()
    rig.assign(0)
    rig.client.failures.extend([Failure(None)] * 9)
    rig.step(*messages(0, 1))
    rig.revoke(0)
    assert rig.sink._buffers == {}
    assert rig.consumer.offsets[0].metadata == Intent(0, 1).metadata(), "the next reader forms the same block"


def test_lost_partitions_are_dropped_without_a_trace() -> None:
    rig = Rig()
    rig.assign(0)
    rig.step(*messages(0, 1))
    rig.sink._lost(rig.consumer, [TopicPartition(TOPIC, 0)])
    assert rig.client.inserts == []
    assert rig.commits == []
    rig.step(*messages(2), after=5)  # still under way when the partition was lost
    assert rig.client.inserts == []


def test_nothing_is_told_of_a_topic_that_was_taken_away() -> None:
    """Or it would seem to lag for ever, here, while another sink stores it."""
    rig = Rig()
    rig.assign(0, 1)
    rig.step(*messages(0), *messages(0, partition=1), after=60)
    rig.sink._tell_lag()
    rig.revoke(0)
    assert told("helsepuls_sink_lag_seconds", topic=TOPIC) is not None, "one of its partitions is still here"
    rig.sink._lost(rig.consumer, [TopicPartition(TOPIC, 1)])
    rig.sink._tell_lag()
    assert told("helsepuls_sink_lag_seconds", topic=TOPIC) is None
    assert told("helsepuls_sink_lag_messages", topic=TOPIC, partition="1") is None


def test_how_many_partitions_of_each_topic_it_has_is_told() -> None:
    rig = Rig()
    rig.sink.run(lambda: True)
    assert told("helsepuls_sink_partitions", topic=TOPIC) == 0, "also before anything is assigned"
    rig.assign(0, 1)
    assert told("helsepuls_sink_partitions", topic=TOPIC) == 2
    rig.revoke(1)
    assert told("helsepuls_sink_partitions", topic=TOPIC) == 1
    assert told("helsepuls_sink_partitions", topic="receipts") == 0


def test_a_clean_end_stores_what_was_read() -> None:
    rig = Rig()
    turns = iter([False, True])

    def turn() -> bool:
        if not rig.sink._buffers:
            rig.assign(0)
            rig.consumer.incoming.append(messages(0, 1))
        return next(turns)

    rig.sink.run(turn)
    assert rig.client.rows("log_rejected") == 2
    assert rig.commits[-1] == (0, 2, "", 2)
    assert rig.consumer.done[-1] == ("close", None)


def test_what_was_written_before_a_time_is_stored() -> None:
    """Messages are of second 1; the log ends at 10."""
    rig = Rig()
    early, late = (datetime.fromtimestamp(second, UTC) for second in (1, 2))
    assert not rig.sink.has_stored_until(early), "nothing is known before partitions are assigned"
    rig.assign(0)
    assert not rig.sink.has_stored_until(late), "the log holds what was not read yet"
    rig.step(*messages(*range(9)))
    assert rig.sink.has_stored_until(early)
    assert not rig.sink.has_stored_until(late)
    rig.step(messages(9)[0], after=5)
    rig.step(after=5)
    assert rig.sink.has_stored_until(late)


def test_one_of_several_sinks_has_a_partition() -> None:
    rig = Rig()
    assert not rig.sink.has(TOPIC, 0)
    rig.assign(0, 1)
    assert rig.sink.has(TOPIC, 0)
    rig.revoke(0)
    assert not rig.sink.has(TOPIC, 0)


def test_what_is_done_between_turns_comes_after_each() -> None:
    rig = Rig()
    between: list[int] = []
    turns = iter([False, False, True])
    rig.assign(0)
    rig.consumer.incoming.extend([[], []])
    rig.sink.run(lambda: next(turns), lambda: between.append(1))
    assert len(between) == 2


def test_an_offset_outside_the_log_is_an_error_not_a_leap() -> None:
    rig = Rig()
    rig.assign(0)
    with pytest.raises(Fatal, match=r"rejected\[0\] is not in the log"):
        rig.step(FakeMessage(0, error=KafkaError(KafkaError._AUTO_OFFSET_RESET)))


@pytest.mark.parametrize("code", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._SSL, KafkaError._FATAL])
def test_a_refusal_ends_the_sink(code: int) -> None:
    rig = Rig()
    with pytest.raises(Fatal, match="refuses"):
        rig.step(FakeMessage(0, error=KafkaError(code)))


@pytest.mark.parametrize("code", [KafkaError.INCONSISTENT_GROUP_PROTOCOL, KafkaError.GROUP_MAX_SIZE_REACHED])
def test_a_group_that_will_not_have_the_sink_is_not_waited_for(code: int) -> None:
    """Or it would look ready, with no partition and nothing to tell."""
    with pytest.raises(Fatal, match=r"group helsepuls-sink .*give the sink a group of its own \(sink.group\)"):
        Rig().step(FakeMessage(0, error=KafkaError(code)))


@pytest.mark.parametrize("code", [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._ALL_BROKERS_DOWN])
def test_what_librdkafka_mends_itself_is_waited_for(code: int) -> None:
    Rig().step(FakeMessage(0, error=KafkaError(code)))


def test_unknown_offsets_are_not_guessed() -> None:
    rig = Rig()
    unknown = TopicPartition(TOPIC, 0)

    def refuse(*_: Any, **__: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    rig.consumer.committed = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(Retryable):
        rig.sink._assigned(rig.consumer, [unknown])


def together(rig: Rig) -> None:
    """Two partitions whose blocks are due at the same time."""
    rig.assign(0, 1)
    rig.step(*messages(0, 1), *messages(5, 6, partition=1))


def test_blocks_of_a_topic_that_are_due_together_are_one_insert() -> None:
    rig = Rig()
    together(rig)
    rig.step(after=0.5)
    assert len(rig.client.inserts) == 1
    assert rig.client.rows("log_rejected") == 4
    assert [(p, offset) for p, offset, metadata, _ in rig.commits if not metadata] == [(0, 2), (1, 7)]
    names = {metadata.partition(" with ")[2] for _, _, metadata, _ in rig.commits if metadata}
    assert len(names) == 1
    assert rig.client.inserts[0][1].endswith(f"/{names.pop()}")


@pytest.mark.parametrize("stored", [True, False])
def test_blocks_that_went_together_go_together_again(stored: bool) -> None:
    rig = Rig()
    rig.client.failures.append(Failure(319, stored=stored))
    together(rig)
    rig.step(after=0.5)
    rig.step(*messages(2), after=0.5)
    rig.step(after=1)
    rig.step(after=1)
    assert rig.client.inserts[0] == rig.client.inserts[1]
    assert rig.client.rows("log_rejected") == 5


def test_after_a_crash_the_same_blocks_are_formed_together_and_stored_once() -> None:
    before = Rig()
    before.consumer.commit_errors.extend([None, KafkaError._TRANSPORT])
    together(before)
    before.step(after=0.5)
    assert before.client.rows("log_rejected") == 4  # stored, and the process dies here

    after = Rig(before.client, before.consumer.offsets)
    after.assign(0, 1)
    after.step(*messages(0, 1, 2), after=60)
    assert len(before.client.inserts) == 1, "one of them is not whole yet"
    after.step(*messages(5, 6, partition=1))
    after.step(after=0.5)
    assert [token for _, token in before.client.inserts][:2] == [before.client.inserts[0][1]] * 2
    assert before.client.rows("log_rejected") == 5
    assert {(p, offset) for p, offset, metadata, _ in after.commits if not metadata} >= {(0, 3), (1, 7)}


def test_a_block_whose_others_went_to_another_sink_goes_alone() -> None:
    """Under a token of its own: it may be stored twice, and readers find its rows once; it is never left out."""
    before = Rig()
    before.client.failures.append(Failure(None))
    together(before)
    before.step(after=0.5)

    after = Rig(before.client, before.consumer.offsets)
    after.assign(1)
    after.step(*messages(5, 6, partition=1), after=60)
    after.step(after=0.5)
    assert before.client.inserts[-1][1] == "log_rejected/rejected/1/5-6"
    assert before.client.rows("log_rejected") == 2
    assert after.consumer.offsets[1].offset == 7


def test_a_block_of_a_group_that_is_taken_away_is_stored_alone_at_once() -> None:
    rig = Rig()
    rig.client.failures.append(Failure(None))
    together(rig)
    rig.step(after=0.5)
    rig.clock.now += 2
    rig.revoke(0)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/0/0-1"
    assert rig.consumer.offsets[0].offset == 2
    rig.step(after=2)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/1/5-6"


def test_an_insert_holds_no_more_than_its_limit() -> None:
    rig = Rig()
    rig.assign(0, 1, 2)
    for partition in range(3):
        rig.step(*messages(*range(40), partition=partition))
    rig.step(after=0.5)
    assert len(rig.client.inserts) == 2
    assert rig.client.rows("log_rejected") == 120


def test_nothing_of_a_group_is_inserted_when_one_intent_is_refused() -> None:
    rig = Rig()
    rig.consumer.commit_errors.append(KafkaError.REBALANCE_IN_PROGRESS)
    together(rig)
    rig.step(after=0.5)
    assert rig.client.inserts == []
    rig.step(after=2)
    assert rig.client.rows("log_rejected") == 4


def test_what_is_held_is_bounded_while_nothing_can_be_committed() -> None:
    """The broker gives messages and its coordinator is away: Kafka keeps what is more than two inserts."""
    rig = Rig()
    rig.assign(0)
    rig.consumer.commit_errors.extend([KafkaError.COORDINATOR_NOT_AVAILABLE] * 30)
    for turn in range(30):
        rig.step(*messages(*range(50 * turn, 50 * turn + 50)), after=1.2)
        assert rig.held() <= 200
    for _ in range(30):
        rig.step(after=1.2)
    assert rig.client.rows("log_rejected") == 1500
    assert rig.consumer.done.count(("pause", [0])) == rig.consumer.done.count(("resume", [0])) - 1, "one when assigned"


def test_a_block_that_was_declared_is_completed_however_large_it_is() -> None:
    """As one is whose limits were lowered since: a pause before it is whole would last for ever."""
    rig = Rig(offsets={0: TopicPartition(TOPIC, 0, 0, Intent(0, 399).metadata())})
    rig.assign(0)
    for first in range(0, 400, 50):
        rig.step(*messages(*range(first, first + 50)))
    assert rig.client.rows("log_rejected") == 400


def grouped(rig: Rig) -> Rig:
    """Another sink on the same partitions, after the first went down while it offered their blocks together."""
    rig.client.failures.append(Failure(None))
    together(rig)
    rig.step(after=0.5)
    after = Rig(rig.client, rig.consumer.offsets)
    after.assign(0, 1)
    return after


def test_a_block_waits_for_the_others_of_its_insert_but_not_for_ever() -> None:
    """Partition 1 has no leader: what is of partition 0 is stored alone after a minute, and bounded until then."""
    rig = grouped(Rig())
    for turn in range(59):
        rig.step(*messages(*range(10 * turn, 10 * turn + 10)), after=1)
        assert rig.held() <= 210
    assert rig.client.rows("log_rejected") == 0
    rig.step(after=2)
    assert rig.client.inserts[1][1] == "log_rejected/rejected/0/0-1"
    for _ in range(20):
        rig.step(after=1)
    assert rig.client.rows("log_rejected") == 590
    rig.step(*messages(5, 6, partition=1), after=1)
    assert rig.client.inserts[-1][1] == "log_rejected/rejected/1/5-6", "left out of nothing"
    assert rig.consumer.offsets[1].offset == 7


def test_blocks_that_are_offered_again_go_together_however_long_that_takes() -> None:
    rig = Rig()
    rig.client.failures.extend([Failure(319, stored=True)] * 10)
    together(rig)
    for _ in range(30):
        rig.step(after=20)
    assert len({token for _, token in rig.client.inserts}) == 1
    assert rig.client.rows("log_rejected") == 4


@pytest.mark.parametrize("taken_away", [False, True])
@pytest.mark.parametrize("quick", [2, 4])
def test_with_the_slowest_inserts_kafka_still_hears_of_the_sink_in_time(
    taken_away: bool, quick: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client may send an insert twice, and a block with an unreadable message is two inserts."""
    longest = SinkSettings(flush_rows=10, insert_seconds=60, revoke_seconds=30)
    rig = Rig(settings=longest)
    insert, taking = rig.client.insert_arrow, iter([14.0] * quick)

    def slow(*arguments: Any, **options: Any) -> None:
        insert(*arguments, **options)
        rig.clock.now += next(taking, 2 * longest.insert_seconds)

    monkeypatch.setattr(rig.client, "insert_arrow", slow)
    rig.assign(*range(9))
    coming = [FakeMessage(n, partition, readable=n > 0) for partition in range(9) for n in range(10)]
    began = rig.clock.now
    if taken_away:
        rig.sink._take(coming)
        rig.revoke(*range(9))
    else:
        rig.step(*coming)
    assert rig.client.inserts
    assert rig.clock.now - began < 0.95 * MAX_POLL_SECONDS


@pytest.mark.parametrize(("name", "value"), [("insert_seconds", 61), ("revoke_seconds", 31)])
def test_settings_that_would_let_kafka_take_the_sink_for_dead_are_refused(name: str, value: int) -> None:
    with pytest.raises(ValidationError, match=name):
        SinkSettings(**{name: value})
