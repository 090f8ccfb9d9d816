"""Writes outcomes to Kafka and waits until the broker has all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError

from runtime.kafka import made
from schemas.errors import Fatal
from streams.librdkafka import BatchProducer
from streams.types import Messages

_QUEUE_WAIT = 0.05
_LARGEST_MESSAGE = 2_097_152
"""As the outcome topics take it: an event of the largest size, its key, and what the stream adds."""


class Deliverer:
    """An idempotent producer that either delivers everything it is given or ends the worker.

    Only failures are reported back by librdkafka (`delivery.report.only.error`): a callback per message would cost more
    than producing it. Nothing left in the queue and no failure means that every message is acknowledged.
    """

    def __init__(self, config: Mapping[str, Any], timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._producer = made(
            BatchProducer,
            {
                "queue.buffering.max.messages": 500_000,
                "batch.num.messages": 50_000,
                **config,
                "message.max.bytes": _LARGEST_MESSAGE,
                "delivery.report.only.error": True,
                "delivery.timeout.ms": int(timeout_seconds * 1000),
            },
        )

    def deliver(self, messages: Mapping[str, Messages]) -> None:
        """Returns when the broker has acknowledged every message. Raises Fatal otherwise: then commit nothing."""
        self.send(messages)
        left = self._producer.flush(self._timeout)
        self._end_on_failure()
        if left:
            raise Fatal(f"{left} outcomes were not acknowledged within {self._timeout:.0f} s")

    def send(self, messages: Mapping[str, Messages]) -> None:
        """Queues messages without waiting; a failure shows in the next `deliver`."""
        for topic, batch in messages.items():
            self._produce(topic, batch)

    def _produce(self, topic: str, batch: Messages) -> None:
        """While the queue is full it waits: what is in there is delivered, or fails when its time is up."""
        while len(batch):
            left, error = self._producer.produce(topic, batch)
            if error is None:
                return
            if error.code() != KafkaError._QUEUE_FULL:  # noqa: SLF001
                raise Fatal(f"an outcome for {topic} cannot be sent: {error.str()}")
            self._producer.poll(_QUEUE_WAIT)
            self._end_on_failure()
            batch = batch.take(left)

    def _end_on_failure(self) -> None:
        if failures := self._producer.failures:
            raise Fatal(f"{len(failures)} outcomes were not taken by the broker: {failures[0].str()}")
