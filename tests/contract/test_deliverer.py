"""Delivery of outcomes against a real broker."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from runtime.kafka import producer_config
from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from streams.deliver import Deliverer
from streams.types import Message, Messages


def deliverer(bootstrap: str, seconds: float = 20) -> Deliverer:
    return Deliverer(producer_config(KafkaSettings(config={"bootstrap.servers": bootstrap})), seconds)


def test_every_message_goes_to_its_own_partition_whatever_its_key(kafka: str, topics: Any) -> None:
    """`produce_batch` of confluent-kafka 2.16.1 takes no heed of a partition given with a message."""
    topic = topics.unique(partitions=3)
    messages = [Message(number % 3, "the same key", str(number).encode()) for number in range(30)]
    deliverer(kafka).deliver({topic: Messages.of(messages)})
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "t"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(3)])
    found: list[Any] = []
    while len(found) < 30:
        found += consumer.consume(30, timeout=2)
    consumer.close()
    assert all(int(message.value()) % 3 == message.partition() for message in found)
    by_partition = [[int(m.value()) for m in found if m.partition() == p] for p in range(3)]
    assert by_partition == [sorted(part) for part in by_partition]


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
