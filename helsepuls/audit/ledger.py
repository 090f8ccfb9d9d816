"""Which outcomes each offset of one raw partition has: one byte an offset, one bit an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt

from schemas.types import Outcome

BITS: Final[dict[Outcome, int]] = {outcome: 1 << i for i, outcome in enumerate(get_args(Outcome))}
_SINGLE: Final = np.array(sorted(BITS.values()), dtype=np.uint8)

Marks = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Offsets = npt.NDArray[np.int64]


class Ledger:
    """The offsets from `low` up to, not including, `high`. Below `low` the raw topic has forgotten what was there."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self.marks: Marks = np.zeros(high - low, dtype=np.uint8)
        self.repeated = 0
        """How often an outcome came again for an offset that had that same outcome: re-emissions after a crash."""
        self.beyond: int | None = None
        """Greatest offset at or after `high` that an outcome was seen for."""

    def note(self, outcome: Outcome, offsets: Offsets) -> None:
        """Notes that each of `offsets` has `outcome`; repeats allowed, any order."""
        above = offsets[offsets >= self.high]
        if len(above):
            self.beyond = max(int(above.max()), self.beyond or 0)
        inside = offsets[(offsets >= self.low) & (offsets < self.high)] - self.low
        distinct = np.unique(inside)
        bit = BITS[outcome]
        again = int(np.count_nonzero(self.marks[distinct] & bit))
        self.repeated += len(inside) - len(distinct) + again
        self.marks[distinct] |= bit

    def between(self, first: int, end: int) -> Marks:
        """The marks of the offsets from `first` up to, not including, `end`."""
        return self.marks[first - self.low : end - self.low]


def names(mark: int) -> list[Outcome]:
    """The outcomes in one mark."""
    return [outcome for outcome, bit in BITS.items() if mark & bit]


def doubled(marks: Marks) -> Flags:
    """Where there is more than one outcome."""
    more: Flags = (marks != 0) & ~np.isin(marks, _SINGLE)
    return more


def runs(flags: Flags) -> Iterator[tuple[int, int]]:
    """Stretches of true values: first and last index, both included."""
    edges: npt.NDArray[Any] = np.flatnonzero(np.diff(np.concatenate(([0], flags.view(np.int8), [0]))))
    for first, end in edges.reshape(-1, 2).tolist():
        yield first, end - 1
