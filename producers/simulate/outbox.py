"""Events that are made and wait for their time to be sent."""

from __future__ import annotations

import numpy as np
import polars as pl

from schemas.types import FAMILIES, Family


class Outbox:
    """One frame of waiting events for each family."""

    def __init__(self) -> None:
        self._waiting: dict[Family, list[pl.DataFrame]] = {family: [] for family in FAMILIES}

    def put(self, family: Family, events: pl.DataFrame) -> None:
        if events.height:
            self._waiting[family].append(events)

    def take(self, family: Family, until: int) -> pl.DataFrame | None:
        """The events with `_at` before `until`, in that order; None when there are none."""
        if not self._waiting[family]:
            return None
        waiting = join(self._waiting[family]).sort("_at", maintain_order=True)
        due = int(np.searchsorted(waiting.get_column("_at").to_numpy(), until))
        self._waiting[family] = [waiting.slice(due)] if due < waiting.height else []
        return waiting.slice(0, due) if due else None


def join(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """One below the other; a column that some lack is null there."""
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
