"""The elements of an array column as a frame of their own, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Elements:
    """`frame`: one row per element, its fields as columns, with columns of its event. `rows`: each one's event."""

    frame: pl.DataFrame
    rows: Ints


def counts(frame: pl.DataFrame, arrays: Iterable[str]) -> dict[str, Ints]:
    """Of each of these columns how many elements each row has: of all in one call, most hold nothing."""
    measured = frame.select(pl.col(name).list.len().fill_null(0) for name in arrays)
    return {column.name: column.to_numpy() for column in measured.iter_columns()}


def explode(frame: pl.DataFrame, array: str, counts: Ints, parents: Sequence[str]) -> Elements | None:
    """The elements of column `array`; None when there are none. `counts`: how many each row has. `parents`: the
    columns of the event to carry along."""
    if not counts.any():
        return None
    lists = frame.get_column(array)
    rows = np.repeat(np.arange(frame.height), counts)
    inner = lists.explode(empty_as_null=False, keep_nulls=False)
    fields = inner.struct.unnest() if inner.dtype == pl.Struct else inner.to_frame()
    if parents:
        fields = fields.hstack(frame[list(parents)][rows])
    return Elements(fields, rows)


def repair(lists: pl.Series, elements: Elements, repairs: Mapping[str, tuple[Bools, str | None]]) -> pl.Series:
    """`lists` with some fields of some elements set: column → which elements, and the value."""
    touched = np.logical_or.reduce([mask for mask, _ in repairs.values()])
    events = np.unique(elements.rows[touched])
    inner = lists.dtype.inner  # type: ignore[attr-defined]
    names = [field.name for field in inner.fields]
    frame = elements.frame.select(names).with_columns(
        pl.when(pl.lit(pl.Series(mask)))
        .then(pl.lit(value, elements.frame.schema[column]))
        .otherwise(pl.col(column))
        .alias(column)
        for column, (mask, value) in repairs.items()
    )
    whole = np.isin(elements.rows, events)
    mended = (
        frame.filter(pl.Series(whole))
        .select(pl.Series("_event", elements.rows[whole]), pl.struct(names).alias("_element"))
        .group_by("_event", maintain_order=True)
        .agg("_element")
        .get_column("_element")
    )
    source = np.arange(len(lists))
    source[events] = len(lists) + np.arange(len(events))
    return pl.concat([lists, mended.alias(lists.name)]).gather(source)
