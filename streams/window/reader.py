"""Reads stretches of several Kafka partitions to their present ends, without a consumer group."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from runtime.kafka import made
from schemas.errors import Retryable

Place = tuple[str, int]
"""Topic and partition."""

_CHUNK = 10_000
_POLL_SECONDS = 0.05  # `consume` waits so long for a full chunk, also at the end of what there is
_OFFSETS_SECONDS = 5.0
"""While a partition has no leader, the admin client (2.16.1) asks without a pause until the time is over, and then says
that the offset is -1001, as if that were one."""
_CONSUMER_KEYS = ("group.id", "auto.offset.reset", "enable.auto.commit", "enable.auto.offset.store")


class LogReader:
    """One consumer and one admin client, kept: making them costs more than reading a short stretch."""

    def __init__(self, consumer_config: Mapping[str, Any], timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._consumer = made(Consumer, {**consumer_config, "fetch.wait.max.ms": 50})
        self._admin_config = {k: v for k, v in consumer_config.items() if k not in _CONSUMER_KEYS}
        self._admin = made(AdminClient, self._admin_config)

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset after the last record of each partition. Raises Retryable when the broker does not say."""
        return self._offsets(places, OffsetSpec.latest())

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset of the oldest record of each partition. Raises Retryable when the broker does not say."""
        return self._offsets(places, OffsetSpec.earliest())

    def at_time(self, places: Mapping[Place, int]) -> dict[Place, int]:
        """The offset of the first record at or after a log append time (ms), of each partition; its end if none is."""
        wanted = [TopicPartition(topic, partition, max(ms, 0)) for (topic, partition), ms in places.items()]
        if not wanted:
            return {}
        try:
            found = self._consumer.offsets_for_times(wanted, timeout=self._timeout)
        except KafkaException as error:
            raise Retryable(f"offsets by time cannot be asked for: {error}") from error
        ends = self.ends((place.topic, place.partition) for place in found if place.offset < 0)
        return {
            (place.topic, place.partition): place.offset if place.offset >= 0 else ends[place.topic, place.partition]
            for place in found
        }

    def read(self, places: Mapping[Place, int]) -> Iterator[list[Message]]:
        """Records from the given offsets to the present ends, in chunks, in order within each partition.

        Raises Retryable when nothing comes for the time-out before the ends are reached.
        """
        ends = self.ends(places)
        starts = self.starts(places)
        reached = {place: max(start, starts[place]) for place, start in places.items()}
        open_ = {place for place, offset in reached.items() if offset < ends[place]}
        if not open_:
            return
        self._consumer.assign([TopicPartition(topic, part, reached[topic, part]) for topic, part in open_])
        try:
            deadline = time.monotonic() + self._timeout
            while open_:
                messages = self._consumer.consume(_CHUNK, timeout=_POLL_SECONDS)
                for message in messages:
                    if message.error() is not None:
                        raise Retryable(f"{message.topic()} cannot be read: {message.error().str()}")
                    place = (message.topic(), message.partition())
                    if message.offset() + 1 >= ends[place]:
                        open_.discard(place)
                if messages:
                    deadline = time.monotonic() + self._timeout
                    yield messages
                elif time.monotonic() > deadline:
                    raise Retryable(f"{len(open_)} partitions gave nothing for {self._timeout:.0f} s before their ends")
        finally:
            self._consumer.unassign()

    def _offsets(self, places: Iterable[Place], spec: OffsetSpec) -> dict[Place, int]:
        wanted = {TopicPartition(topic, partition): spec for topic, partition in places}
        if not wanted:
            return {}
        seconds = min(self._timeout, _OFFSETS_SECONDS)
        try:
            futures = self._admin.list_offsets(wanted, request_timeout=seconds)
            found = {(place.topic, place.partition): f.result().offset for place, f in futures.items()}
        except KafkaException as error:
            raise self._unanswered(f"offsets cannot be asked for: {error}") from error
        if unknown := [place for place, offset in found.items() if offset < 0]:
            raise self._unanswered(f"the broker does not say how far {unknown[0][0]}[{unknown[0][1]}] is")
        return found

    def _unanswered(self, why: str) -> Retryable:
        """A client that could not ask is let go: it may go on asking by the leader's epoch that it remembers, for ever,
        after the broker was restarted; and while a partition has no leader it keeps a processor busy."""
        self._admin = made(AdminClient, self._admin_config)
        return Retryable(why)
