"""The sink's consumer: its settings, and which of its errors end the sink."""

from __future__ import annotations

import logging
from typing import Any, Final

from confluent_kafka import KafkaError

from runtime.kafka import consumer_config
from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from sinks.settings import SinkSettings

log = logging.getLogger(__name__)

_OUT_OF_RANGE: Final = KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001  public, in spite of its name
_REFUSALS: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError._SSL,  # noqa: SLF001
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError._FATAL,  # noqa: SLF001  how a consumer is told, later than its log, that it is of no use any more
        KafkaError.INVALID_GROUP_ID,
        KafkaError.INVALID_SESSION_TIMEOUT,
    }
)
"""Errors that waiting does not mend."""
_NOT_TAKEN_IN: Final = frozenset({KafkaError.INCONSISTENT_GROUP_PROTOCOL, KafkaError.GROUP_MAX_SIZE_REACHED})
"""The group does not take the sink in while its other members are what they are: it would wait without a partition."""


def kafka_config(kafka: KafkaSettings, settings: SinkSettings) -> dict[str, Any]:
    """A new group begins at the beginning (`Sink` sees to it); an offset outside the log is an error, not a leap."""
    more: dict[str, Any] = {
        "auto.offset.reset": "error",
        "fetch.min.bytes": 256 * 1024,  # the broker gathers for as long as `fetch.wait.max.ms`
        "fetch.wait.max.ms": 100,
        # fetched ahead, of all partitions: librdkafka takes three times as much memory for it, and gives none back
        "queued.max.messages.kbytes": 16 * 1024,
        # or a partition rests for a second when that much is here, however soon it is taken
        "fetch.queue.backoff.ms": 20,
        "topic.metadata.refresh.interval.ms": 30_000,
        "session.timeout.ms": 10_000,
    }
    if settings.instance:
        more["group.instance.id"] = settings.instance
    return consumer_config(kafka, settings.group, **more)


def judge(error: Any, topic: str | None, partition: int, group: str) -> None:
    """Raises Fatal for an error that waiting does not mend; librdkafka goes on by itself after the others."""
    place = f"{topic}[{partition}]"
    if error.code() == _OUT_OF_RANGE:
        raise Fatal(
            f"the next offset of {place} is not in the log any more: messages were deleted before they were stored, "
            f"or the topic was made anew; set the offsets of group {group} to what shall be stored"
        )
    if error.code() in _NOT_TAKEN_IN:
        raise Fatal(
            f"group {group} does not take the sink in ({error.name()}): another member shares partitions out "
            "in another way, or the group is full; end the members that are no sinks "
            "(Kafka's kafka-consumer-groups lists them), or give the sink a group of its own (sink.group)"
        )
    if error.fatal() or error.code() in _REFUSALS:
        where = f" at {place}" if topic else ""  # most are about the sink as a whole
        raise Fatal(f"Kafka refuses the sink ({error.name()}: {error.str()}){where}")
    log.warning("Kafka", extra={"error": error.name(), "topic": topic, "partition": partition})
