"""Receipts: one message per reporter and partition of a batch, with what became of each of its events.

With 20 000 reporters nearly every event of a batch is a receipt of its own, so they are made in columns: the events are
sorted by partition and reporter, numbers and ids of all receipts are encoded at once, and each receipt is cut out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.catalog import latest
from schemas.types import FAMILIES, RECEIPTS_TOPIC, Problem
from schemas.varint import encode_long, encode_rows, encode_text
from schemas.wire import frame
from streams.pipeline.verdicts import BatchFacts, Judged
from streams.types import Messages

SHORT = ("event_id", "reporter", "source_partition", "source_offset")
"""The columns of accepted events that receipts need."""

_OUTCOMES = ("accepted", "rejected", "duplicate")
_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint8).reshape(256, 2)
_ID_CHARACTERS = 36
_DASHES = (8, 13, 18, 23)
_NOTHING = encode_long(0)


@dataclass(frozen=True)
class Receipts:
    """`refusals`: reporter → (events refused, events), of reporters with refusals; what the breaker judges."""

    messages: Messages
    refusals: dict[str, tuple[int, int]]


def receipts(facts: BatchFacts, accepted: Sequence[pl.DataFrame], judged: Sequence[Judged]) -> Receipts:
    """The receipts of a batch. `accepted`: frames with the columns of `SHORT`; `judged`: everything else that is said.

    A receipt's id follows from its reporter and range, so a replay gives the same receipt.
    """
    events = _in_order(accepted, judged)
    if not events.height:
        return Receipts(Messages.of([]), {})
    starts = _starts(events)
    groups = events[starts].select("reporter", "source_partition", first=pl.col("source_offset"))
    offsets = events["source_offset"].to_numpy()
    last = offsets[np.append(starts[1:], events.height) - 1]
    outcome = events["outcome"].to_numpy()
    counts = [np.add.reduceat(outcome == code, starts, dtype=np.int64) for code in range(len(_OUTCOMES))]
    groups = groups.with_columns(pl.Series("last", last), *map(pl.Series, _OUTCOMES, counts))
    ids = events.filter(pl.col("outcome") == 0)["event_id"]
    return Receipts(_encode(facts, groups, ids, _entries(judged)), _refusals(groups))


def _in_order(accepted: Sequence[pl.DataFrame], judged: Sequence[Judged]) -> pl.DataFrame:
    """All events, a reporter's of one partition together, in the order of the log."""
    parts = [part.select(*SHORT, outcome=pl.lit(0, pl.Int8)) for part in accepted]
    others = [
        (None, j.source.reporter or "", j.source.partition, j.source.offset, _OUTCOMES.index(j.outcome))
        for j in judged
        if j.outcome != "accepted"
    ]
    if others:
        types = [pl.String, pl.String, pl.Int32, pl.Int64, pl.Int8]
        parts.append(pl.DataFrame(others, schema=dict(zip((*SHORT, "outcome"), types, strict=True)), orient="row"))
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).sort("source_partition", "reporter", "source_offset")


def _starts(events: pl.DataFrame) -> npt.NDArray[np.intp]:
    """Where the events of another reporter or partition begin."""
    differs = pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in ("reporter", "source_partition"))
    return np.flatnonzero(events.select(differs.fill_null(value=True)).to_series().to_numpy())


def _entries(judged: Sequence[Judged]) -> dict[tuple[str, int], list[Judged]]:
    found: dict[tuple[str, int], list[Judged]] = {}
    for one in judged:
        found.setdefault((one.source.reporter or "", one.source.partition), []).append(one)
    return found


def _refusals(groups: pl.DataFrame) -> dict[str, tuple[int, int]]:
    found = groups.filter(pl.col("rejected").sum().over("reporter") > 0).group_by("reporter", maintain_order=True)
    counts = found.agg(pl.col("rejected").sum(), total=pl.sum_horizontal(_OUTCOMES).sum())
    return {reporter: (refused, total) for reporter, refused, total in counts.iter_rows()}


def _encode(
    facts: BatchFacts, groups: pl.DataFrame, accepted_ids: pl.Series, entries: Mapping[tuple[str, int], list[Judged]]
) -> Messages:
    head = frame(latest(RECEIPTS_TOPIC).id, encode_long(_ID_CHARACTERS))
    source = encode_text(facts.family) + encode_text(facts.topic)
    numbers, number_ends = encode_rows(
        [
            groups["source_partition"].cast(pl.Int64).to_numpy(),
            groups["first"].to_numpy(),
            groups["last"].to_numpy(),
            np.full(groups.height, facts.processed_at),
            *(groups[name].to_numpy() for name in _OUTCOMES),
        ]
    )
    own, ids = _receipt_ids(facts.family, groups), _texts(accepted_ids)
    reporters, partitions = groups["reporter"].to_list(), groups["source_partition"].to_list()
    number_spans = [0, *number_ends.tolist()]
    id_spans = [0, *(np.cumsum(groups["accepted"].to_numpy()) * (_ID_CHARACTERS + 1)).tolist()]
    values = []
    for i, (reporter, partition, count) in enumerate(zip(reporters, partitions, groups["accepted"], strict=True)):
        listed = ids[id_spans[i] : id_spans[i + 1]]
        noted = entries.get((reporter, partition)) if entries else None
        values.append(
            b"".join(
                (
                    head,
                    own[i * _ID_CHARACTERS : (i + 1) * _ID_CHARACTERS],
                    _reporter(reporter),
                    source,
                    numbers[number_spans[i] : number_spans[i + 1]],
                    encode_long(count) + listed if count else b"",
                    _NOTHING,
                    _encode_entries(noted) if noted else _NOTHING,
                )
            )
        )
    return Messages(partitions, [reporter or None for reporter in reporters], values)


def _receipt_ids(family: str, groups: pl.DataFrame) -> bytes:
    """A UUID of version 8 (RFC 9562) per receipt, in text: its range, family and reporter, packed.

    Bits: first offset 48, version 4, partition 12; variant 2, length of the range 28, family 4, reporter 30.
    """
    first = groups["first"].to_numpy().astype(np.uint64)
    length = groups["last"].to_numpy().astype(np.uint64) - first
    partition = groups["source_partition"].to_numpy().astype(np.uint64)
    reporter = groups["reporter"].cast(pl.UInt64, strict=False).fill_null(0).to_numpy()
    halves = np.empty((groups.height, 2), dtype=">u8")
    halves[:, 0] = (first << np.uint64(16)) | np.uint64(0x8000) | (partition & np.uint64(0xFFF))
    halves[:, 1] = (
        np.uint64(1 << 63)
        | ((length & np.uint64(0xFFFFFFF)) << np.uint64(34))
        | np.uint64(FAMILIES.index(family) << 30)
        | (reporter & np.uint64(0x3FFFFFFF))
    )
    digits = _HEX[halves.view(np.uint8)].reshape(-1, 32)
    text = np.insert(digits, [place - i for i, place in enumerate(_DASHES)], ord("-"), axis=1)
    return text.tobytes()


def _texts(event_ids: pl.Series) -> bytes:
    """Ids, which all have 36 characters, as Avro strings one after the other."""
    characters = np.frombuffer("".join(event_ids.to_list()).encode(), dtype=np.uint8).reshape(-1, _ID_CHARACTERS)
    return np.insert(characters, 0, encode_long(_ID_CHARACTERS)[0], axis=1).tobytes()


def _encode_entries(judged: Sequence[Judged]) -> bytes:
    entries = [
        b"".join(
            (
                _optional(one.source.event_id),
                encode_long(one.source.offset),
                encode_text(one.outcome),
                _array([_problem(problem) for problem in one.problems]),
            )
        )
        for one in judged
    ]
    return _array(entries)


def _optional(text: str | None) -> bytes:
    return encode_long(0) if text is None else encode_long(1) + encode_text(text)


def _array(items: Sequence[bytes]) -> bytes:
    return encode_long(len(items)) + b"".join(items) + _NOTHING if items else _NOTHING


@lru_cache(maxsize=4096)
def _problem(problem: Problem) -> bytes:
    texts = (problem.code, problem.severity.value, problem.field, problem.message)
    return b"".join(map(encode_text, texts))


@lru_cache(maxsize=65_536)
def _reporter(reporter: str) -> bytes:
    return encode_text(reporter)
