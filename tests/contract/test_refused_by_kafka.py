"""A real broker that is there and does not let us in, or takes what is packed beyond measure."""

from __future__ import annotations

import time

import psutil
import pytest
from confluent_kafka import Producer
from kafka_topics import Topics

from producers.client import reach
from runtime.settings import KafkaSettings
from schemas.errors import Retryable
from schemas.wire import LARGEST_EVENT
from streams.records import LARGEST_BATCH, Batches


def test_wrong_credentials_are_told_as_such(kafka: str) -> None:
    """The broker of the tests asks for none: giving some is as wrong as giving wrong ones, and told the same way."""
    secret = "not-to-be-shown"
    config = {
        "bootstrap.servers": kafka,
        "security.protocol": "sasl_plaintext",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "somebody",
        "sasl.password": secret,
    }
    with pytest.raises(Retryable, match="SASL") as refusal:
        reach(KafkaSettings(config=config), 5)
    assert "are the settings under [kafka] right?" in str(refusal.value)
    assert secret not in str(refusal.value)


def test_a_packed_bomb_that_the_broker_takes_is_not_unpacked(kafka: str, topics: Topics) -> None:
    """The broker bounds what a batch is packed to, not what it becomes: what a worker fetches is bounded by us."""
    topic = topics.unique(max_message_bytes="1048576")
    size = 150_000_000
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "compression.type": "zstd",
            "message.max.bytes": 1_000_000_000,
            "queue.buffering.max.kbytes": 1_000_000,
        }
    )
    failures: list[object] = []
    producer.produce(topic, bytes(size), b"k", on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(120) == 0
    assert failures == [None], "the broker does not take it: this guard may not be needed any more"
    octets = _fetched(kafka, topic)
    assert len(octets) < 2_000_000
    before = psutil.Process().memory_info().rss
    records = Batches(octets).batch().records()
    assert psutil.Process().memory_info().rss - before < 4 * LARGEST_BATCH < size
    assert [len(value or b"") > LARGEST_EVENT for value in records.values] == [True]


def _fetched(bootstrap: str, topic: str) -> bytes:
    """The bytes of the topic's first batch, as the broker gives them to who reads."""
    import asyncio

    from aiokafka import AIOKafkaConsumer
    from aiokafka.consumer import fetcher

    seen: list[bytes] = []

    class Noted(Batches):
        def __init__(self, octets: bytes) -> None:
            seen.append(bytes(octets))
            super().__init__(b"")

    async def read() -> None:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            deadline = time.monotonic() + 60
            while not any(seen):
                assert time.monotonic() < deadline
                await consumer.getmany(timeout_ms=200)
        finally:
            await consumer.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetcher, "MemoryRecords", Noted)
        asyncio.run(read())
    return next(octets for octets in seen if octets)
