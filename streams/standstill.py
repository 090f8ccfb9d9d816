"""Which partitions stand still (TRAPS F6, F10): messages wait, and the committed offset does not move.

By partition, because one that moves says nothing of another: Faust may have stopped fetching it, or lost what it had
fetched of it, while the rest of the worker is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from faust.types import TP


class Behind(NamedTuple):
    """How far a partition is, and how far it could be."""

    committed: int
    highwater: int


@dataclass(frozen=True)
class Standing:
    """A partition that has not moved since then. `since`: monotonic seconds."""

    topic: str
    partition: int
    committed: int
    highwater: int
    since: float


class Standstill:
    """Remembers since when each partition with messages waiting has not moved."""

    def __init__(self) -> None:
        self._standing: dict[TP, Standing] = {}

    def look(self, behind: Mapping[TP, Behind], waited: Callable[[str], float], now: float) -> Standing | None:
        """The partition that has stood longest. `behind`: all that are assigned, as far as is known; one that is not in
        it is forgotten. `waited`: when a topic last waited on purpose, which is not standing still."""
        self._standing = {
            tp: Standing(
                tp.topic, tp.partition, committed, highwater, max(self._since(tp, committed, now), waited(tp.topic))
            )
            for tp, (committed, highwater) in behind.items()
            if highwater > committed
        }
        return min(self._standing.values(), key=lambda one: one.since, default=None)

    def _since(self, tp: TP, committed: int, now: float) -> float:
        before = self._standing.get(tp)
        return before.since if before and before.committed == committed else now
