"""Carries messages from the spool to the broker, in order, and takes them out once they are acknowledged.

Order. The producer is idempotent and never gives up on a message (no time-out), so within a partition messages arrive
as they were handed over. When an error ends that (a right taken away, a topic not there, a fenced producer), the relay
drops the producer, forgets what it had handed over, and begins again with the oldest message that was not
acknowledged. What had arrived without its acknowledgement then arrives twice, under the same event id.

Tuning: `window_messages` bounds what is between spool and broker. A larger window helps on a slow line; what is in it
is sent again after a crash.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from confluent_kafka import KafkaException

from producers.client import Connect, KafkaProducer, concerns_message, words
from producers.delivery import DeliveryReport
from producers.spool import Spool, Spooled
from schemas.errors import Retryable

log = logging.getLogger(__name__)

WINDOW_MESSAGES = 5_000
WINDOW_BYTES = 16 * 1024 * 1024
_PURGE_SECONDS = 5.0
_NO_WAIT = 0.0


class Relay:
    """Driven by `step`, on one thread at a time."""

    def __init__(
        self,
        spool: Spool,
        connect: Connect,
        on_reports: Callable[[list[DeliveryReport]], None],
        window_messages: int = WINDOW_MESSAGES,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        self._spool = spool
        self._connect = connect
        self._on_reports = on_reports
        self._window_messages = window_messages
        self._window_bytes = window_bytes
        self._producer: KafkaProducer | None = None
        self._handed_over = 0
        self._in_flight = 0
        self._in_flight_bytes = 0
        self._acknowledged: list[tuple[int, DeliveryReport]] = []
        self._refused: list[tuple[int, DeliveryReport]] = []
        self._stalled: str | None = None
        self.settling = threading.RLock()
        """Held while messages leave the spool until they are reported: who holds it sees them either waiting or
        reported, never in between."""
        self.problem: str | None = None
        """What the client last said is wrong; None once something was acknowledged after it."""

    @property
    def in_flight(self) -> int:
        """Messages handed to the producer whose report has not come."""
        return self._in_flight

    def step(self, wait: float) -> bool:
        """One round: hand over what fits in the window, let the client work for up to `wait` seconds while anything is
        in flight, take out what was acknowledged. True when something was handed over or reported.

        Raises Retryable when delivery cannot go on as it is, Rejected when the disk is too full to take anything out:
        nothing is lost, the next step begins anew.
        """
        if self._producer is None:
            self._producer = self._connect(self._on_error)
        moved = self._hand_over(self._producer)
        self._producer.poll(_NO_WAIT if moved or not self._in_flight else wait)
        settled = self._settle()
        if self._stalled is not None:
            reason = self.problem = self._stalled
            self.close()
            raise Retryable(reason)
        return moved or settled

    def close(self) -> None:
        """Lets go of the producer. What it had not acknowledged stays in the spool."""
        producer, self._producer = self._producer, None
        if producer is not None:
            self._stalled = "closing"  # reports of purged messages are about nothing
            producer.purge()
            producer.flush(_PURGE_SECONDS)
            self._settle()
        self._handed_over = self._in_flight = self._in_flight_bytes = 0
        self._stalled = None

    def _hand_over(self, producer: KafkaProducer) -> bool:
        if self._stalled is not None:
            return False
        room = min(self._window_messages - self._in_flight, 1_000)
        room_bytes = self._window_bytes - self._in_flight_bytes
        if room <= 0 or room_bytes <= 0:
            return False
        before = self._handed_over
        for spooled in self._spool.read(self._handed_over, room, room_bytes):
            place, message = spooled
            try:
                producer.produce(
                    message.topic,
                    key=message.key,
                    value=message.value,
                    on_delivery=partial(self._on_delivery, spooled),
                )
            except BufferError:
                break
            except KafkaException as refusal:
                self._on_refusal(spooled, refusal.args[0])
                if self._stalled is not None:
                    break
                self._handed_over = place
                continue
            self._handed_over = place
            self._in_flight += 1
            self._in_flight_bytes += len(message.value)
        return self._handed_over != before

    def _on_refusal(self, spooled: Spooled, error: Any) -> None:
        place, message = spooled
        if concerns_message(error):
            self._refused.append((place, DeliveryReport(message.event_id, message.topic, error=words(error))))
        elif self._stalled is None:
            self._stalled = words(error)

    def _on_delivery(self, spooled: Spooled, error: Any, delivered: Any) -> None:
        place, message = spooled
        self._in_flight -= 1
        self._in_flight_bytes -= len(message.value)
        if error is not None:
            self._on_refusal(spooled, error)
            return
        report = DeliveryReport(message.event_id, message.topic, delivered.partition(), delivered.offset())
        self._acknowledged.append((place, report))
        self.problem = None

    def _on_error(self, error: Any) -> None:
        self.problem = words(error)

    def _settle(self) -> bool:
        """Out of the spool first, then reported: what was reported is never sent again."""
        settled = self._acknowledged + self._refused
        with self.settling:
            self._spool.remove([place for place, _ in self._acknowledged])
            for place, report in self._refused:
                self._spool.refuse(place, report.error or "")
            self._acknowledged, self._refused = [], []  # only now: a full disk must not lose a report
            if settled:
                self._on_reports([report for _, report in settled])
        return bool(settled)
