"""The topics' side: what the raw topics hold, and which outcomes the outcome topics tell of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from helsepuls.audit.ledger import Ledger, Offsets
from helsepuls.audit.report import Report, Stray
from runtime.kafka import QUIET, consumer_config, made, unanswered
from runtime.settings import KafkaSettings
from schemas import columnar, wire
from schemas.catalog import by_id
from schemas.errors import Fatal, Retryable
from schemas.types import DUPLICATES_TOPIC, FAMILIES, REJECTED_TOPIC, Outcome, accepted_topic, raw_topic

_SECONDS: Final = 10.0
_PAUSE: Final = 0.1
_POLL: Final = 0.1
"""Seconds; a batch that is not full is waited for so long, also at the end of a partition."""
_PASSING: Final = frozenset({KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE})
_BATCH: Final = 5_000
_GROUP: Final = "helsepuls-audit"
"""Needed to make a consumer; nothing is ever committed in it."""

OUTCOME_TOPICS: Final[dict[str, Outcome]] = {
    **{accepted_topic(family): "accepted" for family in FAMILIES},
    REJECTED_TOPIC: "rejected",
    DUPLICATES_TOPIC: "duplicate",
}


class Extent(NamedTuple):
    """A partition's offsets: from `low` up to, not including, `high`."""

    low: int
    high: int


class Topics:
    """Reads from the broker without committing anything, and uncommitted, as workers do. Raises Retryable when it does
    not answer."""

    def __init__(self, kafka: KafkaSettings) -> None:
        more = {
            "enable.partition.eof": "true",
            "fetch.wait.max.ms": "50",
            "queued.max.messages.kbytes": "65536",
            "isolation.level": "read_uncommitted",
        }
        self._where = kafka.bootstrap
        self._consumer = made(Consumer, consumer_config(kafka, _GROUP, **more, **QUIET))

    def close(self) -> None:
        self._consumer.close()

    def raw_extents(self) -> dict[tuple[str, int], Extent]:
        """Of every partition of every raw topic. Raises Fatal when a raw topic does not exist."""
        return {
            (topic, number): self.extent(topic, number)
            for topic in map(raw_topic, FAMILIES)
            for number in self._partitions(topic)
        }

    def extent(self, topic: str, partition: int) -> Extent:
        place = TopicPartition(topic, partition)
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                return Extent(*self._consumer.get_watermark_offsets(place, timeout=_SECONDS))
            except KafkaException as error:
                # a partition without a leader for a moment is one that is being moved, not an absent broker
                if error.args[0].code() not in _PASSING or time.monotonic() > deadline:
                    raise unanswered(error, self._where) from None
                time.sleep(_PAUSE)

    def events(self, topic: str, partition: int, first: int, end: int) -> Offsets:
        """The offsets from `first` up to, not including, `end` that hold a message."""
        parts = self._read(partition, {topic: Extent(first, end)})
        return np.array([message.offset() for messages in parts for message in messages], dtype=np.int64)

    def read_outcomes(self, partition: int, ledgers: dict[str, Ledger], report: Report) -> bool:
        """Notes every outcome that partition number `partition` of the outcome topics now holds in the ledger of its
        raw topic. Returns whether any of those partitions has lost its oldest records to retention."""
        extents = {topic: self.extent(topic, partition) for topic in OUTCOME_TOPICS}
        for messages in self._read(partition, {t: e for t, e in extents.items() if e.high > e.low}):
            by_topic: dict[str, list[Any]] = {}
            for message in messages:
                by_topic.setdefault(message.topic(), []).append(message)
            for topic, batch in by_topic.items():
                _note(topic, partition, batch, ledgers, report)
        return any(extent.low > 0 for extent in extents.values())

    def _read(self, partition: int, extents: dict[str, Extent]) -> Iterator[list[Any]]:
        """Batches of everything below each topic's `high`."""
        open_topics = set(extents)
        self._consumer.assign([TopicPartition(topic, partition, extent.low) for topic, extent in extents.items()])
        heard = time.monotonic()
        while open_topics:
            messages = self._consumer.consume(_BATCH, timeout=_POLL)
            good = []
            for message in messages:
                topic = message.topic()
                if error := message.error():
                    if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  confluent-kafka's public name for it
                        raise unanswered(KafkaException(error), self._where)
                    open_topics.discard(topic)
                    continue
                if message.offset() < extents[topic].high:
                    good.append(message)
                if message.offset() >= extents[topic].high - 1:
                    open_topics.discard(topic)
            if good:
                yield good
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SECONDS:
                silent = f"partition {partition} of {min(open_topics)} is silent"
                raise Retryable(f"Kafka at {self._where} does not answer: {silent}")
        self._consumer.unassign()

    def _partitions(self, topic: str) -> list[int]:
        try:
            found = self._consumer.list_topics(topic, timeout=_SECONDS).topics[topic]
        except KafkaException as error:
            raise unanswered(error, self._where) from None
        if found.error is not None:
            raise Fatal(f"topic {topic} does not exist: make the topics with `helsepuls topics`")
        return sorted(found.partitions)


def _note(topic: str, partition: int, messages: list[Any], ledgers: dict[str, Ledger], report: Report) -> None:
    """One batch of one outcome topic."""
    split = wire.split([message.value() for message in messages])
    unreadable = [place for place, _ in split.bad]
    for schema_id, (places, values) in split.groups.items():
        schema = by_id().get(schema_id)
        if schema is None or schema.topic != topic:
            unreadable += places.tolist()
            continue
        decoded = columnar.decode(schema, values)
        unreadable += [int(places[row]) for row, _ in decoded.bad]
        for (source, number), part in decoded.frame.group_by("source_topic", "source_partition"):
            if source in ledgers and number == partition:
                offsets = part.get_column("source_offset").to_numpy().astype(np.int64)
                ledgers[str(source)].note(OUTCOME_TOPICS[topic], offsets)
                continue
            for place in places[part.get_column("_row").to_numpy()].tolist():
                why = "its source is not this partition number of a raw topic"
                report.add(Stray(topic, partition, messages[place].offset(), why), report.stray)
    for place in unreadable:
        report.add(Stray(topic, partition, messages[place].offset(), "it cannot be decoded"), report.stray)
