"""Outcome messages to rows: pure, and the same rows whenever the same block is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from schemas import wire
from schemas.catalog import Schema, by_id, latest
from schemas.columnar import decode
from schemas.frames import constant
from schemas.plan import plan
from schemas.types import Problem, Severity
from sinks.block import Block
from sinks.columns import UUIDS, columns

_MANY: Final = 5_000
"""Rows from which dictionaries are made here: for fewer, the engine makes them sooner."""
_UUID: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


_NONE_BAD: Final = pl.DataFrame(
    schema={
        **{"outcome_topic": pl.String, "outcome_partition": pl.Int32, "outcome_offset": pl.Int64},
        **dict.fromkeys(("code", "field", "reason"), pl.String),
    }
).to_arrow()


@dataclass(frozen=True)
class Rows:
    """What blocks hold, as pyarrow tables.

    `good`: one row per message that decodes, in the order of blocks and offsets; of many rows, text that the topic's
    table keeps by dictionary comes as dictionaries. `bad`: coordinates and reason of the others.
    """

    good: pa.Table
    bad: pa.Table


def rows(blocks: Sequence[Block], schemas: Mapping[int, Schema] | None = None) -> Rows:
    """Decodes blocks of one topic. Never raises for what the messages hold.

    A message may be written with any released schema of its topic; a column that its schema lacks is left null, for
    which the table has a default. What a row becomes depends on its message alone, never on its neighbours.
    """
    known = by_id() if schemas is None else schemas
    topic = blocks[0].topic
    split = wire.split([value for block in blocks for value in block.values])
    problems: dict[int, Problem] = dict(split.bad)
    frames: list[pl.DataFrame] = []
    for schema_id, group in split.groups.items():
        schema = known.get(schema_id)
        if schema is None or schema.topic != topic:
            problems.update((int(row), wire.UNKNOWN_SCHEMA) for row in group.positions)
            continue
        decoded = decode(schema, group.values)
        problems.update((int(group.positions[index]), problem) for index, problem in decoded.bad)
        rows_of_all = pl.Series("_row", group.positions, dtype=pl.UInt32).gather(decoded.frame.drop_in_place("_row"))
        frame, misfits = _with_uuids(schema, decoded.frame.hstack([rows_of_all]))
        problems.update(misfits)
        frames.append(frame)
    return Rows(_good(blocks, frames), _bad(blocks, problems))


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
        fitting = frame.select(fits).to_series()
        if not fitting.all():
            misfits = frame.get_column("_row").filter(~fitting)
            problems.update(
                (row, Problem("SINK-01", Severity.FATAL, name, "is no UUID in its canonical form")) for row in misfits
            )
            frame = frame.filter(fitting)
    return frame, problems


def _good(blocks: Sequence[Block], frames: list[pl.DataFrame]) -> pa.Table:
    """Rows in the order of blocks and offsets, with the coordinates of the outcome message."""
    if not frames:
        return pa.table({})
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort("_row")
    placed = _coordinates(blocks)[frame.drop_in_place("_row")]
    table = frame.hstack(placed).to_arrow()
    for name in _by_dictionary(blocks[0].topic) if table.num_rows >= _MANY else ():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table.column(index).dictionary_encode())
    return table


def _coordinates(blocks: Sequence[Block]) -> pl.DataFrame:
    """Where each message stands."""
    lengths = [len(block.offsets) for block in blocks]
    return pl.DataFrame(
        {
            "outcome_topic": constant("outcome_topic", blocks[0].topic, sum(lengths)),
            "outcome_partition": np.repeat([block.partition for block in blocks], lengths).astype(np.int32),
            "outcome_offset": np.array([offset for block in blocks for offset in block.offsets], dtype=np.int64),
        }
    )


@lru_cache(maxsize=32)
def _by_dictionary(topic: str) -> tuple[str, ...]:
    kept = [name for name, type_ in columns(latest(topic)).items() if type_.startswith("LowCardinality")]
    return (*kept, "outcome_topic")


def _bad(blocks: Sequence[Block], problems: Mapping[int, Problem]) -> pa.Table:
    if not problems:
        return _NONE_BAD
    found = sorted(problems.items())
    told = _coordinates(blocks)[[row for row, _ in found]]
    return told.with_columns(
        pl.Series("code", [problem.code for _, problem in found], dtype=pl.String),
        pl.Series("field", [problem.field for _, problem in found], dtype=pl.String),
        pl.Series("reason", [problem.message for _, problem in found], dtype=pl.String),
    ).to_arrow()
