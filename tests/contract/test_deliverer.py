"""Delivery of outcomes against a real broker."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition

from runtime.kafka import producer_config
from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from streams.deliver import Deliverer
from streams.types import Message, Messages


def deliverer(bootstrap: str, seconds: float = 20, **config: str) -> Deliverer:
    return Deliverer(producer_config(KafkaSettings(config={"bootstrap.servers": bootstrap, **config})), seconds)


def stored(bootstrap: str, topic: str, partitions: int, count: int) -> list[list[tuple[bytes | None, bytes]]]:
    """Key and value of the records of each partition, in their order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "t"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    found: list[Any] = []
    while len(found) < count:
        found += consumer.consume(count, timeout=2)
    consumer.close()
    return [[(m.key(), m.value()) for m in found if m.partition() == p] for p in range(partitions)]


def test_every_message_goes_to_its_own_partition_whatever_its_key(kafka: str, topics: Any) -> None:
    topic = topics.unique(partitions=3)
    messages = [Message(number % 3, b"the same key", str(number).encode()) for number in range(30)]
    deliverer(kafka).deliver({topic: Messages.of(messages)})
    assert stored(kafka, topic, 3, 30) == [
        [(b"the same key", str(number).encode()) for number in range(partition, 30, 3)] for partition in range(3)
    ]


def test_keys_and_values_arrive_as_they_are(kafka: str, topics: Any) -> None:
    topic = topics.unique()
    messages = [(None, b"\0\0"), (b"a\0b", bytes(range(256))), (None, b"x"), ("æ".encode(), b"y" * 100_000)]
    deliverer(kafka).deliver({topic: Messages.of([Message(0, key, value) for key, value in messages])})
    assert stored(kafka, topic, 1, 4) == [messages]


def test_more_messages_than_the_queue_holds_are_all_delivered(kafka: str, topics: Any) -> None:
    topic = topics.unique(partitions=2)
    messages = [Message(number % 2, None, str(number).encode()) for number in range(1000)]
    deliverer(kafka, **{"queue.buffering.max.messages": "70"}).deliver({topic: Messages.of(messages)})
    assert [sorted(int(value) for _, value in part) for part in stored(kafka, topic, 2, 1000)] == [
        list(range(partition, 1000, 2)) for partition in range(2)
    ]


def test_a_queue_that_stays_full_ends_the_worker() -> None:
    messages = Messages.of([Message(0, None, b"x")] * 10)
    with pytest.raises(Fatal, match="5 outcomes were not taken by the broker"):
        deliverer("127.0.0.1:1", seconds=1, **{"queue.buffering.max.messages": "5"}).deliver({"t": messages})


def test_a_setting_that_librdkafka_does_not_know_is_named() -> None:
    with pytest.raises(Fatal, match=r"No such configuration property.*no\.such\.key"):
        deliverer("127.0.0.1:1", **{"no.such.key": "1"})


def test_a_deliverer_that_is_let_go_takes_its_threads_along(kafka: str, topics: Any) -> None:
    def threads() -> set[int]:
        return {thread.id for thread in psutil.Process().threads()}

    topic = topics.unique()
    before = threads()
    one = deliverer(kafka)
    one.deliver({topic: Messages.of([Message(0, None, b"x")])})
    own = threads() - before
    assert own
    del one
    assert not own & threads()


def test_a_message_that_the_broker_does_not_take_ends_the_worker(kafka: str, topics: Any) -> None:
    topic = topics.unique(max_message_bytes="200")
    with pytest.raises(Fatal, match="not taken"):
        deliverer(kafka).deliver({topic: Messages.of([Message(0, None, bytes(range(256)) * 40)])})


def test_a_topic_that_is_not_there_ends_the_worker(kafka: str, topics: Any) -> None:
    topics.unique()
    with pytest.raises(Fatal):
        deliverer(kafka, seconds=3).deliver({"no.such.topic": Messages.of([Message(0, None, b"x")])})


def test_no_broker_ends_the_worker_in_time() -> None:
    with pytest.raises(Fatal):
        deliverer("127.0.0.1:1", seconds=2).deliver({"t": Messages.of([Message(0, None, b"x")])})
