"""Outcomes that were written again: they must be the same outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from .records import SOURCE

MAY_DIFFER = ("processed_at",)
"""When the outcome was made; nothing else may depend on the try."""


class Repeated(NamedTuple):
    """What stands more than once in the outcome topics."""

    again: int
    """Records beyond the first of their source coordinates."""
    differing: list[tuple[str, int, int]]
    """Source coordinates whose records do not all say the same."""


def repeated(frames: Sequence[pl.DataFrame]) -> Repeated:
    """`frames`: records of the outcome topics, with source coordinates. Records of the same coordinates in two topics
    differ whatever they say."""
    again = 0
    differing: set[tuple[str, int, int]] = set()
    seen: list[pl.DataFrame] = []
    for frame in frames:
        counts = frame.group_by(SOURCE).len()
        again += int((counts["len"] - 1).sum())
        twice = counts.filter(pl.col("len") > 1).select(SOURCE)
        same = frame.join(twice, on=SOURCE).drop([c for c in MAY_DIFFER if c in frame.columns])
        content = [c for c in same.columns if c not in SOURCE]
        texts = same.select(*SOURCE, said=pl.struct(content).map_elements(repr, return_dtype=pl.String))
        kinds = texts.group_by(SOURCE).agg(pl.col("said").n_unique())
        differing.update(kinds.filter(pl.col("said") > 1).select(SOURCE).iter_rows())
        seen.append(counts.select(SOURCE))
    if seen:
        places = pl.concat(seen).group_by(SOURCE).len().filter(pl.col("len") > 1)
        again += int((places["len"] - 1).sum())
        differing.update(places.select(SOURCE).iter_rows())
    return Repeated(again, sorted(differing))
