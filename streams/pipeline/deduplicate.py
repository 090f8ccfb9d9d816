"""Finds events whose id was accepted before, in the window or earlier in the same batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from streams.types import AcceptedIds, Ints
from streams.window.ids import parse
from streams.window.index import ABSENT
from streams.window.partition import PartitionWindow

WindowOf = Callable[[int], PartitionWindow]


def first_accepted(frame: pl.DataFrame, window_of: WindowOf) -> tuple[Ints, dict[int, AcceptedIds]]:
    """For each row the offset at which its id was first accepted, ABSENT where the row is that first one.

    `frame`: event_id (valid UUIDs), source_partition, source_offset, in the order of the log within each partition.
    Also returns, by partition, the ids that are new with their offsets. Ids are compared within a partition: one
    subject always goes to one partition.
    """
    high, low = parse(frame["event_id"])
    partitions = frame["source_partition"].to_numpy()
    offsets = frame["source_offset"].to_numpy()
    first = np.full(frame.height, ABSENT, dtype=np.int64)
    new: dict[int, AcceptedIds] = {}
    for partition in np.unique(partitions).tolist():
        rows = np.flatnonzero(partitions == partition)
        known = window_of(partition).index.find(high[rows], low[rows])
        fresh = rows[known == ABSENT]
        within = _first_within(high[fresh], low[fresh])
        first[rows] = known
        repeats = within != np.arange(len(fresh))
        first[fresh[repeats]] = offsets[fresh[within[repeats]]]
        firsts = fresh[~repeats]
        new[partition] = AcceptedIds(high[firsts], low[firsts], offsets[firsts])
    return first, new


def _first_within(high: np.ndarray, low: np.ndarray) -> Ints:
    """For each position the position at which the same id occurs first."""
    ids = pl.DataFrame({"high": high, "low": low, "at": np.arange(len(high))})
    if ids.n_unique(["high", "low"]) == len(high):
        return ids["at"].to_numpy()
    return ids.select(pl.col("at").first().over("high", "low")).to_series().to_numpy()
