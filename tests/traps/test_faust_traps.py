"""Traps of Faust (F1-F15) that no other test holds shut. docs/traps.md has the whole list."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import numpy as np
import pytest
from faust.types import TP

from schemas.errors import Fatal
from schemas.types import FAMILIES, raw_topic
from streams.app import create_app
from streams.transport import BatchConsumer, BatchTransport

HERE = TP("raw.service", 0)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> faust.App:
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    return create_app(home)


@pytest.fixture
def consumer() -> Any:
    """The product's consumer with its bookkeeping alone: no broker, one partition held, generation 1."""
    bare = BatchConsumer.__new__(BatchConsumer)
    bare.app = SimpleNamespace(consumer_generation_id=1)
    bare._finished, bare._finished_lock, bare._begun = {}, threading.Lock(), {}
    bare._unacked_messages, bare._committed_offset = set(), defaultdict(lambda: None)
    bare.assignment = lambda: {HERE}
    return bare


class Batch:
    """A message that stands for the records from `first` up to `last`."""

    def __init__(self, first: int, last: int, generation: int = 1) -> None:
        self.tp, self.offset, self.acked, self.generation_id = HERE, first, False, generation
        self.value = SimpleNamespace(offsets=np.arange(first, last + 1))


def committable(consumer: Any) -> dict[TP, int]:
    """What the commit timer would commit now."""
    return {tp: consumer._new_offset(tp) for tp in consumer._filter_tps_with_pending_acks()}


def test_f01_nothing_beyond_a_batch_in_flight_can_be_committed(consumer: Any) -> None:
    """Also in the first run of a group, when nothing has been committed yet."""
    first, second = Batch(0, 9), Batch(10, 19)
    assert consumer.committed(HERE) is None
    assert committable(consumer) == {}
    assert consumer.ack(first)
    assert committable(consumer) == {HERE: 10}
    assert consumer.ack(second)
    assert committable(consumer) == {HERE: 20}


def test_f01_a_batch_that_would_finish_before_an_older_one_is_an_error(consumer: Any) -> None:
    consumer.ack(Batch(10, 19))
    with pytest.raises(AssertionError, match="in order"):
        consumer.ack(Batch(0, 9))
    assert committable(consumer) == {HERE: 20}


def test_f01_every_agent_works_alone(app: faust.App) -> None:
    assert {agent.name: agent.concurrency for agent in app.agents.values()} == {
        f"streams.{raw_topic(family)}": 1 for family in FAMILIES
    }


class ClosingStream:
    """A stream that gives one event and is then closed under its agent, as at a stop or a rebalance.

    Without `noack` it acknowledges what it gave, which is what Faust's own does.
    """

    def __init__(self) -> None:
        self.acknowledges = True
        message = SimpleNamespace(tp=HERE, generation_id=1)
        self.event = SimpleNamespace(value=SimpleNamespace(weight=1), message=message, acked=False)

    def noack(self) -> ClosingStream:
        self.acknowledges = False
        return self

    async def events(self) -> Any:
        try:
            yield self.event
        finally:
            self.event.acked = self.event.acked or self.acknowledges


def test_f03_an_agent_whose_stream_is_closed_has_acknowledged_nothing(app: faust.App) -> None:
    stream = ClosingStream()
    agent = app.agents[f"streams.{raw_topic('service')}"]
    asyncio.run(agent.fun(stream))
    assert not stream.event.acked


@pytest.mark.parametrize("trap", ["f05", "f08", "f09"])
def test_f05_f08_f09_faust_keeps_no_table_and_recovers_nothing(app: faust.App, trap: str) -> None:
    """No table: no changelog that lags behind a commit (F5), no recovery (F8), no window on the wall clock (F9)."""
    found = {"f05": dict(app.tables), "f08": app.tables.changelog_topics, "f09": list(app.tables.values())}
    assert not found[trap]


def test_f07_transactions_of_faust_are_not_used(app: faust.App) -> None:
    assert app.conf.processing_guarantee.name == "AT_LEAST_ONCE"


def test_f10_a_restarted_worker_may_keep_its_membership(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert create_app(home, instance="ward-7").conf.consumer_group_instance_id == "ward-7"


def test_f10_a_batch_of_a_former_generation_moves_no_offset(consumer: Any) -> None:
    assert not consumer.ack(Batch(0, 9, generation=0))
    assert committable(consumer) == {}


def test_f10_a_batch_of_a_partition_that_was_taken_away_moves_no_offset(consumer: Any) -> None:
    consumer.assignment = set
    assert not consumer.ack(Batch(0, 9))
    assert committable(consumer) == {}


@pytest.mark.parametrize("trap", ["f11", "f12"])
def test_f11_f12_faust_hands_over_bytes_and_decodes_nothing(app: faust.App, trap: str) -> None:
    for family in FAMILIES:
        channel = app.agents[f"streams.{raw_topic(family)}"].channel
        assert (channel.key_serializer, channel.value_serializer) == ("raw", "raw")
    assert BatchTransport.Consumer is BatchConsumer
    assert isinstance(app.transport, BatchTransport)


def test_f13_faust_is_exactly_the_release_whose_source_was_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pin = [entry for entry in project["dependencies"] if entry.startswith("faust-streaming")]
    assert pin == ["faust-streaming==0.15.3"]
    assert version("faust-streaming") == "0.15.3"


def test_f14_what_is_remembered_of_a_partition_does_not_grow(consumer: Any) -> None:
    for number in range(1_000):
        consumer.ack(Batch(10 * number, 10 * number + 9))
    assert consumer._finished == {HERE: 10_000}
    assert not consumer._unacked_messages


def test_f15_a_session_shorter_than_brokers_allow_is_refused_at_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("HELSEPULS_STREAM_SESSION_TIMEOUT_SECONDS", "5.9")
    with pytest.raises(Fatal, match="session_timeout_seconds"):
        create_app(home)
