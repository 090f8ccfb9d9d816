"""The warehouse's side: which outcomes the relation `outcomes` holds for the offsets of a raw partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
import polars as pl

from helsepuls.audit.ledger import BITS, Ledger
from schemas.types import Outcome

CHUNK: Final = 1_000_000
"""Offsets asked for at once."""

_CASES: Final = ", ".join(f"outcome = '{outcome}', {bit}" for outcome, bit in BITS.items())
_OF_PARTITION: Final = "FROM outcomes WHERE source_topic = {topic:String} AND source_partition = {partition:Int32}"


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]: ...
    def arrow(self, query: str, parameters: Mapping[str, Any] | None = None) -> Any: ...


def newest(warehouse: Asks) -> dict[tuple[str, int], int]:
    """Greatest offset with an outcome, by raw topic and partition."""
    query = "SELECT source_topic, source_partition, max(source_offset) FROM outcomes GROUP BY 1, 2"
    return {(topic, int(partition)): int(offset) for topic, partition, offset in warehouse.rows(query)}


def held(warehouse: Asks, topic: str, partition: int, first: int, end: int) -> Ledger:
    """The outcomes of the offsets from `first` up to, not including, `end` (`CHUNK` at most)."""
    query = (
        f"SELECT source_offset, toUInt8(multiIf({_CASES}, 0)) AS mark {_OF_PARTITION} "
        "AND source_offset >= {first:Int64} AND source_offset < {end:Int64}"
    )
    table = warehouse.arrow(query, {"topic": topic, "partition": partition, "first": first, "end": end})
    # By polars: pyarrow's own arrays would load pandas for it, which takes a second.
    offsets, marks = (pl.from_arrow(table.column(name)).to_numpy() for name in ("source_offset", "mark"))
    ledger = Ledger(first, end)
    outcome: Outcome
    for outcome, bit in BITS.items():
        ledger.note(outcome, offsets[marks == bit].astype(np.int64))
    return ledger
