"""Rebuilds the window of a partition from the log, when it is assigned.

Two sources, both in Kafka: the window log, and the outcomes that may have been written after its last record. Calling
it again reads on from where it stopped, so a partition that comes back after a rebalance costs only what is new.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from schemas.catalog import by_id
from schemas.columnar import decode as decode_columns
from schemas.errors import Fatal, Retryable
from schemas.types import DUPLICATES_TOPIC, REJECTED_TOPIC, WINDOW_TOPIC, accepted_topic
from schemas.wire import split
from streams.types import AcceptedIds
from streams.window import log
from streams.window.ids import parse
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

_CHUNK = 10_000
_POLL_SECONDS = 1.0


@dataclass
class RestoredPartition:
    """A window with the places up to which the log was read.

    `unlogged` are ids that stand in the outcome topics but in no record of the window log yet (a crash came between):
    the next record must carry them, for it will move the positions beyond them.
    """

    topic: str
    partition: int
    window: PartitionWindow
    next_log_offset: int | None = None
    positions: dict[str, int] = field(default_factory=dict)
    unlogged: list[AcceptedIds] = field(default_factory=list)

    @property
    def outcome_topics(self) -> tuple[str, str, str]:
        return accepted_topic(self.topic.split(".", 1)[1]), REJECTED_TOPIC, DUPLICATES_TOPIC


class Restorer:
    """Reads partitions from their beginnings to their ends. Not thread-safe: one call at a time."""

    def __init__(self, consumer_config: dict[str, Any], window_ms: int, timeout_seconds: float) -> None:
        self._config = {**consumer_config, "enable.partition.eof": "false", "fetch.wait.max.ms": 50}
        self._window_ms = window_ms
        self._timeout = timeout_seconds

    def catch_up(self, restored: RestoredPartition) -> None:
        """Brings the window up to the end of the log as it now stands.

        Raises Retryable when the broker is away or does not give everything in time: nothing may then be processed.
        """
        consumer = Consumer(self._config)
        try:
            self._read_log(consumer, restored)
            for topic in restored.outcome_topics:
                self._read_outcomes(consumer, restored, topic)
        except KafkaException as error:
            raise Retryable(f"the window of {restored.topic} [{restored.partition}] cannot be read: {error}") from error
        finally:
            consumer.close()

    def _read_log(self, consumer: Consumer, restored: RestoredPartition) -> None:
        start = restored.next_log_offset
        if start is None:
            start = self._log_start(consumer, restored.partition)
        for messages in self._read(consumer, WINDOW_TOPIC, restored.partition, start):
            for message in messages:
                if message.key() != restored.topic.encode():
                    continue
                record = log.decode(message.value())
                restored.window.learn_range(record.last_offset, record.ids, record.log_time_ms)
                for topic, offset in record.positions.items():
                    restored.positions[topic] = max(offset, restored.positions.get(topic, 0))
            restored.next_log_offset = messages[-1].offset() + 1

    def _log_start(self, consumer: Consumer, partition: int) -> int:
        """The first record that can still be within the window, counted back from the newest record."""
        place = TopicPartition(WINDOW_TOPIC, partition)
        low, high = consumer.get_watermark_offsets(place, timeout=self._timeout)
        if low == high:
            return int(low)
        newest = next(iter(self._read(consumer, WINDOW_TOPIC, partition, high - 1)))[-1]
        cutoff = newest.timestamp()[1] - self._window_ms - DAY_MS
        place.offset = max(cutoff, 0)
        found = consumer.offsets_for_times([place], timeout=self._timeout)[0].offset
        return int(found) if found >= 0 else int(low)

    def _read_outcomes(self, consumer: Consumer, restored: RestoredPartition, topic: str) -> None:
        start = restored.positions.get(topic, OFFSET_BEGINNING)
        for messages in self._read(consumer, topic, restored.partition, start):
            for schema_id, group in split([message.value() for message in messages]).groups.items():
                schema = by_id().get(schema_id)
                if schema is None or schema.topic != topic:
                    raise Fatal(
                        f"{topic} [{restored.partition}] holds a record of another schema; nobody else may write there"
                    )
                frame = decode_columns(schema, group.data).frame.filter(
                    (pl.col("source_topic") == restored.topic) & (pl.col("source_partition") == restored.partition)
                )
                if not frame.height:
                    continue
                offsets = frame["source_offset"].to_numpy()
                accepted = topic == accepted_topic(restored.topic.split(".", 1)[1])
                high, low = parse(frame["event_id"] if accepted else frame["event_id"].clear())
                ids = AcceptedIds(high, low, offsets if accepted else np.empty(0, dtype=np.int64))
                newest = frame["received_at"].dt.epoch("ms").max()
                assert isinstance(newest, int)
                restored.window.learn_outcomes(offsets, ids, newest)
                beyond = ids.offsets > restored.window.covered
                if beyond.any():
                    restored.unlogged.append(AcceptedIds(ids.high[beyond], ids.low[beyond], ids.offsets[beyond]))
            restored.positions[topic] = messages[-1].offset() + 1

    def _read(self, consumer: Consumer, topic: str, partition: int, start: int) -> Iterator[list[Message]]:
        """Messages from `start` to the end of the partition as it stands now, in chunks."""
        place = TopicPartition(topic, partition, start)
        low, high = consumer.get_watermark_offsets(place, timeout=self._timeout)
        reached = low if start == OFFSET_BEGINNING else max(start, low)
        if reached >= high:
            return
        place.offset = reached
        consumer.assign([place])
        deadline = time.monotonic() + self._timeout
        while reached < high:
            messages = consumer.consume(_CHUNK, timeout=_POLL_SECONDS)
            for message in messages:
                if message.error() is not None:
                    raise KafkaException(message.error())
            if messages:
                reached = messages[-1].offset() + 1
                deadline = time.monotonic() + self._timeout
                yield messages
            elif time.monotonic() > deadline:
                raise Retryable(f"{topic} [{partition}] gave nothing for {self._timeout:.0f} s before its end")
