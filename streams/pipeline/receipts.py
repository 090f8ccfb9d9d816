"""Receipts: one message per reporter and partition of a batch, with what became of each of its events.

With 20 000 reporters nearly every event of a batch is a receipt of its own, so they are made in columns: the events are
sorted by partition and reporter, numbers and ids of all receipts are encoded at once, and each receipt is cut out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl

from schemas.catalog import latest
from schemas.types import FAMILIES, RECEIPTS_TOPIC, Problem
from schemas.varint import Ints, encode_long, encode_rows, encode_text
from schemas.wire import frame
from streams.pipeline.verdicts import BatchFacts, Judged
from streams.types import NO_REFUSALS, Messages, Refusals

SHORT = ("event_id", "reporter", "source_partition", "source_offset")
"""The columns of accepted events that receipts need."""

_OUTCOMES = ("accepted", "rejected", "duplicate")
_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint8).reshape(256, 2)
_ID_CHARACTERS = 36
_ID_SIZE = encode_long(_ID_CHARACTERS)
_LISTED_ID = len(_ID_SIZE) + _ID_CHARACTERS
_DASHES = (8, 13, 18, 23)
_REPORTER_DIGITS = 9
_REPORTER_SIZE = encode_long(_REPORTER_DIGITS)
_POWERS = 10 ** np.arange(_REPORTER_DIGITS - 1, -1, -1)
_NOTHING = encode_long(0)
_LARGEST_RECEIPT = 1_000_000
"""Bytes of ids and entries in one receipt, but for its last event: more of one reporter is told of in several."""


@dataclass(frozen=True)
class Receipts:
    """`refusals`: of how many events the receipts speak, and how many were refused; what the breaker judges."""

    messages: Messages
    refusals: Refusals


def receipts(facts: BatchFacts, accepted: Sequence[pl.DataFrame], judged: Sequence[Judged]) -> Receipts:
    """The receipts of a batch. `accepted`: frames with the columns of `SHORT`; `judged`: everything else that is said.

    A receipt's id follows from its reporter and range, so a replay gives the same receipt.
    """
    events = _Events.of(accepted, judged)
    if not len(events.offset):
        return Receipts(Messages.of([]), NO_REFUSALS)
    entries = _entries(judged)
    groups = _Groups.of(events)
    if cuts := _cuts(events, groups, entries):
        groups = _Groups.of(events, cuts)
    reporters = _reporters(groups)
    values = _encode(facts, groups, reporters, events.accepted_ids)
    for place, listed in entries.items():
        for at, part in groups.parted(*place, listed):
            # An entry-less receipt ends with the zero of an empty array: its entries go there.
            values[at] = values[at][: -len(_NOTHING)] + _array(part)
    refusals = Refusals(groups.reporter, groups.counts[1], np.sum(groups.counts, axis=0))
    return Receipts(Messages(groups.partition, reporters, values), refusals)


@dataclass(frozen=True)
class _Events:
    """All events of a batch, a reporter's of one partition together, in the order of the log.

    Reporters are numbers, 0 for none: what is said to a sender goes to nine digits or to nobody (`source_of`).
    `accepted_ids`: the ids of the accepted ones, each an Avro string, in this order.
    """

    reporter: Ints
    partition: Ints
    offset: Ints
    outcome: Ints
    accepted_ids: bytes

    @classmethod
    def of(cls, accepted: Sequence[pl.DataFrame], judged: Sequence[Judged]) -> _Events:
        others = [j for j in judged if j.outcome != "accepted"]
        columns = [
            [*(part[name].cast(pl.Int64).to_numpy() for part in accepted), np.array(more, dtype=np.int64)]
            for name, more in (
                ("reporter", [_number(j.source.reporter) for j in others]),
                ("source_partition", [j.source.partition for j in others]),
                ("source_offset", [j.source.offset for j in others]),
            )
        ]
        reporter, partition, offset = map(np.concatenate, columns)
        outcome = np.zeros(len(offset), dtype=np.int64)
        outcome[len(offset) - len(others) :] = [_OUTCOMES.index(j.outcome) for j in others]
        order = np.lexsort((offset, reporter, partition))
        texts = "".join(["".join(part["event_id"].to_list()) for part in accepted]).encode()
        ids = np.frombuffer(texts, dtype=np.uint8).reshape(-1, _ID_CHARACTERS)[order[outcome[order] == 0]]
        ids = np.insert(ids, 0, _ID_SIZE[0], axis=1)
        return cls(reporter[order], partition[order], offset[order], outcome[order], ids.tobytes())


@dataclass(frozen=True)
class _Groups:
    """One receipt each: a reporter's events of one partition. `counts`: by outcome."""

    reporter: Ints
    partition: Ints
    first: Ints
    last: Ints
    counts: tuple[Ints, Ints, Ints]

    @classmethod
    def of(cls, events: _Events, cuts: Sequence[int] = ()) -> _Groups:
        """`cuts`: rows at which another receipt begins although reporter and partition stay the same."""
        differs = (np.diff(events.reporter, prepend=-1) != 0) | (np.diff(events.partition, prepend=-1) != 0)
        differs[list(cuts)] = True
        starts = np.flatnonzero(differs)
        ends = np.append(starts[1:], len(events.offset)) - 1
        accepted, rejected, duplicate = (
            np.add.reduceat(events.outcome == code, starts, dtype=np.int64) for code in range(len(_OUTCOMES))
        )
        return cls(
            events.reporter[starts],
            events.partition[starts],
            events.offset[starts],
            events.offset[ends],
            (accepted, rejected, duplicate),
        )

    def parted(
        self, reporter: int, partition: int, entries: list[tuple[int, bytes]]
    ) -> Iterator[tuple[int, list[bytes]]]:
        """Each receipt of a reporter and partition that has entries, with those that fall into its range."""
        start, end = np.searchsorted(self.partition, [partition, partition + 1])
        first, after = (start + np.searchsorted(self.reporter[start:end], [reporter, reporter + 1])).tolist()
        if after == first + 1:
            yield first, [entry for _, entry in entries]
            return
        entries.sort()
        borders = np.searchsorted([offset for offset, _ in entries], self.first[first:after]).tolist()
        for at, (begin, stop) in enumerate(pairwise([*borders, len(entries)]), first):
            if begin < stop:
                yield at, [entry for _, entry in entries[begin:stop]]


def _number(reporter: str | None) -> int:
    return int(reporter) if reporter else 0


def _entries(judged: Sequence[Judged]) -> dict[tuple[int, int], list[tuple[int, bytes]]]:
    """By reporter and partition: offset and encoded entry of each event that something is said of."""
    found: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
    for one in judged:
        place = _number(one.source.reporter), one.source.partition
        found.setdefault(place, []).append((one.source.offset, _entry(one)))
    return found


def _cuts(events: _Events, groups: _Groups, entries: Mapping[tuple[int, int], list[tuple[int, bytes]]]) -> list[int]:
    """Rows at which a reporter's next receipt must begin, so that none is larger than a message may be."""
    half = _LARGEST_RECEIPT / 2  # what is too large has more than half of it in ids or in entries
    many = np.flatnonzero(groups.counts[0] * _LISTED_ID > half)
    large = set(zip(groups.reporter[many].tolist(), groups.partition[many].tolist(), strict=True))
    large |= {place for place, listed in entries.items() if sum(len(entry) for _, entry in listed) > half}
    cuts: list[int] = []
    for reporter, partition in large:
        rows = np.flatnonzero((events.reporter == reporter) & (events.partition == partition))
        sizes = np.where(events.outcome[rows] == 0, _LISTED_ID, 0)
        if listed := entries.get((reporter, partition)):
            at = np.searchsorted(events.offset[rows], [offset for offset, _ in listed])
            sizes[at] += [len(entry) for _, entry in listed]
        cuts += rows[1:][np.diff(np.cumsum(sizes) // _LARGEST_RECEIPT) > 0].tolist()
    return cuts


def _reporters(groups: _Groups) -> list[bytes | None]:
    digits = (groups.reporter[:, None] // _POWERS % 10 + ord("0")).astype(np.uint8)
    texts: list[bytes | None] = digits.view(f"S{_REPORTER_DIGITS}").ravel().tolist()
    for nobody in np.flatnonzero(groups.reporter == 0).tolist():
        texts[nobody] = None
    return texts


def _encode(facts: BatchFacts, groups: _Groups, reporters: Sequence[bytes | None], ids: bytes) -> list[bytes]:
    """The receipts as Kafka values, none with entries."""
    head = frame(latest(RECEIPTS_TOPIC).id, _ID_SIZE)
    source = encode_text(facts.family) + encode_text(facts.topic)
    accepted = groups.counts[0]
    numbers, number_ends = encode_rows(
        [
            groups.partition,
            groups.first,
            groups.last,
            np.full(len(accepted), facts.processed_at),
            *groups.counts,
            accepted,  # an array begins with its length, and an empty one is just that
        ]
    )
    return [
        b"".join((head, own, reporter, source, number, listed, (_NOTHING + _NOTHING) if listed else _NOTHING))
        for own, reporter, number, listed in zip(
            _cut(_receipt_ids(facts.family, groups), np.arange(1, len(accepted) + 1) * _ID_CHARACTERS),
            [_REPORTER_SIZE + text if text else _NOTHING for text in reporters],
            _cut(numbers, number_ends),
            _cut(ids, np.cumsum(accepted) * _LISTED_ID),
            strict=True,
        )
    ]


def _cut(octets: bytes, ends: Ints) -> list[bytes]:
    stops = ends.tolist()
    return [octets[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


def _receipt_ids(family: str, groups: _Groups) -> bytes:
    """A UUID of version 8 (RFC 9562) per receipt, in text: its range, family and reporter, packed.

    Bits: first offset 48, version 4, partition 12; variant 2, length of the range 28, family 4, reporter 30.
    """
    length = (groups.last - groups.first) & 0xFFF_FFFF
    halves = np.empty((len(length), 2), dtype=">i8")
    halves[:, 0] = (groups.first << 16) | 0x8000 | (groups.partition & 0xFFF)
    halves[:, 1] = (-1 << 63) | (length << 34) | (FAMILIES.index(family) << 30) | groups.reporter
    digits = _HEX[halves.view(np.uint8)].reshape(-1, 32)
    return np.insert(digits, [place - i for i, place in enumerate(_DASHES)], ord("-"), axis=1).tobytes()


def _entry(one: Judged) -> bytes:
    return b"".join(
        (
            _optional(one.source.event_id),
            encode_long(one.source.offset),
            encode_text(one.outcome),
            _array([_problem(problem) for problem in one.problems]),
        )
    )


def _optional(text: str | None) -> bytes:
    return encode_long(0) if text is None else encode_long(1) + encode_text(text)


def _array(items: Sequence[bytes]) -> bytes:
    return encode_long(len(items)) + b"".join(items) + _NOTHING if items else _NOTHING


@lru_cache(maxsize=4096)
def _problem(problem: Problem) -> bytes:
    texts = (problem.code, problem.severity.value, problem.field, problem.message)
    return b"".join(map(encode_text, texts))
