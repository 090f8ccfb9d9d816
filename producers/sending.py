"""Sends what adapters read, and keeps account of every item of the input.

An item (a message, bundle, row or line) is sent whole or not at all: if any of its events is invalid none of them is
sent, because half of what one message says would be a statement its sender never made. So every item read ends as
exactly one of published, not reportable, invalid or failed. An item with one event unacknowledged is failed, though
its other events may have arrived: publishing the same input again is safe, its event ids are the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from producers.coordinates import Coordinates
from producers.delivery import DeliveryReport
from producers.encode import Message
from producers.report import KEPT, Report, Told
from producers.types import Event, Item, NotReportable, Position, Read
from schemas.errors import Invalid
from schemas.types import Problem, Severity

NOT_DELIVERED = "PUB-02"


@dataclass
class Account:
    """read = published + not_reportable + invalid + failed, once sending has ended."""

    report: Report = field(default_factory=Report)
    failed: int = 0
    answers: list[Told] = field(default_factory=list)
    """Items that are not reportable or were not delivered, up to `KEPT`."""
    answers_left_out: int = 0
    coordinates: Coordinates = field(default_factory=Coordinates)
    """Where the broker keeps what it has acknowledged."""

    @property
    def published(self) -> int:
        return self.report.good - self.failed

    def answer(self, source: str, position: Position, code: str, severity: str, message: str) -> None:
        if len(self.answers) < KEPT:
            self.answers.append(Told(source, position, code, severity, "", message))
        else:
            self.answers_left_out += 1


class _Open:
    """An item of which delivery reports are still to come."""

    __slots__ = ("error", "position", "source", "waits")

    def __init__(self, source: str, position: Position, waits: int) -> None:
        self.source = source
        self.position = position
        self.waits = waits
        self.error: str | None = None


class Sending:
    """Makes messages of items. `on_report` must get every delivery report; `end` is called when there will be none any
    more. Memory: what is under way, and what the account keeps."""

    def __init__(self, pack: Callable[[Event], Message]) -> None:
        self.account = Account()
        self._pack = pack
        self._open: dict[str, deque[_Open]] = {}
        """By event id; the same id may be under way twice."""

    def take(self, source: str, item: Item, problems: Sequence[Problem]) -> list[Message]:
        """The messages of one item, in which the rules have found `problems`: all of them, or none."""
        messages: list[Message] = []
        found = list(problems)
        if isinstance(item, Read) and not any(problem.severity.refuses for problem in found):
            for event in item.events:
                try:
                    messages.append(self._pack(event))
                except Invalid as invalid:
                    found += invalid.problems
        elif isinstance(item, NotReportable):
            self.account.answer(source, item.position, item.code, "", item.message)
        if not self.account.report.add(source, item, found):
            return []
        waiting = _Open(source, item.position, len(messages))
        for message in messages:
            self._open.setdefault(message.event_id, deque()).append(waiting)
        return messages

    def on_report(self, report: DeliveryReport) -> None:
        """One event's delivery."""
        waiting = self._open[report.event_id]
        item = waiting.popleft()
        if not waiting:
            del self._open[report.event_id]
        if report.partition is not None and report.offset is not None:
            self.account.coordinates.add(report.topic, report.partition, report.offset)
        else:
            item.error = report.error
        item.waits -= 1
        if item.waits == 0 and item.error is not None:
            self._fail(item, item.error)

    def end(self, reason: str) -> None:
        """Items whose delivery was not reported have failed for `reason`."""
        left = {id(item): item for waiting in self._open.values() for item in waiting}
        self._open.clear()
        for item in left.values():
            self._fail(item, item.error or reason)

    def _fail(self, item: _Open, reason: str) -> None:
        self.account.failed += 1
        self.account.answer(item.source, item.position, NOT_DELIVERED, str(Severity.FATAL), reason)
