"""What a sink holds, and how long it is away, whatever the warehouse does."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition
from pydantic import ValidationError
from sink_rig import TOPIC, FakeMessage, Rig, messages

from sinks.block import Intent
from sinks.settings import SinkSettings

MAX_POLL_SECONDS = 300
"""Kafka's max.poll.interval.ms, which is not changed."""


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
