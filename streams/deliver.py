"""Writes outcomes to Kafka and waits until the broker has all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, Producer

from runtime.kafka import made
from schemas.errors import Fatal
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
        self._failures: list[KafkaError] = []
        self._producer = made(
            Producer,
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
        if self._failures:
            raise Fatal(f"{len(self._failures)} outcomes were not taken by the broker: {self._failures[0].str()}")
        if left:
            raise Fatal(f"{left} outcomes were not acknowledged within {self._timeout:.0f} s")

    def send(self, messages: Mapping[str, Messages]) -> None:
        """Queues messages without waiting; a failure shows in the next `deliver`."""
        for topic, batch in messages.items():
            for partition, part in batch.by_partition():
                entries = [{"value": value, "key": key} for value, key in zip(part.values, part.keys, strict=True)]
                self._produce(topic, partition, entries)

    def _produce(self, topic: str, partition: int, batch: list[dict[str, Any]]) -> None:
        """`produce_batch` ignores a partition given with a message (2.16.1): all of a call go to one partition."""
        deadline = time.monotonic() + self._timeout
        while batch:
            queued = self._producer.produce_batch(topic, batch, partition=partition, on_delivery=self._on_delivery)
            if queued < len(batch):
                refused = [message for message in batch if "_error" in message]
                for message in refused:
                    error = message.pop("_error")
                    if isinstance(error, KafkaError) and error.code() != KafkaError._QUEUE_FULL:  # noqa: SLF001
                        raise Fatal(f"an outcome for {topic} cannot be sent: {error.str()}")
                if time.monotonic() > deadline:
                    raise Fatal(f"the queue of outcomes for {topic} stayed full for {self._timeout:.0f} s")
                self._producer.poll(_QUEUE_WAIT)
                batch = refused
            else:
                return

    def _on_delivery(self, error: KafkaError | None, _message: object) -> None:
        if error is not None:
            self._failures.append(error)
