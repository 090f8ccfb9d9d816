"""Finds events whose id was accepted before, in the window or earlier in the same batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from streams.types import AcceptedIds, Ints
from streams.window.ids import Halves, parse
from streams.window.index import ABSENT
from streams.window.partition import PartitionWindow

_ODD = np.uint64(0x9E3779B97F4A7C15)

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
    held = np.unique(partitions).tolist()
    for partition in held:
        rows = np.flatnonzero(partitions == partition) if len(held) > 1 else np.arange(frame.height)
        first[rows] = window_of(partition).index.find(high[rows], low[rows])
    fresh = np.flatnonzero(first == ABSENT)
    within = _first_within(partitions[fresh], high[fresh], low[fresh])
    repeats = within != np.arange(len(fresh))
    first[fresh[repeats]] = offsets[fresh[within[repeats]]]
    firsts = fresh[~repeats]
    for partition in held:
        rows = firsts[partitions[firsts] == partition]
        new[partition] = AcceptedIds(high[rows], low[rows], offsets[rows])
    return first, new


def _first_within(partition: np.ndarray, high: Halves, low: Halves) -> Ints:
    """For each position the position at which the same id occurs first in its partition."""
    at = np.arange(len(high))
    if len(np.unique(high ^ low * _ODD)) == len(high):  # no two mixtures alike, so no two ids
        return at
    ids = pl.DataFrame({"partition": partition, "high": high, "low": low, "at": at})
    return ids.select(pl.col("at").first().over("partition", "high", "low")).to_series().to_numpy()
