"""A sink that its group will not have, at a real broker: it ends and says so, instead of idling for ever."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer
from kafka_topics import Topics

from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from sinks.kafka import judge, kafka_config
from sinks.settings import SinkSettings


def test_a_sink_that_another_put_out_ends(kafka: str, topics: Topics) -> None:
    settings = SinkSettings(group=f"fenced-{uuid.uuid4()}", instance="embedded")
    config = _config(kafka, settings)
    first, second = Consumer(config), Consumer(config)
    with _joined(first, second, topics.unique()), pytest.raises(Fatal, match=r"refuses the sink .*fenced"):
        _judge_until(first, second, settings.group)


def test_a_sink_beside_a_member_that_shares_partitions_out_in_another_way_ends(kafka: str, topics: Topics) -> None:
    settings = SinkSettings(group=f"mixed-{uuid.uuid4()}")
    config = _config(kafka, settings)
    stranger, sink = Consumer({**config, "partition.assignment.strategy": "cooperative-sticky"}), Consumer(config)
    refused = pytest.raises(Fatal, match=r"INCONSISTENT_GROUP_PROTOCOL.*give the sink a group of its own")
    with _joined(stranger, sink, topics.unique()), refused:
        _judge_until(sink, stranger, settings.group)


def _config(kafka: str, settings: SinkSettings) -> dict[str, Any]:
    """The sink's own, quiet; where to begin the sink says itself, of each partition that it is given."""
    config = kafka_config(KafkaSettings(config={"bootstrap.servers": kafka}), settings)
    return {**config, "auto.offset.reset": "earliest", "log_level": 0}


@contextmanager
def _joined(earlier: Consumer, later: Consumer, topic: str) -> Iterator[None]:
    """The later one asks to join when the earlier has its partitions; both are closed at the end."""
    try:
        earlier.subscribe([topic])
        _until_assigned(earlier)
        later.subscribe([topic])
        yield
    finally:
        earlier.close()
        later.close()


def _judge_until(first: Consumer, second: Consumer, group: str) -> None:
    """Both go on reading; what the first is told is judged."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        second.poll(0.1)
        if (message := first.poll(0.1)) and (error := message.error()):
            judge(error, message.topic(), message.partition(), group)


def _until_assigned(consumer: Consumer) -> None:
    deadline = time.monotonic() + 60
    while not consumer.assignment():
        assert time.monotonic() < deadline
        consumer.poll(0.1)
