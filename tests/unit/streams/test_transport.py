"""Which records are still ours: the generations that the transport counts, and what a batch's end means in them."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.types import TP

from streams.app import create_app
from streams.records import Records
from streams.transport import BatchConsumer, BatchThread, OwnGenerations

PLACE = TP("raw.service", 0)


class FakeThread:
    """The part of Faust's consumer thread that a listener talks to. `broker`: the generation of the group."""

    def __init__(self, broker: int) -> None:
        self.app = SimpleNamespace(consumer_generation_id=0, on_rebalance_start=lambda: None)
        self.told: list[int] = []
        self._broker = broker

    def _ensure_consumer(self) -> Any:
        return SimpleNamespace(_coordinator=SimpleNamespace(generation=self._broker))

    async def on_partitions_revoked(self, _revoked: set[TP]) -> None:
        return None

    async def on_partitions_assigned(self, _assigned: set[TP], generation: int) -> None:
        self.told.append(generation)


def test_a_rejoin_without_a_rebalance_is_another_generation():
    """The broker says the same number again: what was fetched before it must not pass for what is fetched after."""
    thread = FakeThread(broker=1)
    listener = OwnGenerations(thread)

    async def rejoin() -> tuple[int, int]:
        await listener.on_partitions_revoked({PLACE})
        between = thread.app.consumer_generation_id
        await listener.on_partitions_assigned({PLACE})
        return between, thread.app.consumer_generation_id

    first = asyncio.run(rejoin())
    second = asyncio.run(rejoin())
    assert len({*first, *second}) == 4
    assert thread.told == [first[1], second[1]]


def test_the_consumer_uses_these_generations(home, monkeypatch):
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    app = create_app(home)
    assert app.transport.Consumer.RebalanceListener is OwnGenerations


def test_a_worker_without_an_instance_is_no_static_member(home, monkeypatch):
    """An empty name is a name: two workers of it would take each other's place for ever."""
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert create_app(home).conf.consumer_group_instance_id is None
    assert create_app(home, instance="worker-7").conf.consumer_group_instance_id == "worker-7"


def test_what_is_assigned_follows_the_client() -> None:
    thread = BatchThread.__new__(BatchThread)
    first, second = frozenset({TopicPartition("raw.service", 0)}), frozenset({TopicPartition("raw.service", 1)})
    for assigned in (first, first, second, set(), first):
        thread._consumer = SimpleNamespace(assignment=lambda assigned=assigned: assigned)
        assert thread.assignment() == {TP(*place) for place in assigned}


def test_the_broker_gathers_for_a_moment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not send much at once. Faust passes none of it on; aiokafka takes all of it when it starts."""
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    app = create_app(home)

    async def made() -> Any:
        thread = app.consumer._new_consumer_thread()
        return thread._create_worker_consumer(app.transport)

    consumer = asyncio.run(made())
    gathered = consumer._fetch_min_bytes, consumer._fetch_max_bytes, consumer._fetch_max_wait_ms
    assert gathered == (1024 * 1024, 4 * 1024 * 1024, 50)


class Bare(BatchConsumer):
    """The product's consumer without a thread and a broker: it gets `fetched`, and would read at `position`."""

    should_stop = False

    def __init__(self, position: int | None) -> None:
        self.app = SimpleNamespace(
            consumer_generation_id=1, monitor=SimpleNamespace(track_tp_end_offset=lambda *_: None)
        )
        self.flow_active = True
        self.fetched = range(0)
        self._begun, self._fetched, self._committed_offset = {}, {}, defaultdict(lambda: None)
        self._finished, self._finished_lock = {}, threading.Lock()
        self._thread = SimpleNamespace(reads_at=lambda _: position, highwater=lambda _: 1000)

    async def _wait_next_records(self, _timeout: float) -> tuple[dict[TP, Records], None]:
        offsets = np.array(self.fetched)
        return {PLACE: Records(offsets, np.zeros(len(offsets)), [b"x"] * len(offsets))}, None

    def hand_over(self, offsets: range) -> None:
        self.fetched = offsets

        async def taken() -> int:
            return len([message async for message in self.getmany(0)])

        assert asyncio.run(taken()) == 1


def test_before_anything_was_handed_over_what_is_left_begins_where_it_reads() -> None:
    """Also behind a commit: what retention took away since is not waited for."""
    consumer = Bare(position=500)
    assert consumer.done(PLACE) == 500
    consumer._committed_offset[PLACE] = 100
    assert consumer.done(PLACE) == 500
    assert Bare(position=None).done(PLACE) is None


def test_what_was_read_behind_all_that_is_committed_is_no_event() -> None:
    """At 10 and 11 stand marks of a transaction: nothing waits, once 0 to 9 are committed, and no sooner."""
    consumer = Bare(position=12)
    consumer.hand_over(range(10))
    assert consumer.done(PLACE) == 0
    consumer._committed_offset[PLACE] = 5
    assert consumer.done(PLACE) == 5
    consumer._committed_offset[PLACE] = 10
    assert consumer.done(PLACE) == 12


def test_what_was_handed_over_and_is_not_committed_is_left_to_do() -> None:
    """In the first run of a group too, when there is no commit that could stand still."""
    consumer = Bare(position=500)
    consumer.hand_over(range(0, 250))
    consumer.hand_over(range(250, 500))
    assert consumer.done(PLACE) == 0
    consumer._committed_offset[PLACE] = 250
    assert consumer.done(PLACE) == 250


def test_a_partition_that_comes_back_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(AIOKafkaConsumer, "on_partitions_revoked", nothing)
    monkeypatch.setattr(BatchConsumer, "commit", nothing)
    consumer = Bare(position=500)
    consumer.hand_over(range(0, 250))
    asyncio.run(consumer.on_partitions_revoked({PLACE}))
    assert consumer.done(PLACE) == 500
