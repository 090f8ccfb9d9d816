"""The Kafka producer as this package uses it, and what its errors mean here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from runtime.kafka import QUIET, client_config, made, producer_config, unanswered
from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from schemas.types import FAMILIES, raw_topic

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())
"""librdkafka's own log goes here, so that a program that configures no logs gets none of it on its terminal."""

OnDelivery = Callable[[Any, Any], None]
"""(KafkaError | None, Message): called from `poll`, on the thread that polls."""

OnError = Callable[[Any], None]
"""(KafkaError): the client as a whole has trouble, such as no broker to be reached. Called from `poll`."""


class KafkaProducer(Protocol):
    """The part of confluent_kafka.Producer that is needed. `produce` raises BufferError when its queue is full."""

    def produce(self, topic: str, *, key: bytes, value: bytes, on_delivery: OnDelivery) -> None: ...
    def poll(self, timeout: float) -> int: ...
    def flush(self, timeout: float) -> int: ...
    def purge(self, in_queue: bool = True, in_flight: bool = True, blocking: bool = True) -> None: ...
    def __len__(self) -> int: ...


Connect = Callable[[OnError], KafkaProducer]

ROUTE_DEFAULTS: dict[str, Any] = {
    "queue.buffering.max.messages": 50_000,
    "queue.buffering.max.kbytes": 65_536,
    "linger.ms": 5,
}
"""What bounds the memory of a publisher: 64 MB of messages at most."""


def connector(kafka: KafkaSettings, message_timeout_seconds: float) -> Connect:
    """How to get a producer. 0 seconds: it tries for ever, so a broker that is away is no error and order is kept."""
    timeout = {"message.timeout.ms": int(message_timeout_seconds * 1000)}
    config = producer_config(kafka, **{**ROUTE_DEFAULTS, **kafka.config, **timeout})

    def connect(on_error: OnError) -> KafkaProducer:
        producer: KafkaProducer = made(Producer, {**config, "error_cb": on_error}, logger=log)
        return producer

    return connect


def reach(kafka: KafkaSettings, seconds: float) -> None:
    """Returns when the broker answers and has all raw topics. Raises Retryable when it does not answer, Fatal when a
    topic is missing or the connection's settings are wrong."""
    heard: list[Any] = []
    client = made(AdminClient, {**client_config(kafka), **QUIET, "error_cb": heard.append})
    try:
        found = client.list_topics(timeout=seconds).topics
    except KafkaException as error:
        client.poll(0)  # gives what went wrong with the connection to `heard`
        refused = [cause for cause in heard if cause.code() in _REFUSED]
        raise unanswered(refused[0] if refused else error, kafka.bootstrap) from None
    if missing := [topic for topic in map(raw_topic, FAMILIES) if topic not in found]:
        raise Fatal(f"topic {missing[0]} does not exist at {kafka.bootstrap}: make the topics with `helsepuls topics`")


_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL})  # noqa: SLF001  the library's public names
"""Why a broker that is there does not let us in."""

_OF_THE_MESSAGE = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
    }
)


def concerns_message(error: Any) -> bool:
    """True when the broker refuses this very message; any other error is about the connection, a right or a topic."""
    return error.code() in _OF_THE_MESSAGE


def words(error: Any) -> str:
    """A delivery error in words for the caller."""
    if error.code() == KafkaError._MSG_TIMED_OUT:  # noqa: SLF001  confluent-kafka's public name for it
        return "the broker did not acknowledge it in time"
    return f"{error.name()}: {error.str()}"
