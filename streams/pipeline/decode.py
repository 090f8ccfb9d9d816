"""Bytes to columns: each value by the schema its header names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from schemas.catalog import Schema, by_id, latest
from schemas.columnar import decode as decode_columns
from schemas.columnar import dtype
from schemas.frames import beside
from schemas.plan import plan
from schemas.types import Problem
from schemas.wire import LARGEST_EVENT, UNKNOWN_SCHEMA, split
from streams.pipeline.accepted import rewrite
from streams.pipeline.verdicts import Judged, Source
from streams.types import RawBatch

Resolve = Callable[[Iterable[int], str], Mapping[int, Schema]]
"""Ids and topic to those schemas of the ids that are the topic's. Raises Retryable when that cannot be known now."""

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ORGNR_TEXT = re.compile("[0-9]{9}")


@dataclass(frozen=True)
class Readable:
    """Events of one schema. `frame` has the raw fields of the newest schema of the topic that is pinned here, and
    source_partition, source_offset, received_at; `values` holds each row's canonical Kafka value by `schema`.
    """

    schema: Schema
    frame: pl.DataFrame
    values: list[bytes]


def decode(batch: RawBatch, resolve: Resolve) -> tuple[list[Readable], list[Judged]]:
    """All events of the batch: those that can be read, by schema, and the verdicts on the others.

    Raises Retryable when a schema cannot be asked for now.
    """
    parted = split(batch.values, LARGEST_EVENT)
    refused = [_unreadable(batch, row, problem, None) for row, problem in parted.bad]
    readable = []
    schemas = resolve(parted.groups, batch.topic)
    for schema_id, group in parted.groups.items():
        schema = schemas.get(schema_id)
        if schema is None:
            refused += [_unreadable(batch, row, UNKNOWN_SCHEMA, schema_id) for row in group.positions.tolist()]
            continue
        decoded = decode_columns(schema, group.values)
        refused += [_unreadable(batch, int(group.positions[i]), problem, schema_id) for i, problem in decoded.bad]
        if decoded.frame.height:
            rows = decoded.frame.drop_in_place("_row").to_numpy()
            frame = _with_source(decoded.frame, batch, group.positions[rows])
            readable.append(_as_pinned(Readable(schema, frame, [decoded.values[i] for i in rows.tolist()])))
    return readable, refused


def source_of(event_id: str | None, reporter: str | None, partition: int, offset: int, received_at: int) -> Source:
    """Coordinates of an event, with of its own words only what has the form it must have: the rest may be anything."""
    return Source(
        event_id=event_id if event_id and UUID_TEXT.fullmatch(event_id) else None,
        reporter=reporter if reporter and ORGNR_TEXT.fullmatch(reporter) else None,
        partition=partition,
        offset=offset,
        received_at=received_at,
    )


def _unreadable(batch: RawBatch, row: int, problem: Problem, schema_id: int | None) -> Judged:
    place = int(batch.partitions[row]), int(batch.offsets[row]), int(batch.timestamps[row])
    return Judged(source_of(None, None, *place), "rejected", [problem], schema_id)


def _with_source(
    frame: pl.DataFrame, batch: RawBatch, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> pl.DataFrame:
    return beside(
        frame,
        [
            pl.Series("source_partition", batch.partitions[rows], dtype=pl.Int32),
            pl.Series("source_offset", batch.offsets[rows]),
            pl.Series("received_at", batch.timestamps[rows]).cast(pl.Datetime("ms", "UTC")),
        ],
    )


def _as_pinned(readable: Readable) -> Readable:
    """Brings events of other versions to the columns that this release knows.

    A version pinned here keeps its bytes. One that only a registry knows (a sender ahead of us) is written anew with
    the newest schema pinned here, which can read it.
    """
    newest = latest(readable.schema.topic)
    if readable.schema.id == newest.id:
        return readable
    defaults = {field["name"]: field.get("default") for field in newest.definition["fields"]}
    missing = [
        pl.lit(defaults[name], dtype=dtype(node)).alias(name)
        for name, node in plan(newest)
        if name not in readable.frame.columns
    ]
    frame = readable.frame.with_columns(missing)
    if readable.schema.id in by_id():
        return Readable(readable.schema, frame, readable.values)
    kept = [*newest.field_names, "source_partition", "source_offset", "received_at"]
    return Readable(newest, frame.select(kept), rewrite(newest, frame))
