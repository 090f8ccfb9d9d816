"""Decodes thousands of Avro datums at once, in columns.

Avro records concatenate: datums joined are the body of an Avro object container block, which a native reader decodes
without a Python object per record. Joined records have no borders, though: a short one and a long one can add up to a
block that decodes, wrongly. So each datum is followed by a guard (five random bytes) that the wrapping schema declares
as one more field; a guard that does not come out as it went in means: some datum here is broken. The batch is then
halved, and small remainders are judged one by one.

Kafka values joined already have a place for the guards: each value's header stands just behind the datum before it.

The native reader is also lenient within a datum (any union index but zero is "not null"). `schemas.layout` therefore
holds each row's values against its bytes; a row that is not exactly their canonical encoding is judged by the slow
path, whose verdict and values count.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas import container
from schemas.catalog import Schema
from schemas.errors import Invalid
from schemas.frames import beside
from schemas.layout import canonical
from schemas.plan import Node, plan
from schemas.slow import EARLIEST_DAY, EARLIEST_MS, LATEST_DAY, LATEST_MS, decode_one, encode_one
from schemas.types import Problem
from schemas.varint import Ints
from schemas.wire import HEADER_BYTES
from schemas.wire import frame as framed

_GUARD = "_guard"
_GUARD_BYTES = HEADER_BYTES
_ONE_BY_ONE = 32
"""A failing group of at most this many datums is judged one by one: halving further costs more."""


@dataclass(frozen=True)
class Decoded:
    """What became of a batch of datums.

    `frame`: one row per good datum, with `_row` (UInt32), its index in the input, ascending.
    `values`: the input, but with the canonical datum in place of odd encodings of the same values.
    `bad`: (index, problem) of the datums that do not decode.
    """

    frame: pl.DataFrame
    values: list[bytes]
    bad: list[tuple[int, Problem]]


def decode(schema: Schema, values: Sequence[bytes]) -> Decoded:
    """Decodes Kafka values (Confluent header and datum) that claim to be written with `schema`.

    Timestamps come as Datetime("ms", "UTC"), dates as Date. Never raises for what the datums hold.
    """
    kept = list(values)
    bad: list[tuple[int, Problem]] = []
    parts: list[pl.DataFrame] = []
    pending = [range(len(values))] if values else []
    while pending:
        rows = pending.pop()
        joined = _Joined.of(values if len(rows) == len(values) else [values[row] for row in rows])
        frame = _read(schema, joined)
        if frame is not None:
            sound = _sound(schema, frame, joined)
            numbered = beside(frame, [pl.Series("_row", rows, dtype=pl.UInt32)])
            if sound.all():
                parts.append(numbered)
            else:
                parts.append(numbered.filter(sound))
                parts.append(_judge(schema, [rows[i] for i in np.flatnonzero(~sound)], kept, bad))
        elif len(rows) <= _ONE_BY_ONE:
            parts.append(_judge(schema, rows, kept, bad))
        else:
            middle = len(rows) // 2
            pending += [rows[:middle], rows[middle:]]
    bad.sort(key=lambda entry: entry[0])
    if not parts:
        return Decoded(empty(schema), kept, bad)
    return Decoded(parts[0] if len(parts) == 1 else pl.concat(parts).sort("_row"), kept, bad)


@dataclass(frozen=True)
class _Joined:
    """Values end to end, with a guard over each header but the first, and one more behind the last datum.

    Datum i is `octets[starts[i]:ends[i]]`, and `guards[i]` follows it.
    """

    octets: npt.NDArray[np.uint8]
    starts: Ints
    ends: Ints
    guards: bytes

    @classmethod
    def of(cls, values: Sequence[bytes]) -> _Joined:
        guards = os.urandom(_GUARD_BYTES * len(values))
        octets = np.frombuffer(bytearray(b"".join([*values, guards[-_GUARD_BYTES:]])), dtype=np.uint8)
        ends = np.cumsum(np.fromiter(map(len, values), dtype=np.int64, count=len(values)))
        inner = np.frombuffer(guards, dtype=np.uint8).reshape(-1, _GUARD_BYTES)[:-1]
        octets[ends[:-1, None] + np.arange(_GUARD_BYTES)] = inner
        return cls(octets, np.append(0, ends[:-1]) + HEADER_BYTES, ends, guards)


def _judge(schema: Schema, rows: Sequence[int], values: list[bytes], bad: list[tuple[int, Problem]]) -> pl.DataFrame:
    """Settles rows by the slow path: bad ones into `bad`, the canonical values of good ones into `values`."""
    good: list[int] = []
    records: list[dict[str, Any]] = []
    for row in rows:
        value = values[row]
        try:
            record = decode_one(schema, value[HEADER_BYTES:])
        except Invalid as invalid:
            bad.append((row, invalid.problems[0]))
            continue
        values[row] = framed(schema.id, encode_one(schema, record))
        good.append(row)
        records.append(record)
    columns = {name: pl.Series(name, [r[name] for r in records], dtype=dtype(node)) for name, node in plan(schema)}
    return pl.DataFrame({**columns, "_row": pl.Series(good, dtype=pl.UInt32)})


def empty(schema: Schema) -> pl.DataFrame:
    """A frame without rows, as `decode` gives it."""
    return pl.DataFrame(schema={**{name: dtype(node) for name, node in plan(schema)}, "_row": pl.UInt32()})


def dtype(node: Node) -> pl.DataType:
    """The column type that a value of this Avro type decodes to."""
    match node.kind:
        case "long":
            return pl.Datetime("ms", "UTC") if node.logical else pl.Int64()
        case "int":
            return pl.Date() if node.logical else pl.Int32()
        case "string":
            return pl.String()
        case "bytes" | "fixed":
            return pl.Binary()
        case "boolean":
            return pl.Boolean()
        case "double":
            return pl.Float64()
        case "array":
            assert node.items is not None
            return pl.List(dtype(node.items))
        case "record":
            return pl.Struct({name: dtype(field) for name, field in node.fields})


def _read(schema: Schema, joined: _Joined) -> pl.DataFrame | None:
    """All datums by the native reader, or None when it fails or any border lies elsewhere than it must."""
    frame = container.read(_header(schema.text), len(joined.ends), joined.octets[HEADER_BYTES:].data)
    if frame is None or b"".join(frame.drop_in_place(_GUARD)) != joined.guards:
        return None
    return frame


def _sound(schema: Schema, frame: pl.DataFrame, joined: _Joined) -> npt.NDArray[np.bool_]:
    """Rows that the native reader read strictly, and whose times can be meant."""
    sound = canonical(plan(schema), frame, joined.octets, joined.starts, joined.ends)
    out_of_range: npt.NDArray[np.bool_] = frame.select(_out_of_range(plan(schema))).to_series().to_numpy()
    return sound & ~out_of_range


@lru_cache(maxsize=256)
def _out_of_range(fields: tuple[tuple[str, Node], ...]) -> pl.Expr:
    """Where any time of an event cannot be meant."""
    found = [_unthinkable(pl.col(name), node) for name, node in fields]
    return pl.any_horizontal([expr for expr in found if expr is not None]).fill_null(value=False)


def _unthinkable(column: pl.Expr, node: Node) -> pl.Expr | None:
    """True where a time lies outside the years that `schemas.slow` lets through; None for what holds no time."""
    match node.kind:
        case "long" if node.logical:
            return ~column.to_physical().is_between(EARLIEST_MS, LATEST_MS, closed="left")
        case "int" if node.logical:
            return ~column.to_physical().is_between(EARLIEST_DAY, LATEST_DAY, closed="left")
        case "array" if node.items is not None and node.items.kind == "record":
            times = [
                column.list.eval(unthinkable).list.any()
                for name, field in node.items.fields
                if (unthinkable := _unthinkable(pl.element().struct.field(name), field)) is not None
            ]
            return pl.any_horizontal(times) if times else None
    return None


@lru_cache(maxsize=256)
def _header(text: str) -> bytes:
    """The object container's header for the schema with the guard as its last field."""
    definition = _bare(json.loads(text))
    definition["fields"].append({"name": _GUARD, "type": {"type": "fixed", "name": _GUARD, "size": _GUARD_BYTES}})
    return container.header(definition)


def _bare(definition: Any) -> Any:
    """The schema without what a reader does not need (documentation, defaults): it is parsed for every batch."""
    if isinstance(definition, list):
        return [_bare(item) for item in definition]
    if isinstance(definition, dict):
        return {key: _bare(value) for key, value in definition.items() if key not in ("doc", "default", "codeList")}
    return definition
