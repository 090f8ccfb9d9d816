"""The daily close inside the warehouse process: by itself when its time has come, and when somebody asks.

It runs in the sink's thread, between two of its turns, one day at a time: nothing is stored while a day is read, so its
input ranges are exactly what it rests on, and the sink is never away for longer than one day takes. Of several sinks
beside a server one closes by itself, the one that has a certain partition.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from monitoring import metrics
from schemas.errors import HelsepulsError, Retryable
from schemas.types import REJECTED_TOPIC
from sinks.close import Closed, now_utc

log = logging.getLogger(__name__)

CLOSERS_PARTITION: Final = (REJECTED_TOPIC, 0)
"""Of the sinks of a group, the one that has it closes by itself."""
_LOOK_EVERY: Final = timedelta(seconds=1)
_AGAIN_AFTER: Final = timedelta(seconds=60)


class Closes(Protocol):
    """`sinks.close.Closer`, as it is used here."""

    def days(self, day: date | None = None) -> list[date]: ...
    def missed(self) -> list[date]: ...
    def close(self, day: date) -> list[Closed]: ...


class _Asked:
    """One request that is being served: the days that are left of it, and what was found so far."""

    def __init__(self, answer: Future[list[Closed]], days: list[date]) -> None:
        self.answer = answer
        self.left = deque(days)
        self.found: list[Closed] = []


class Closing:
    """`turn` and `end` belong to the sink's thread; `ask` may come from any."""

    def __init__(self, wait_seconds: float, clock: Callable[[], datetime] = now_utc) -> None:
        self._wait = timedelta(seconds=wait_seconds)
        self._clock = clock
        self._requests: queue.SimpleQueue[tuple[date | None, Future[list[Closed]]]] = queue.SimpleQueue()
        self._asked: _Asked | None = None
        self._look_at = datetime.min.replace(tzinfo=UTC)
        self._due_since: datetime | None = None
        self._lock = threading.Lock()
        self._ended = False

    def ask(self, day: date | None) -> Future[list[Closed]]:
        """The close of the day, or of every missed day; it fails with Retryable or Fatal."""
        answer: Future[list[Closed]] = Future()
        with self._lock:
            if self._ended:
                answer.set_exception(_ending())
            else:
                self._requests.put((day, answer))
        return answer

    def turn(self, closer: Closes, has_stored_until: Callable[[datetime], bool], *, is_ours: bool = True) -> None:
        """Closes one day, if one is asked for, or due and ours to close. A failure is told or tried again later."""
        if self._asked or not self._requests.empty():
            self._serve(closer)
            return
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        try:
            self._close_due(closer, has_stored_until, now, is_ours=is_ours)
        except HelsepulsError as error:
            metrics.CLOSE_FAILURES.inc()
            self._look_at = now + _AGAIN_AFTER
            log.error("the daily close failed and will be tried again", extra={"reason": str(error)})

    def end(self) -> None:
        """Nothing is closed any more: whoever still waits is told."""
        with self._lock:
            self._ended = True
        waiting = [self._asked.answer] if self._asked else []
        while not self._requests.empty():
            waiting.append(self._requests.get()[1])
        for answer in waiting:
            if not answer.done():
                answer.set_exception(_ending())

    def _serve(self, closer: Closes) -> None:
        if self._asked is None:
            day, answer = self._requests.get()
            if not answer.set_running_or_notify_cancel():
                return
            try:
                self._asked = _Asked(answer, closer.days(day))
            except HelsepulsError as error:
                answer.set_exception(error)
                return
        asked = self._asked
        try:
            if asked.left:
                asked.found += closer.close(asked.left.popleft())
        except HelsepulsError as error:
            self._asked = None
            asked.answer.set_exception(error)
            return
        if not asked.left:
            self._asked = None
            asked.answer.set_result(asked.found)

    def _close_due(
        self, closer: Closes, has_stored_until: Callable[[datetime], bool], now: datetime, *, is_ours: bool
    ) -> None:
        days = closer.missed()
        metrics.CLOSE_MISSED_DAYS.set(len(days))
        if not days or not is_ours:
            self._due_since = None
            return
        # After an outage the outcomes of the closed days may still be on their way from Kafka.
        self._due_since = self._due_since or now
        if not has_stored_until(self._due_since) and now < self._due_since + self._wait:
            return
        for one in closer.close(days[0]):
            log.info("closed", extra={"day": str(one.day), "view": one.view, "rows": one.rows, "hash": one.hash})
        self._look_at = now  # the next missed day in the next turn


def _ending() -> Retryable:
    return Retryable("the warehouse process is ending: ask again when it runs")
