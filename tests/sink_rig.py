"""A sink over a consumer that does as told, and the fake warehouse."""

from __future__ import annotations

from collections import deque
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from fake_clickhouse import FakeClient
from outcomes import message, rejected

from sinks.consumer import Sink
from sinks.settings import SinkSettings
from sinks.writer import Writer

TOPIC = "rejected"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeMessage:
    def __init__(
        self, offset: int, partition: int = 0, error: Any = None, *, readable: bool = True, topic: str = TOPIC
    ) -> None:
        self._offset, self._partition, self._error, self._readable = offset, partition, error, readable
        self._topic = topic

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes | None:
        return message(TOPIC, rejected(self._offset, self._partition)) if self._readable else None

    def timestamp(self) -> tuple[int, int]:
        return (2, 1_000)

    def error(self) -> Any:
        return self._error


class FakeConsumer:
    """One log of events: what the sink did, in order."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.incoming: deque[list[FakeMessage]] = deque()
        self.done: list[tuple[str, Any]] = []
        self.offsets: dict[int, TopicPartition] = {}
        self.commit_errors: deque[int | None] = deque()
        self.callbacks: dict[str, Any] = {}
        self.paused: set[int] = set()
        self.kept: list[FakeMessage] = []
        """Of paused partitions."""

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        self.callbacks = callbacks

    def consume(self, count: int, timeout: float) -> list[FakeMessage]:
        come = self.kept + (self.incoming.popleft() if self.incoming else [])
        self.kept = [one for one in come if one.partition() in self.paused]
        return [one for one in come if one.partition() not in self.paused]

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> list[TopicPartition]:
        assert not asynchronous
        error = self.commit_errors.popleft() if self.commit_errors else None
        if error is not None:
            raise KafkaException(KafkaError(error))
        rows = self.client.rows("log_rejected")
        self.done += [("commit", (tp.partition, tp.offset, tp.metadata, rows)) for tp in offsets]
        self.offsets |= {tp.partition: tp for tp in offsets}
        return offsets

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [self.offsets.get(tp.partition, TopicPartition(tp.topic, tp.partition, -1001)) for tp in partitions]

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("assign", [(tp.partition, tp.offset) for tp in partitions]))

    def pause(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("pause", [tp.partition for tp in partitions]))
        self.paused.update(tp.partition for tp in partitions)

    def resume(self, partitions: list[TopicPartition]) -> None:
        self.done.append(("resume", [tp.partition for tp in partitions]))
        self.paused.difference_update(tp.partition for tp in partitions)

    def get_watermark_offsets(self, partition: TopicPartition, cached: bool) -> tuple[int, int]:
        return (0, 10)

    def close(self) -> None:
        self.done.append(("close", None))


class Rig:
    """A sink with everything around it fake."""

    def __init__(
        self,
        client: FakeClient | None = None,
        offsets: dict[int, TopicPartition] | None = None,
        settings: SinkSettings | None = None,
    ) -> None:
        self.client = client or FakeClient.with_tables()
        self.consumer = FakeConsumer(self.client)
        self.consumer.offsets = offsets or {}
        self.clock = Clock()
        settings = settings or SinkSettings(flush_rows=100, flush_seconds=0.5, retry_seconds=1, revoke_seconds=5)
        self.sink = Sink(self.consumer, Writer(self.client), settings, self.clock)

    def assign(self, *partitions: int, topic: str = TOPIC) -> None:
        self.sink._assigned(self.consumer, [TopicPartition(topic, p) for p in partitions])

    def revoke(self, *partitions: int) -> None:
        self.sink._revoked(self.consumer, [TopicPartition(TOPIC, p) for p in partitions])

    def step(self, *messages: FakeMessage, after: float = 0.0) -> None:
        self.clock.now += after
        self.consumer.incoming.append(list(messages))
        self.sink.step()

    def held(self, partition: int = 0) -> int:
        return len(self.sink._buffers[TOPIC, partition].offsets)

    @property
    def commits(self) -> list[tuple[int, int, str, int]]:
        return [what for kind, what in self.consumer.done if kind == "commit"]


def messages(*offsets: int, partition: int = 0) -> list[FakeMessage]:
    return [FakeMessage(offset, partition) for offset in offsets]
