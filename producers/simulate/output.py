"""Writes a simulation to a folder: the events as Avro container files, and the truth.

    <folder>/events/000001-episode.avro …   parts in sending order: name order is the order in which they are sent
    <folder>/truth.json                     `Truth.document`
    <folder>/truth-daily.parquet            the counts by day, reporter and kind (`truth.DAILY`)

A part holds one family's events of the same few hours as the parts of the other families beside it, so the order over
families is kept from hours to hours. The files depend on the configuration alone, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Self

import orjson
import polars as pl
import pyarrow.parquet as pq

from producers.simulate.simulation import Batch
from producers.simulate.truth import DAILY
from schemas.catalog import latest
from schemas.types import Family, raw_topic
from schemas.varint import encode_long
from schemas.wire import HEADER_BYTES

EVENTS, TRUTH, DAILY_TRUTH = "events", "truth.json", "truth-daily.parquet"

_EVENTS_OF_ROUND: Final = 20_000
_SYNC: Final = b"helsepuls events"
"""The marker between blocks is random in other writers; here the same run gives the same bytes."""
assert len(_SYNC) == 16


def write_events(folder: Path, batches: Iterable[Batch]) -> int:
    """Writes all batches under `folder` (which must hold no parts yet) and returns the number of files.

    A round of parts ends with the hour in which it has got some ten thousand events.
    """
    target = folder / EVENTS
    target.mkdir(parents=True)
    files = 0
    waiting: dict[Family, list[list[bytes]]] = {}
    events = hour = 0
    for batch in batches:
        if events >= _EVENTS_OF_ROUND and batch.hour.number != hour:
            files = _write_round(target, files, waiting)
            events = 0
        hour = batch.hour.number
        waiting.setdefault(batch.family, []).append(batch.values)
        events += len(batch.values)
    return _write_round(target, files, waiting)


def _write_round(folder: Path, files: int, waiting: dict[Family, list[list[bytes]]]) -> int:
    for family, blocks in waiting.items():
        files += 1
        with (folder / f"{files:06d}-{family}.avro").open("wb") as file:
            file.write(_header(family))
            for values in blocks:
                data = b"".join([value[HEADER_BYTES:] for value in values])
                file.write(encode_long(len(values)) + encode_long(len(data)) + data + _SYNC)
    waiting.clear()
    return files


def _header(family: Family) -> bytes:
    meta = {"avro.codec": b"null", "avro.schema": latest(raw_topic(family)).text.encode()}
    entries = [_sized(name.encode()) + _sized(value) for name, value in meta.items()]
    return b"Obj\x01" + encode_long(len(entries)) + b"".join(entries) + encode_long(0) + _SYNC


def _sized(octets: bytes) -> bytes:
    return encode_long(len(octets)) + octets


def write_truth(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / TRUTH
    path.write_bytes(orjson.dumps(document))
    return path


class DailyTruth:
    """The file of daily counts, written as the days pass: `Simulation(…, on_daily=daily.add)`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = pl.DataFrame(schema=DAILY).to_arrow().schema
        self._writer: Any = pq.ParquetWriter(folder / DAILY_TRUTH, self._schema, compression="zstd")

    def add(self, counts: pl.DataFrame) -> None:
        self._writer.write_table(counts.to_arrow().cast(self._schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
