"""One partition's messages on their way into one insert.

A block is a contiguous range of offsets of one partition. Blocks of a topic that are due together are one insert: an
insert has its price, whatever it holds. Before it, each block's range is committed as the metadata of the unchanged
offset, with the name of the group it goes with (`Intent`); whoever reads the partitions next re-forms exactly those
blocks, so that their deduplication token is the same and the engine stores them once.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import lt
from typing import Final

_METADATA: Final = re.compile(r"insert (\d+)-(\d+)(?: with ([0-9a-f]{16}))?")


@dataclass(frozen=True, slots=True)
class Intent:
    """The range of offsets of the next insert, both ends inclusive; `group` names the blocks it is inserted with."""

    first: int
    last: int
    group: str = ""

    def metadata(self) -> str:
        return f"insert {self.first}-{self.last}" + (f" with {self.group}" if self.group else "")

    @classmethod
    def parse(cls, metadata: str | None, committed: int) -> Intent | None:
        """The intent that stands beside a committed offset; None when there is none for just this offset."""
        found = _METADATA.fullmatch(metadata or "")
        if not found or int(found[1]) != committed or int(found[2]) < committed:
            return None
        return cls(int(found[1]), int(found[2]), found[3] or "")


@dataclass(frozen=True, slots=True)
class Block:
    """A range of one partition: its messages' offsets, values and times (milliseconds, when the broker took them).

    `intent.first` may lie before the first message where offsets have gaps. `size`: bytes of its values.
    """

    topic: str
    partition: int
    intent: Intent
    offsets: list[int]
    values: list[bytes | None]
    times: list[int]
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(_sizes(self.values)))

    @property
    def range(self) -> str:
        """Partition and range: what of a topic this is."""
        return f"{self.partition}/{self.intent.first}-{self.intent.last}"

    def __repr__(self) -> str:
        return f"Block({self.topic}[{self.partition}] {self.intent.metadata()}, {len(self.offsets)} messages)"


def group_of(blocks: Sequence[Block]) -> str:
    """Names blocks of a topic that are inserted together, by what they are; a block alone has no group."""
    if len(blocks) == 1:
        return ""
    ranges = sorted(block.range for block in blocks)
    return hashlib.sha256(" ".join(ranges).encode()).hexdigest()[:16]


def token(table: str, blocks: Sequence[Block]) -> str:
    """The deduplication token of the insert of these blocks into `table`: of what they are, not of when or who."""
    return f"{table}/{blocks[0].topic}/{group_of(blocks) or blocks[0].range}"


@dataclass(frozen=True, slots=True)
class Limits:
    """When messages become a block, whichever comes first."""

    rows: int
    size: int


@dataclass(slots=True)
class Buffer:
    """Messages of one partition that are not in the warehouse yet, from offset `position` on."""

    topic: str
    partition: int
    position: int | None
    """Offset to commit: all before it is stored. None until the first message of a partition never committed."""
    intended: Intent | None = None
    """A range that may already be stored: the next block is exactly this."""
    offsets: list[int] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list, repr=False)
    times: list[int] = field(default_factory=list)
    size: int = 0
    """Bytes."""
    since: float = 0.0
    """Clock reading when the oldest message came in."""
    attempts: int = 0
    """Failed inserts of the next block."""
    not_before: float = 0.0
    """Clock reading before which the next block is not offered again."""
    paused: bool = False
    """No messages are fetched for it."""

    def extend(self, offsets: list[int], values: list[bytes | None], times: list[int], now: float) -> None:
        """Appends the next messages. Those handed over again (around a rebalance) are here or stored already."""
        newest = self.offsets[-1] if self.offsets else (self.position or 0) - 1
        if offsets[0] <= newest or not all(map(lt, offsets, offsets[1:])):
            before = accumulate(offsets, max, initial=newest)
            new = [i for i, (offset, known) in enumerate(zip(offsets, before, strict=False)) if offset > known]
            if not new:
                return
            offsets, values, times = [offsets[i] for i in new], [values[i] for i in new], [times[i] for i in new]
        if self.position is None:
            self.position = offsets[0]
        if not self.offsets:
            self.since = now
        self.offsets += offsets
        self.values += values
        self.times += times
        self.size += sum(_sizes(values))

    def due_at(self, limits: Limits, rested: float = 0.0) -> float:
        """Clock reading at which the next block should be inserted; infinite while it is not complete. One that is not
        full waits until `rested`."""
        if not self.offsets or not self.is_whole:
            return math.inf
        if self.intended:
            return self.not_before
        return max(self.not_before, self.since if self._holds(limits) else max(self.since, rested))

    @property
    def is_whole(self) -> bool:
        """Whether all of the intended range has come in."""
        return self.intended is None or bool(self.offsets and self.offsets[-1] >= self.intended.last)

    def has_enough(self, limits: Limits) -> bool:
        """Whether to fetch no more for now: the next block failed, or there are two blocks and more; then until less
        than one is left. A range that is to be formed again is fetched whole, however large it was."""
        if self.attempts:
            return True
        return self.is_whole and self._holds(limits, 1 if self.paused else 2)

    def _holds(self, limits: Limits, blocks: int = 1) -> bool:
        """Whether there are so many full blocks."""
        return len(self.offsets) >= blocks * limits.rows or self.size >= blocks * limits.size

    def block(self, limits: Limits) -> Block:
        """The next block: the intended range, else as many messages as fit. It stays in the buffer until `stored`."""
        assert self.offsets
        assert self.position is not None
        intent = self.intended or Intent(self.position, self.offsets[self._fitting(limits) - 1])
        count = bisect_right(self.offsets, intent.last)
        return Block(self.topic, self.partition, intent, self.offsets[:count], self.values[:count], self.times[:count])

    def stored(self, block: Block, now: float) -> None:
        """`block` is in the warehouse: what follows it is next."""
        count = len(block.offsets)
        del self.offsets[:count], self.values[:count], self.times[:count]
        self.size -= block.size
        self.position = block.intent.last + 1
        self.since = now
        self.intended = None
        self.attempts = 0
        self.not_before = 0.0

    def failed(self, now: float, wait: float, longest_wait: float) -> float:
        """The insert did not succeed. Returns the seconds after which the same block is offered again."""
        seconds = min(wait * 2.0 ** min(self.attempts, 32), longest_wait)
        self.attempts += 1
        self.not_before = now + seconds
        return seconds

    def _fitting(self, limits: Limits) -> int:
        """How many messages the next block takes: one at least."""
        fitting = [total < limits.size for total in accumulate(_sizes(self.values[: limits.rows]))]
        return min(sum(fitting) + 1, len(fitting))


def _sizes(values: Iterable[bytes | None]) -> list[int]:
    return [len(value) if value else 0 for value in values]
