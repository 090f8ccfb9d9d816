"""What the sink asks of librdkafka, and what it tells of its answers."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from sinks.kafka import judge, kafka_config
from sinks.settings import SinkSettings


def test_what_is_fetched_ahead_is_a_part_of_one_insert():
    """The sink's own buffers hold what the next inserts need; librdkafka's default is another 64 MB, times three."""
    ahead = (
        kafka_config(KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1"}), SinkSettings())[
            "queued.max.messages.kbytes"
        ]
        * 1024
    )
    assert ahead <= SinkSettings().flush_bytes / 4


def test_a_partition_of_which_enough_is_here_is_fetched_again_before_the_next_insert():
    """librdkafka's default is a second, in which a sink that has taken what was here waits."""
    config = kafka_config(KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1"}), SinkSettings())
    assert config["fetch.queue.backoff.ms"] / 1000 <= SinkSettings().flush_seconds / 10


@pytest.mark.parametrize(("topic", "end"), [(None, ")"), ("rejected", ") at rejected[3]")])
def test_a_refusal_names_a_partition_only_where_it_is_about_one(topic, end):
    with pytest.raises(Fatal) as raised:
        judge(KafkaError(KafkaError._FATAL, "fenced", fatal=True), topic, 3 if topic else 0, "group")
    assert str(raised.value).endswith(end)
