"""Keeps who lies in which bed: what `preparedness_occupancy` answers from without counting anything anew.

Nothing of a stay moves between reporters, so an event changes what is kept of its own reporter alone. That is read anew
when the event is stored, and again after a while for what only time brings: an announced end, a movement dated ahead,
a patient whose identity was merged elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from schemas.types import FAMILIES, accepted_topic
from sinks.block import Block
from sinks.connect import Client
from sinks.consumer import Stores
from sinks.decode import Rows
from sinks.faults import translated
from sinks.kept_views import TOLD_BY, ToldBy, keeping

_AGAIN_SECONDS: Final = 300.0
"""After which a reporter is read anew without an event."""
_FIRST: Final = 10
_SHORT_SECONDS, _LONG_SECONDS = 1.0, 3.0
"""A turn has a price of its own, so it takes more reporters while it is short, and fewer when the first would wait for
the last."""
_SETTINGS: Final = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "max_threads": 1,
    "max_memory_usage": 1_000_000_000,
    "max_bytes_before_external_group_by": 500_000_000,
}
_REPORTERS: Final[dict[ToldBy, str]] = {
    "movements": "SELECT DISTINCT reporter FROM state_movement",
    "reports": "SELECT DISTINCT reporter FROM state_capacity",
}
_TOLD_BY: Final = {accepted_topic(family): TOLD_BY[family] for family in FAMILIES if family in TOLD_BY}
_OPENS: Final = {accepted_topic("movement"), accepted_topic("capacity")}
"""A reporter has beds as soon as it has an event of these; what others tell of one without beds is nothing here."""

Part = tuple[ToldBy, str]
"""What is kept in one row: of which kind of events, and of which reporter."""


class Beds:
    """`turn` belongs to the thread of the client; the rest may be called from any."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._statements = keeping()
        self._lock = threading.Lock()
        self._read: dict[Part, float] = {}
        """When each part was last read; what is not known to this process yet was never read by it."""
        self._touched: dict[Part, float] = {}
        """Parts of which something was stored since they were read, and since when; the first first."""
        self._reading: dict[Part, float] = {}
        """Of these, those that are being read."""
        self._look_at = 0.0
        self._at_once = _FIRST
        """Reporters of one turn."""

    def stored(self, topic: str, reporters: Iterable[str]) -> None:
        """Events of these reporters are in the tables."""
        told_by = _TOLD_BY.get(topic)
        if told_by is None:
            return
        now = self._clock()
        with self._lock:
            for reporter in reporters:
                part = (told_by, reporter)
                if topic in _OPENS or part in self._read:
                    self._read.setdefault(part, 0.0)
                    self._touched.setdefault(part, now)

    def lag(self) -> float:
        """Seconds since the first event was stored that is not in what is kept; 0: all are."""
        with self._lock:
            waiting = [*self._touched.values(), *self._reading.values()]
            return self._clock() - min(waiting) if waiting else 0.0

    def turn(self, *, all_are_ours: bool = True) -> int:
        """Reads what is due, not all of it when it is much, and returns how many parts that were.

        Args:
            all_are_ours: Whether this process also reads what has no new event; of several beside a server one does.

        Raises:
            Retryable, Fatal: Then what was due stays due.
        """
        now = self._clock()
        if now >= self._look_at:
            self._look()
            self._look_at = now + _AGAIN_SECONDS
        kind, reporters = self._due(now, all_are_ours=all_are_ours)
        if reporters:
            self._keep(kind, reporters)
        return len(reporters)

    def _look(self) -> None:
        for kind, query in _REPORTERS.items():
            with translated("the beds' reporters"):
                found = self._client.query(query).result_columns
            with self._lock:
                for reporter in found[0] if found else []:
                    self._read.setdefault((kind, reporter), 0.0)

    def _due(self, now: float, *, all_are_ours: bool) -> tuple[ToldBy, list[str]]:
        """Parts of one kind: those that wait longest for what was stored, else those that were read longest ago."""
        with self._lock:
            waiting: Sequence[Part] = list(self._touched)
            if not waiting and all_are_ours:
                old = (part for part, at in self._read.items() if at <= now - _AGAIN_SECONDS)
                waiting = sorted(old, key=self._read.__getitem__)
        kind = waiting[0][0] if waiting else "movements"
        return kind, [reporter for told_by, reporter in waiting if told_by == kind][: self._at_once]

    def _keep(self, kind: ToldBy, reporters: list[str]) -> None:
        parts: list[Part] = [(kind, reporter) for reporter in reporters]
        began = self._clock()
        with self._lock:
            self._reading = {part: self._touched.pop(part) for part in parts if part in self._touched}
        kept = False
        try:
            with translated("keeping the beds", holds_values=True):
                at = self._client.query("SELECT toString(now64(3, 'UTC'))").result_rows[0][0]
                given = {"reporters": reporters, "at": at}
                self._client.command(self._statements[kind], parameters=given, settings=dict(_SETTINGS))
            kept = True
        finally:
            with self._lock:
                if kept:
                    self._read.update(dict.fromkeys(parts, began))
                else:
                    self._touched = {**self._reading, **self._touched, **self._reading}
                self._reading = {}
            took = self._clock() - began
            if took > _LONG_SECONDS or not kept:
                self._at_once = max(1, self._at_once // 2)
            elif took < _SHORT_SECONDS and len(parts) == self._at_once:
                self._at_once *= 2


class Noting:
    """A writer that tells the beds what it has stored."""

    def __init__(self, writer: Stores, beds: Beds) -> None:
        self._writer = writer
        self._beds = beds

    def write(self, blocks: Sequence[Block], found: Rows) -> int:
        count = self._writer.write(blocks, found)
        if "reporter" in found.good.column_names:
            self._beds.stored(blocks[0].topic, found.good["reporter"].unique().to_pylist())
        return count
