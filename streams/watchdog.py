"""Ends a worker that is alive but does nothing, or nothing on one of its partitions (TRAPS F6, F10, F15).

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

from streams.standstill import Standing

logger = logging.getLogger(__name__)

EXIT_STUCK = 70


@dataclass
class Progress:
    """What the event loop last knew. Times are monotonic seconds."""

    assigned: bool = False
    loop_seen: float = field(default_factory=time.monotonic)
    standing: Standing | None = None
    """The partition that has stood still longest."""
    held: dict[str, float] = field(default_factory=dict)
    """When the breaker last held back a batch of a topic."""
    waited: float = 0.0
    """When a lane last had to wait for something that is away, or read some of the log to restore a window. The lanes
    share their threads: all wait with it."""

    def waited_on_purpose(self, topic: str) -> float:
        """When the topic's lane did so last; 0: never."""
        return max(self.waited, self.held.get(topic, 0.0))


def verdict(progress: Progress, started: float, now: float, stuck_seconds: float, assign_seconds: float) -> str | None:
    """Why the worker must end, or None while all is well."""
    if now - progress.loop_seen > stuck_seconds:
        return f"the event loop has not run for {now - progress.loop_seen:.0f} s"
    if not progress.assigned:
        return f"no assignment came within {assign_seconds:.0f} s" if now - started > assign_seconds else None
    if (one := progress.standing) and now - one.since > stuck_seconds:
        return (
            f"{one.topic}[{one.partition}] stands still: committed up to {one.committed} of {one.highwater}, "
            f"and no further for {now - one.since:.0f} s"
        )
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
