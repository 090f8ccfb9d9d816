"""The columns that rules look at: those of the raw schema, by family, with their polars types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.catalog import latest

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

_PLAIN: Mapping[str, pl.DataType] = {
    "string": pl.String(),
    "bytes": pl.Binary(),
    "boolean": pl.Boolean(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "double": pl.Float64(),
}
_LOGICAL: Mapping[str, pl.DataType] = {"timestamp-millis": pl.Datetime("ms", "UTC"), "date": pl.Date()}


@cache
def raw_columns(family: str) -> Mapping[str, pl.DataType]:
    """Name → type of every column of a decoded `raw.<family>` batch."""
    return {field["name"]: _type(field["type"]) for field in latest(f"raw.{family}").definition["fields"]}


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


def _type(avro: Any) -> pl.DataType:
    if isinstance(avro, list):
        return _type(next(branch for branch in avro if branch != "null"))
    if isinstance(avro, str):
        return _PLAIN[avro]
    if "logicalType" in avro:
        return _LOGICAL[avro["logicalType"]]
    if avro["type"] == "array":
        return pl.List(_type(avro["items"]))
    if avro["type"] == "record":
        return pl.Struct({field["name"]: _type(field["type"]) for field in avro["fields"]})
    return _type(avro["type"])
