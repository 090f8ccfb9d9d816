"""Counts what became of an input, the same for `validate` and `publish`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from producers.types import Bad, Item, NotReportable, Position, Read
from schemas.types import Problem

KEPT: Final = 10_000
"""Problems kept word by word; a broken file of millions of rows must not fill the memory. All are counted."""


@dataclass(frozen=True, slots=True)
class Told:
    """One problem of one item, as reports show it."""

    source: str
    position: Position
    code: str
    severity: str
    field: str
    message: str


@dataclass(slots=True)
class Report:
    """read = not_reportable + invalid + what was good; `events` counts what the good items became."""

    read: int = 0
    not_reportable: int = 0
    invalid: int = 0
    good: int = 0
    events: int = 0
    by_family: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    problems: list[Told] = field(default_factory=list)

    def add(self, source: str, item: Item, found: Iterable[Problem] = ()) -> bool:
        """Counts an item with what the rules found in its events. Says whether it is good: nothing refuses it."""
        self.read += 1
        told = list(_problems(item, found))
        for problem in told:
            self.by_code[problem.code] += 1
        kept = told[: max(0, KEPT - len(self.problems))]
        self.problems += [Told(source, item.position, p.code, str(p.severity), p.field, p.message) for p in kept]
        if isinstance(item, NotReportable):
            self.not_reportable += 1
            self.by_code[item.code] += 1
            return False
        if isinstance(item, Bad) or any(problem.severity.refuses for problem in told):
            self.invalid += 1
            return False
        self.good += 1
        self.events += len(item.events)
        self.by_family.update(event.family for event in item.events)
        return True

    @property
    def left_out(self) -> int:
        """Problems that were counted but not kept."""
        return max(0, sum(n for code, n in self.by_code.items() if not code.startswith("NR-")) - len(self.problems))

    def counts(self, good: str) -> dict[str, Any]:
        """The JSON object of the command; `good` is what it calls the good items."""
        return {
            "read": self.read,
            good: self.good,
            "not_reportable": self.not_reportable,
            "invalid": self.invalid,
            "events": self.events,
            "by_family": dict(self.by_family),
            "by_code": dict(sorted(self.by_code.items())),
            "problems": self.problems,
            "problems_left_out": self.left_out,
        }


def _problems(item: Item, found: Iterable[Problem]) -> Iterator[Problem]:
    if isinstance(item, Bad):
        yield from item.problems
    if isinstance(item, Read):
        yield from item.repairs
    yield from found
