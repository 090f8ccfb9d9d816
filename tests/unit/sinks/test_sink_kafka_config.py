"""What the sink asks of librdkafka."""

from __future__ import annotations

from runtime.settings import KafkaSettings
from sinks.kafka import kafka_config
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
