"""What became of each event on its way to the broker."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from schemas.types import Problem

log = logging.getLogger(__name__)


class DeliveryReport(NamedTuple):
    """One event's delivery: where the broker keeps it, or why it is not there.

    Delivered: `partition` and `offset` are set, the broker and all in-sync replicas hold the event. Otherwise `error`
    says why in words, and `problems` name the broken rules of an event that was invalid. A report speaks of the raw
    topic only; what the stream makes of the event is in the receipts.
    """

    event_id: str
    topic: str
    partition: int | None = None
    offset: int | None = None
    error: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def delivered(self) -> bool:
        return self.error is None


OnReport = Callable[[DeliveryReport], None]

KEPT = 100_000


class Reports:
    """Hands reports to the caller's function, or keeps the newest `kept` of them until they are taken.

    When there are too many the oldest go, which is logged once; kept ones of events that were not delivered are logged
    as they come, so that nobody has to take them to learn of it. Usable from several threads.
    """

    def __init__(self, on_report: OnReport | None = None, kept: int = KEPT) -> None:
        self._on_report = on_report
        self._limit = kept
        self._kept: deque[DeliveryReport] = deque()
        self._lock = threading.Lock()
        self._overflowed = False
        self._raised: BaseException | None = None

    def add(self, reports: Iterable[DeliveryReport]) -> None:
        for report in reports:
            if self._on_report is None:
                self._keep(report)
            else:
                self._call(self._on_report, report)

    def take(self) -> list[DeliveryReport]:
        """All reports kept since the last call, oldest first. Raises what `on_report` raised, if it did."""
        with self._lock:
            raised, self._raised = self._raised, None
            if raised is not None:
                raise raised
            taken = list(self._kept)
            self._kept.clear()
            return taken

    def _keep(self, report: DeliveryReport) -> None:
        if report.error is not None:
            said = {"event_id": report.event_id, "topic": report.topic, "reason": report.error}
            log.warning("event not delivered", extra=said)
        with self._lock:
            self._kept.append(report)
            if len(self._kept) > self._limit:
                self._kept.popleft()
                if not self._overflowed:
                    self._overflowed = True
                    log.warning(
                        "delivery reports are not collected, the oldest are let go: call flush(), or give on_report",
                        extra={"kept": self._limit},
                    )

    def _call(self, on_report: OnReport, report: DeliveryReport) -> None:
        """A failing callback must not stop the delivery of other events: it is raised to whoever flushes."""
        try:
            on_report(report)
        except Exception as error:
            log.exception("the function given as on_report failed")
            with self._lock:
                self._raised = self._raised or error
