"""The columns that rules look at: those of the raw schema, by family, with their polars types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from schemas.catalog import latest
from schemas.columnar import dtype
from schemas.plan import plan

if TYPE_CHECKING:
    from polars._typing import PolarsDataType


@cache
def raw_columns(family: str) -> Mapping[str, pl.DataType]:
    """Name → type of every column of a decoded `raw.<family>` batch."""
    return {name: dtype(node) for name, node in plan(latest(f"raw.{family}"))}


@cache
def arrays(family: str) -> Mapping[str, Mapping[str, pl.DataType]]:
    """Name of each array → its elements' fields. An array of plain texts has one field, named as the array."""
    found: dict[str, Mapping[str, pl.DataType]] = {}
    for name, kind in raw_columns(family).items():
        if isinstance(kind, pl.List):
            inner = kind.inner
            found[name] = _fields(inner) if isinstance(inner, pl.Struct) else {name: _instance(inner)}
    return found


def _fields(struct: pl.Struct) -> Mapping[str, pl.DataType]:
    return {field.name: _instance(field.dtype) for field in struct.fields}


def _instance(kind: PolarsDataType) -> pl.DataType:
    return kind if isinstance(kind, pl.DataType) else kind()
