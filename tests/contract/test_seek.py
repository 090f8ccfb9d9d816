"""Where a consumer reads, on a real Kafka: what was fetched and not handed over is fetched again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from faust.types import TP

from streams.transport import BatchConsumer, BatchThread


class Thread:
    """Faust's consumer thread, without the thread."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self.seek_to_committed = consumer.seek_to_committed
        self._consumer = consumer

    async def seek_wait(self, places: dict[TP, int]) -> None:
        for place, offset in places.items():
            self._consumer.seek(place, offset)


@pytest.mark.parametrize("committed", [None, 0, 3])
def test_everything_behind_the_commit_comes_again(kafka: str, topics: Any, committed: int | None) -> None:
    topic = topics.unique()
    producer = Producer({"bootstrap.servers": kafka})
    for number in range(10):
        producer.produce(topic, str(number).encode(), partition=0)
    producer.flush()

    async def fetched_again() -> list[int]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka, group_id=topic, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            place = TopicPartition(topic, 0)
            consumer.assign([place])
            for _ in range(10):
                await asyncio.wait_for(consumer.getone(), 20)
            if committed is not None:
                await consumer.commit({place: committed})
            bare = BatchConsumer.__new__(BatchConsumer)
            bare._thread = Thread(consumer)
            await bare.seek_to_committed()
            return [(await asyncio.wait_for(consumer.getone(), 20)).offset for _ in range(committed or 0, 10)]
        finally:
            await consumer.stop()

    assert asyncio.run(fetched_again()) == list(range(committed or 0, 10))


def test_where_a_partition_is_read_when_its_commit_lies_before_the_log(kafka: str, topics: Any) -> None:
    """Nothing is left to do there, however far behind the commit is (see `BatchConsumer.done`)."""
    topic = topics.unique()
    place = TP(topic, 0)
    producer = Producer({"bootstrap.servers": kafka})
    for number in range(10):
        producer.produce(topic, str(number).encode(), partition=0)
    producer.flush()
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.delete_records([Place(topic, 0, 10)])[Place(topic, 0, 10)].result(20)

    async def reads_at() -> list[int | None]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka, group_id=topic, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            thread = BatchThread.__new__(BatchThread)
            thread._consumer = consumer
            assert thread.highwater(place) is None
            found = [thread.reads_at(place)]
            consumer.assign([TopicPartition(*place)])
            await consumer.commit({TopicPartition(*place): 3})
            consumer.assign([TopicPartition(*place)])  # anew: it begins at the commit, which is not there any more
            found.append(thread.reads_at(place))
            async with asyncio.timeout(20):
                while thread.reads_at(place) is None or thread.reads_at(place) != consumer.highwater(place):
                    await consumer.getmany(timeout_ms=100)
            found.append(thread.reads_at(place))
            assert thread.highwater(place) == consumer.highwater(place) == 10
            assert thread.highwater(TP(topic, 99)) is None  # not ours
            return found
        finally:
            await consumer.stop()

    assert asyncio.run(reads_at()) == [None, None, 10]
