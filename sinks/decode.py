"""Outcome messages to rows: pure, and the same rows whenever the same block is decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl
import pyarrow as pa

from schemas import wire
from schemas.catalog import Schema, by_id, latest
from schemas.columnar import decode
from schemas.plan import plan
from schemas.types import Problem, Severity
from sinks.block import Block
from sinks.columns import UUIDS, columns

_UUID: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


@dataclass(frozen=True)
class Rows:
    """What a block holds, as pyarrow tables.

    `good`: one row per message that decodes, in the order of offsets; text that the topic's table keeps by
    dictionary comes as dictionaries. `bad`: coordinates and reason of the others.
    """

    good: pa.Table
    bad: pa.Table


def rows(block: Block, schemas: Mapping[int, Schema] | None = None) -> Rows:
    """Decodes a block. Never raises for what the messages hold.

    A message may be written with any released schema of its topic; a column that its schema lacks is left null, for
    which the table has a default.
    """
    known = by_id() if schemas is None else schemas
    split = wire.split(block.values)
    problems: dict[int, Problem] = dict(split.bad)
    frames: list[pl.DataFrame] = []
    for schema_id, group in split.groups.items():
        schema = known.get(schema_id)
        if schema is None or schema.topic != block.topic:
            problems.update((int(row), wire.UNKNOWN_SCHEMA) for row in group.positions)
            continue
        decoded = decode(schema, group.values)
        problems.update((int(group.positions[index]), problem) for index, problem in decoded.bad)
        rows_of_batch = pl.Series(group.positions, dtype=pl.UInt32).gather(decoded.frame.get_column("_row"))
        frame, misfits = _with_uuids(schema, decoded.frame.with_columns(_row=rows_of_batch))
        problems.update(misfits)
        frames.append(frame)
    return Rows(_good(block, frames), _bad(block, problems))


def _with_uuids(schema: Schema, frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, Problem]]:
    """The rows whose ids fit a UUID column, and the problems of the others.

    Where an id may be absent, one that is no UUID becomes absent: a rejected event's id can be anything.
    """
    problems: dict[int, Problem] = {}
    for name, node in plan(schema):
        if name not in UUIDS:
            continue
        column = pl.col(name)
        if node.nullable:
            frame = frame.with_columns(pl.when(column.str.contains(_UUID)).then(column))
            continue
        is_list = node.kind == "array"
        fits = column.list.eval(pl.element().str.contains(_UUID)).list.all() if is_list else column.str.contains(_UUID)
        misfits = frame.filter(~fits).get_column("_row")
        problems.update(
            (row, Problem("SINK-01", Severity.FATAL, name, "is no UUID in its canonical form")) for row in misfits
        )
        frame = frame.filter(fits)
    return frame, problems


def _good(block: Block, frames: list[pl.DataFrame]) -> pa.Table:
    """Rows in the order of offsets, with the coordinates of the outcome message."""
    if not frames:
        return pa.table({})
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort("_row")
    offsets = pl.Series("outcome_offset", block.offsets, dtype=pl.Int64).gather(frame.get_column("_row"))
    table = (
        frame.drop("_row")
        .with_columns(
            offsets,
            outcome_topic=pl.lit(block.topic),
            outcome_partition=pl.lit(block.partition, dtype=pl.Int32),
        )
        .to_arrow()
    )
    for name in _by_dictionary(block.topic):
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table.column(index).dictionary_encode())
    return table


@lru_cache(maxsize=32)
def _by_dictionary(topic: str) -> tuple[str, ...]:
    kept = [name for name, type_ in columns(latest(topic)).items() if type_.startswith("LowCardinality")]
    return (*kept, "outcome_topic")


def _bad(block: Block, problems: Mapping[int, Problem]) -> pa.Table:
    found = sorted(problems.items())
    return pa.table(
        {
            "outcome_topic": pa.array([block.topic] * len(found), pa.string()),
            "outcome_partition": pa.array([block.partition] * len(found), pa.int32()),
            "outcome_offset": pa.array([block.offsets[row] for row, _ in found], pa.int64()),
            "code": pa.array([problem.code for _, problem in found], pa.string()),
            "field": pa.array([problem.field for _, problem in found], pa.string()),
            "reason": pa.array([problem.message for _, problem in found], pa.string()),
        }
    )
