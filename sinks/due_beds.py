"""Which reporters' beds have to be read, and in which order: kept in memory, without any input or output.

What has new events comes first, in the order in which it waits; what was not read for long comes in between, so that
steady traffic does not keep it from its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sinks.kept_views import ToldBy

AGAIN_SECONDS: Final = 600.0
"""After which a reporter is read anew without an event."""
_BESIDE: Final = 3
"""How many of these are read in a turn, while others wait that have events."""
_FIRST: Final = 10
_SHORT_SECONDS, _LONG_SECONDS = 1.0, 10.0
"""A turn has a price of its own, so it takes more reporters while it is short, and fewer when the first would wait for
the last."""
_STAYS: Final = 1_000
"""Of more episodes of a reporter it is not asked to which of them movements belong."""

Part = tuple[ToldBy, str]
"""What is kept in one row: of which kind of events, and of which reporter."""
Stays = frozenset[str] | None
"""Of which stays there were episodes, and no other events; None: there were others, or too many to ask."""


@dataclass(frozen=True)
class Turn:
    """Parts of one kind, to be read together, and of which stays their episodes were."""

    told_by: ToldBy
    parts: dict[str, Stays]
    """By reporter."""
    began: float


@dataclass(frozen=True)
class _Touch:
    """What was stored since a part was read, and when the first of it was."""

    since: float
    stays: Stays

    def also(self, later: _Touch) -> _Touch:
        both = None if self.stays is None or later.stays is None else self.stays | later.stays
        return _Touch(self.since, both if both and len(both) <= _STAYS else None)


class DueBeds:
    """For several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._read: dict[Part, float] = {}
        """When each part was last read; 0: not by this process."""
        self._touched: dict[Part, _Touch] = {}
        self._reading: dict[Part, _Touch] = {}
        self._at_once = _FIRST
        self._turns = 0

    def known(self, parts: Iterable[Part]) -> None:
        """There are these, whether read or not."""
        with self._lock:
            for part in parts:
                self._read.setdefault(part, 0.0)

    def touch(self, part: Part, stays: Stays, *, opens: bool) -> None:
        """Something of it was stored. `opens`: it has beds, if it had none before."""
        touch = _Touch(self._clock(), stays)
        with self._lock:
            if opens:
                self._read.setdefault(part, 0.0)
            if part in self._read:
                self._touched[part] = self._touched[part].also(touch) if part in self._touched else touch

    def lag(self) -> float:
        """Seconds since the first event was stored that is not in what is kept; 0: all are."""
        with self._lock:
            waiting = [touch.since for touch in (*self._touched.values(), *self._reading.values())]
            return self._clock() - min(waiting) if waiting else 0.0

    def take(self, *, all_are_ours: bool) -> Turn | None:
        """What to read next; `done` or `failed` has to follow. One at a time."""
        with self._lock:
            now = self._clock()
            waiting: Sequence[Part] = list(self._touched)
            old = [part for part, at in self._read.items() if at <= now - AGAIN_SECONDS] if all_are_ours else []
            most = self._at_once
            if old and (not waiting or self._turns % 2):
                most = min(_BESIDE, most) if waiting else most
                waiting = sorted(old, key=self._read.__getitem__)
            if not waiting:
                return None
            self._turns += 1
            told_by = waiting[0][0]
            parts = [part for part in waiting if part[0] == told_by][:most]
            self._reading = {part: self._touched.pop(part) for part in parts if part in self._touched}
            stays = {part[1]: self._reading[part].stays if part in self._reading else None for part in parts}
            return Turn(told_by, stays, now)

    def done(self, turn: Turn, read: Iterable[str]) -> None:
        """The turn is over, and these of its reporters were read; the others need not be."""
        with self._lock:
            self._read.update({(turn.told_by, reporter): turn.began for reporter in read})
            self._reading = {}
            took = self._clock() - turn.began
            if took > _LONG_SECONDS:
                self._at_once = max(1, self._at_once // 2)
            elif took < _SHORT_SECONDS and len(turn.parts) == self._at_once:
                self._at_once *= 2

    def failed(self) -> None:
        """All of the turn is still to be read; perhaps it was too much at once."""
        with self._lock:
            meanwhile, self._touched, self._reading = self._touched, self._reading, {}
            for part, touch in meanwhile.items():
                self._touched[part] = self._touched[part].also(touch) if part in self._touched else touch
            self._at_once = max(1, self._at_once // 2)
