"""How long after a fault's end everything is queryable that the publisher had taken by then."""

from __future__ import annotations

import time

from runtime.warehouse import Reader
from schemas.errors import HelsepulsError

from .sender import Sender
from .stage import RAW, Place, Stage
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
    """Returns when the last outcome of every raw partition is in the warehouse; partitions are stored in order."""
    asking = _Asking(stage)

    def there() -> bool:
        if sender is not None:
            sender.keep_alive()
        newest = asking.newest()
        return all(newest.get(place, -1) >= end - 1 for place, end in ends.items())

    until(there, patience, "outcomes do not become queryable", _PAUSE)


class _Asking:
    """A warehouse that may go away and come back elsewhere is asked anew."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._reader: Reader | None = None

    def newest(self) -> dict[Place, int]:
        query = "SELECT source_topic, source_partition, max(source_offset) FROM outcomes GROUP BY 1, 2"
        try:
            self._reader = self._reader or self._stage.reader()
            rows = self._reader.rows(query)
        except HelsepulsError:
            self._reader = None
            return {}
        return {(topic, int(partition)): int(offset) for topic, partition, offset in rows}
