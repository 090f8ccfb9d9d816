"""Publishes a simulation to the raw topics as fast as asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from producers.coordinates import Coordinates
from producers.delivery import DeliveryReport
from producers.encode import Message
from producers.routes import Route
from producers.simulate.simulation import Batch
from schemas.types import raw_topic

_PER_SECOND: Final = 10
"""How often a throttled publisher sends."""
_AT_A_TIME: Final = 5_000


class Pace:
    """Lets `events_per_second` through, 0: all. A sender that fell behind does not hurry to catch up more than a
    second's worth."""

    def __init__(
        self,
        events_per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = events_per_second
        self._clock = clock
        self._sleep = sleep
        self._due = clock()

    @property
    def portion(self) -> int:
        """How many events to send at once."""
        return max(1, int(self._rate / _PER_SECOND)) if self._rate else _AT_A_TIME

    def wait(self, events: int) -> None:
        """Returns when so many events may be sent."""
        if not self._rate:
            return
        now = self._clock()
        self._due = max(self._due, now - 1)
        if self._due > now:
            self._sleep(self._due - now)
        self._due += events / self._rate


@dataclass
class Sent:
    """What became of the events on their way to the broker; `report` is called with each delivery report."""

    coordinates: Coordinates = field(default_factory=Coordinates)
    failed: int = 0
    first_error: str | None = None

    def report(self, report: DeliveryReport) -> None:
        if report.partition is not None and report.offset is not None:
            self.coordinates.add(report.topic, report.partition, report.offset)
        else:
            self.failed += 1
            self.first_error = self.first_error or report.error


def send(batches: Iterable[Batch], route: Route, pace: Pace) -> None:
    """Sends every event in portions that go when they are due, and waits until all are reported.

    Raises Retryable as the route does.
    """
    for batch in batches:
        topic = raw_topic(batch.family)
        messages = [
            Message(topic, key, value, event_id)
            for key, value, event_id in zip(batch.keys, batch.values, batch.event_ids, strict=True)
        ]
        for first in range(0, len(messages), pace.portion):
            portion = messages[first : first + pace.portion]
            pace.wait(len(portion))
            route.send(portion)
    route.flush(None)
