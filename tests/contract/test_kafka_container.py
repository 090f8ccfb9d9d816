"""Delivery and restore against a Kafka in a container: the same as on the broker that the local stack starts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from containers import need_docker
from testcontainers.community.kafka import KafkaContainer

from deploy.settings import TopicSettings
from deploy.topics import apply, declared
from runtime.kafka import consumer_config, producer_config
from runtime.settings import KafkaSettings
from streams.deliver import Deliverer
from streams.types import Message, Messages
from streams.window.index import DAY_MS
from streams.window.reader import LogReader
from streams.window.windows import Windows

pytestmark = pytest.mark.containers

IMAGE = "confluentinc/cp-kafka:8.1.0"


@pytest.fixture(scope="module")
def settings() -> Iterator[KafkaSettings]:
    need_docker()
    with KafkaContainer(IMAGE).with_kraft() as running:
        yield KafkaSettings(config={"bootstrap.servers": running.get_bootstrap_server()})


def test_topics_are_made_as_declared_and_then_left_alone(settings: KafkaSettings) -> None:
    client = AdminClient(dict(settings.config))
    changes = apply(client, TopicSettings(partitions=2, replication_factor=1))
    assert {change.topic for change in changes} == {topic.name for topic in declared()}
    assert apply(client, TopicSettings(partitions=2, replication_factor=1)) == []


def test_a_worker_delivers_and_restores(settings: KafkaSettings) -> None:
    Deliverer(producer_config(settings), 30).deliver({"receipts": Messages.of([Message(1, None, b"x")])})
    reader = LogReader(consumer_config(settings, "restore"), 30)
    assert reader.ends([("receipts", 0), ("receipts", 1)]) == {("receipts", 0): 0, ("receipts", 1): 1}
    windows = Windows(reader, 7 * DAY_MS)
    windows.ensure([("raw.service", 0), ("raw.service", 1)], generation=1)
    assert windows.of("raw.service", 1).covered == -1
