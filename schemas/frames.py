"""Operations on columns that the native library runs at once.

What `select`, `with_columns` or `fill_null` do is planned as a query first, which costs a small batch more than the
work itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]


def is_true(series: pl.Series) -> Bools:
    """Where the (Boolean) series is true: null is not."""
    found: Bools = (series & series.is_not_null() if series.null_count() else series).to_numpy()
    return found


def constant(name: str, value: object, height: int, dtype: pl.DataType | type[pl.DataType] | None = None) -> pl.Series:
    """A column of one value."""
    return pl.Series(name, [value], dtype=dtype).new_from_index(0, height)


def beside(frame: pl.DataFrame, columns: list[pl.Series]) -> pl.DataFrame:
    """The frame with these columns at its end, instead of any that it has by their names."""
    taken = [column.name for column in columns if column.name in frame.columns]
    return (frame.drop(taken) if taken else frame).hstack(columns)
