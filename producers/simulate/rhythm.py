"""When people are treated: the share of a day's work that falls in each hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from producers.simulate.config import SECOND_MS, Hour
from producers.simulate.values import Ints

Rhythm = Literal["office", "surgery", "care", "watch"]

_DAYS: Final[dict[Rhythm, tuple[float, ...]]] = {
    "office": (1.0, 1.1, 1.0, 1.0, 0.9, 0.0, 0.0),
    "surgery": (1.0, 1.0, 1.0, 1.0, 0.8, 0.03, 0.0),
    "care": (1.0, 1.0, 1.0, 1.0, 1.1, 0.3, 0.25),
    "watch": (0.8, 0.8, 0.8, 0.8, 1.0, 1.5, 1.5),
}
"""Weight of a weekday, Monday first; 1 is an ordinary day."""
_HOURS: Final[dict[Rhythm, tuple[float, ...]]] = {
    "office": (*(0,) * 8, 1, 1.3, 1.3, 1, 1.3, 1.3, 0.8, *(0,) * 9),
    "surgery": (*(0,) * 8, 1, 1.2, 1.2, 0.7, 1, 1.2, 1, 0.5, 0.1, *(0,) * 7),
    "care": (*(0,) * 7, 0.5, 1, 1.3, 1.3, 1.2, 1, 1, 1, 0.8, 0.3, 0.2, *(0,) * 6),
    "watch": (*(0.4,) * 7, 0.6, *(0.8,) * 8, 1.6, 1.8, 1.8, 1.6, 1.4, 1.2, 0.8, 0.5),
}


def shares(rhythm: Rhythm, hours: Sequence[Hour]) -> npt.NDArray[np.float64]:
    """The part of an ordinary day's work that is done in each of the hours."""
    of_day = _HOURS[rhythm]
    weights = [_DAYS[rhythm][hour.weekday] * of_day[hour.local_hour] for hour in hours]
    return np.array(weights) / sum(of_day)


def arrivals(rng: np.random.Generator, rates: npt.NDArray[np.float64], hours: Sequence[Hour]) -> tuple[Ints, Ints]:
    """Who comes when: `rates[i, j]` are expected of number `i` in the `j`-th hour. Gives numbers and times, by number.

    Times are whole seconds, never on the stroke of an hour, when occupancy is counted.
    """
    cells = np.repeat(np.arange(rates.size), rng.poisson(rates).ravel())
    starts = np.array([hour.start for hour in hours], np.int64)
    at = starts[cells % len(hours)] + rng.integers(1, 3600, len(cells)) * SECOND_MS
    return cells // len(hours), at
