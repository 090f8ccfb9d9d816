"""Ends a worker that is alive but does nothing (TRAPS F6, F15).

Faust workers can lose a partition, or never be given one after a fatal answer to the group join, and idle for ever. A
thread of its own watches facts that the event loop refreshes, so that a blocked loop is noticed too.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

EXIT_STUCK = 70


@dataclass
class Progress:
    """What the event loop last knew. Times are monotonic seconds."""

    assigned: bool = False
    loop_seen: float = field(default_factory=time.monotonic)
    moved: float = field(default_factory=time.monotonic)
    """When a batch was last finished, or nothing was waiting, or waiting was intended (back-pressure, breaker)."""


def verdict(progress: Progress, started: float, now: float, stuck_seconds: float, assign_seconds: float) -> str | None:
    """Why the worker must end, or None while all is well."""
    if now - progress.loop_seen > stuck_seconds:
        return f"the event loop has not run for {now - progress.loop_seen:.0f} s"
    if not progress.assigned:
        return f"no assignment came within {assign_seconds:.0f} s" if now - started > assign_seconds else None
    if now - progress.moved > stuck_seconds:
        return f"messages wait, but nothing was finished for {now - progress.moved:.0f} s"
    return None


class Watchdog(threading.Thread):
    """Ends the process, without acknowledging anything, as soon as there is a verdict."""

    def __init__(
        self,
        progress: Progress,
        stuck_seconds: float,
        assign_seconds: float,
        end: Callable[[int], None] = os._exit,
        interval_seconds: float = 1.0,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._progress = progress
        self._stuck_seconds = stuck_seconds
        self._assign_seconds = assign_seconds
        self._end = end
        self._interval = interval_seconds
        self._stopped = threading.Event()

    def run(self) -> None:
        started = time.monotonic()
        while not self._stopped.wait(self._interval):
            reason = verdict(self._progress, started, time.monotonic(), self._stuck_seconds, self._assign_seconds)
            if reason:
                logger.critical("worker ends itself: %s", reason)
                self._end(EXIT_STUCK)
                return

    def stop(self) -> None:
        self._stopped.set()
