"""A sink that its group will not have, at a real broker: it ends and says so, instead of idling for ever."""

from __future__ import annotations

import time
import uuid

import pytest
from confluent_kafka import Consumer
from kafka_topics import Topics

from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from sinks.kafka import judge, kafka_config
from sinks.settings import SinkSettings


def test_a_sink_that_another_put_out_ends(kafka: str, topics: Topics) -> None:
    settings = SinkSettings(group=f"fenced-{uuid.uuid4()}", instance="embedded")
    config = kafka_config(KafkaSettings(config={"bootstrap.servers": kafka}), settings)
    first, second = Consumer({**config, "log_level": 0}), Consumer({**config, "log_level": 0})
    topic = topics.unique()
    try:
        first.subscribe([topic])
        _until_assigned(first)
        second.subscribe([topic])
        with pytest.raises(Fatal, match=r"refuses the sink .*fenced"):
            _judge_until(first, second, settings.group)
    finally:
        first.close()
        second.close()


def test_a_sink_beside_a_member_that_shares_partitions_out_in_another_way_ends(kafka: str, topics: Topics) -> None:
    settings = SinkSettings(group=f"mixed-{uuid.uuid4()}")
    config = {**kafka_config(KafkaSettings(config={"bootstrap.servers": kafka}), settings), "log_level": 0}
    stranger, sink = Consumer({**config, "partition.assignment.strategy": "cooperative-sticky"}), Consumer(config)
    topic = topics.unique()
    try:
        stranger.subscribe([topic])
        _until_assigned(stranger)
        sink.subscribe([topic])
        with pytest.raises(Fatal, match=r"INCONSISTENT_GROUP_PROTOCOL.*give the sink a group of its own"):
            _judge_until(sink, stranger, settings.group)
    finally:
        stranger.close()
        sink.close()


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
