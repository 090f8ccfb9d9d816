"""How far the readers of the topics are behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from runtime.kafka import client_config, made, unanswered
from runtime.settings import KafkaSettings, load
from schemas.errors import Retryable
from schemas.types import DUPLICATES_TOPIC, FAMILIES, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic, raw_topic
from sinks.settings import SinkSettings
from streams.settings import StreamSettings

_SECONDS = 5.0


def readers(home: Path) -> dict[str, str]:
    """Topic -> the consumer group that must read all of it."""
    outcomes = (*map(accepted_topic, FAMILIES), REJECTED_TOPIC, DUPLICATES_TOPIC, RECEIPTS_TOPIC)
    worker, sink = load(StreamSettings, home).group, load(SinkSettings, home).group
    return dict.fromkeys(map(raw_topic, FAMILIES), worker) | dict.fromkeys(outcomes, sink)


def lag(settings: KafkaSettings, groups: dict[str, str]) -> dict[str, int]:
    """Messages by topic that its group (`groups`: topic -> group) has not committed; absent topics are left out.

    Where nothing was ever committed, everything that the topic still holds counts. Raises Retryable when Kafka does
    not answer.
    """
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return _lag(settings, groups)
        except KafkaException as error:
            # Just after its start a broker may not know yet what it leads, or who coordinates a group.
            if time.monotonic() > deadline:
                raise unanswered(error, settings.bootstrap) from None
            time.sleep(0.1)
        except TimeoutError:
            silent = f"nothing heard in {_SECONDS:.0f} s"
            raise Retryable(f"Kafka at {settings.bootstrap} does not answer: {silent}") from None


def _lag(settings: KafkaSettings, groups: dict[str, str]) -> dict[str, int]:
    quiet = {**client_config(settings), "log_level": 0}
    client = made(AdminClient, quiet)
    found = client.list_topics(timeout=_SECONDS).topics
    partitions = [
        TopicPartition(topic, number) for topic in groups if topic in found for number in found[topic].partitions
    ]
    if not partitions:
        return {}
    end = _offsets(client, partitions, OffsetSpec.latest())
    begin = _offsets(client, partitions, OffsetSpec.earliest())
    done = {
        group: _committed(quiet, group, [tp for tp in partitions if groups[tp.topic] == group])
        for group in set(groups.values())
    }
    behind: dict[str, int] = {}
    for place, last in end.items():
        committed = done[groups[place[0]]].get(place, -1)
        behind[place[0]] = behind.get(place[0], 0) + max(last - max(committed, begin[place]), 0)
    return behind


def _offsets(client: AdminClient, partitions: list[TopicPartition], spec: Any) -> dict[tuple[str, int], int]:
    futures = client.list_offsets(dict.fromkeys(partitions, spec), request_timeout=_SECONDS)
    return {(tp.topic, tp.partition): future.result(_SECONDS).offset for tp, future in futures.items()}


def _committed(config: dict[str, Any], group: str, partitions: list[TopicPartition]) -> dict[tuple[str, int], int]:
    """Asked as a consumer that joins nothing: the admin client's own call for it (`list_consumer_group_offsets`,
    confluent-kafka 2.16.1) crashed the process when the group had no coordinator yet.
    """
    consumer = made(Consumer, {**config, "group.id": group, "enable.auto.commit": False})
    try:
        answer = consumer.committed(partitions, timeout=_SECONDS)
    finally:
        consumer.close()
    return {(tp.topic, tp.partition): tp.offset for tp in answer}
