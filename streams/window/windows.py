"""The windows of all partitions that this worker holds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from confluent_kafka import Consumer, KafkaException, TopicPartition

from monitoring.metrics import WINDOW_IDS, WINDOW_RESTORE_SECONDS
from schemas.errors import Retryable
from streams.types import AcceptedIds, Message, RawBatch
from streams.window import log
from streams.window.partition import PartitionWindow
from streams.window.restore import RestoredPartition, Restorer

_POSITIONS_SECONDS = 2.0


class Windows:
    """Restores a partition when it is first met in a generation of the group. One thread uses it."""

    def __init__(self, consumer_config: dict[str, Any], window_ms: int, timeout_seconds: float) -> None:
        self._window_ms = window_ms
        self._timeout = timeout_seconds
        self._restorer = Restorer(consumer_config, window_ms, timeout_seconds)
        self._watermarks = Consumer(consumer_config)
        self._held: dict[tuple[str, int], RestoredPartition] = {}
        self._generation: dict[tuple[str, int], int] = {}
        self._positions: dict[tuple[str, int], tuple[float, dict[str, int]]] = {}

    def ensure(self, topic: str, partitions: Iterable[int], generation: int) -> None:
        """Brings windows up to date that another worker may have moved on. Raises Retryable when it cannot now."""
        for partition in partitions:
            key = (topic, partition)
            if self._generation.get(key) == generation:
                continue
            started = time.monotonic()
            restored = self._held.get(key)
            if restored is None:
                restored = RestoredPartition(topic, partition, PartitionWindow(self._window_ms))
            self._restorer.catch_up(restored)
            self._held[key] = restored
            self._generation[key] = generation
            self._positions.pop(key, None)
            WINDOW_RESTORE_SECONDS.observe(time.monotonic() - started)

    def of(self, topic: str, partition: int) -> PartitionWindow:
        return self._held[topic, partition].window

    def note_positions(self, topic: str, partitions: Iterable[int]) -> None:
        """Notes where the outcome topics stand. Call before the outcomes of a batch are sent.

        An older note is as good: it only makes a later restore read a little more.
        """
        now = time.monotonic()
        for partition in partitions:
            noted = self._positions.get((topic, partition))
            if noted and now - noted[0] < _POSITIONS_SECONDS:
                continue
            positions = {
                outcome_topic: self._end_of(outcome_topic, partition)
                for outcome_topic in self._held[topic, partition].outcome_topics
            }
            self._positions[topic, partition] = (now, positions)

    def learn(self, batch: RawBatch, accepted: dict[int, AcceptedIds]) -> list[Message]:
        """Takes in a batch whose outcomes the broker has; returns the window log's records of it."""
        messages = []
        for partition in np.unique(batch.partitions).tolist():
            rows = batch.partitions == partition
            offsets = batch.offsets[rows]
            first, last, log_time = int(offsets[0]), int(offsets[-1]), int(batch.timestamps[rows].max())
            restored = self._held[batch.topic, partition]
            ids = accepted.get(partition, _NO_IDS)
            restored.window.learn_range(last, ids, log_time)
            logged = _merge([*restored.unlogged, ids])
            restored.unlogged.clear()
            record = log.WindowRecord(
                source_topic=batch.topic,
                source_partition=partition,
                first_offset=min(first, int(logged.offsets.min(initial=first))),
                last_offset=last,
                log_time_ms=log_time,
                ids=logged,
                positions=self._positions[batch.topic, partition][1],
            )
            messages.append(Message(partition, batch.topic, log.encode(record)))
        held = [r.window.index for (topic, _), r in self._held.items() if topic == batch.topic]
        WINDOW_IDS.labels(batch.topic).set(sum(map(len, held)))
        return messages

    def _end_of(self, topic: str, partition: int) -> int:
        try:
            _low, high = self._watermarks.get_watermark_offsets(TopicPartition(topic, partition), timeout=self._timeout)
        except KafkaException as error:
            raise Retryable(f"the end of {topic} [{partition}] cannot be asked for: {error}") from error
        return int(high)


_NO_IDS = AcceptedIds(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))


def _merge(parts: list[AcceptedIds]) -> AcceptedIds:
    if len(parts) == 1:
        return parts[0]
    return AcceptedIds(
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.offsets for part in parts]),
    )
