"""How long after a fault's end everything is queryable that the publisher had taken by then."""

from __future__ import annotations

import time

from runtime.warehouse import Reader
from schemas.errors import HelsepulsError

from .sender import Sender
from .stage import RAW, Place, Stage
from .views import WITHIN, within
from .waiting import until

_PAUSE = 0.25
"""Seconds between two looks, and how exactly recovery is measured."""


def seconds_to_recover(stage: Stage, sender: Sender, patience: float) -> float:
    """Call it when the fault has ended. Keeps the publisher alive meanwhile. Raises InVain after `patience` seconds."""
    begin = time.monotonic()
    taken = sender.progress.taken
    until(
        lambda: sender.keep_alive() or sender.progress.taken - sender.progress.waiting >= taken,
        *(patience, "what the publisher had taken does not get to the broker"),
    )
    ends = until(lambda: stage.ends(RAW), patience, "the broker does not say how far its topics are")
    until_queryable(stage, ends, patience, sender)
    return time.monotonic() - begin


def until_queryable(stage: Stage, ends: dict[Place, int], patience: float, sender: Sender | None = None) -> None:
    """Returns when every raw event before these ends has an outcome in the warehouse. The last of a partition says
    nothing of those before it: its outcomes go to several topics, which are stored apart."""
    asking = _Asking(stage)

    def there() -> bool:
        if sender is not None:
            sender.keep_alive()
        stored = asking.stored(ends)
        return all(stored.get(place, 0) >= end for place, end in ends.items())

    until(there, patience, "outcomes do not become queryable", _PAUSE)


class _Asking:
    """A warehouse that may go away and come back elsewhere is asked anew."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._reader: Reader | None = None

    def stored(self, ends: dict[Place, int]) -> dict[Place, int]:
        """How many raw events before its end have an outcome, of each raw partition. Raw topics begin at 0."""
        query = (
            f"SELECT source_topic, source_partition, uniqExact(source_offset) FROM outcomes WHERE {WITHIN} GROUP BY ALL"
        )
        try:
            self._reader = self._reader or self._stage.reader()
            rows = self._reader.rows(query, within({}, ends))
        except HelsepulsError:
            self._reader = None
            return {}
        return {(topic, int(partition)): int(count) for topic, partition, count in rows}
