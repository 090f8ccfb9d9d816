"""The loop over a consumer that does as told: what is committed when, and what happens when something is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from fake_clickhouse import Failure
from prometheus_client import REGISTRY
from sink_rig import TOPIC, FakeMessage, Rig, messages

from schemas.errors import Fatal, Retryable
from sinks.block import Intent


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


def test_it_tells_how_long_the_oldest_message_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    rig.assign(0)
    rig.client.failures.extend([Failure(None)] * 9)
    rig.step(*messages(0, 1), after=1)
    sent = rig.sink._buffers[TOPIC, 0].times[0] / 1000
    monkeypatch.setattr("sinks.consumer.time.time", lambda: sent + 40)
    rig.sink._tell_lag()
    assert rig.sink.lag_seconds == pytest.approx(40)
    rig.sink._lost(rig.consumer, [TopicPartition(TOPIC, 0)])
    rig.sink._tell_lag()
    assert rig.sink.lag_seconds == 0


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
