"""Truth values of a column, for numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]


def is_true(series: pl.Series) -> Bools:
    """Where the (Boolean) series is true: null is not.

    By operators that the native library runs at once; `fill_null` would be planned as a query first, which costs a
    small batch more than the work itself.
    """
    found: Bools = (series & series.is_not_null() if series.null_count() else series).to_numpy()
    return found
