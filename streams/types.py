"""What goes into the pipeline and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawBatch:
    """Records of one raw topic, offsets ascending within each partition; all sequences have the same length.

    `timestamps` are the broker's log append times, milliseconds since 1970.
    """

    topic: str
    partitions: Ints
    offsets: Ints
    timestamps: Ints
    values: Sequence[bytes | None]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def family(self) -> str:
        return self.topic.split(".", 1)[1]

    def take(self, rows: Ints) -> RawBatch:
        return RawBatch(
            self.topic,
            self.partitions[rows],
            self.offsets[rows],
            self.timestamps[rows],
            [self.values[row] for row in rows],
        )


class Message(NamedTuple):
    """One record for an outcome topic, at the partition of its source."""

    partition: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True, repr=False)
class Messages:
    """Records for one outcome topic, in columns of one length: an object each would cost as much as its encoding."""

    partitions: Ints
    keys: Sequence[bytes | None]
    values: Sequence[bytes]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Messages:
        partitions, keys, values = zip(*messages, strict=True) if messages else ((), (), ())
        return cls(np.array(partitions, dtype=np.int64), keys, values)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Message]:
        return map(Message, self.partitions.tolist(), self.keys, self.values)

    def __add__(self, other: Messages) -> Messages:
        partitions = np.concatenate([self.partitions, other.partitions])
        return Messages(partitions, [*self.keys, *other.keys], [*self.values, *other.values])

    def take(self, rows: npt.NDArray[np.intp]) -> Messages:
        keys, values = ([column[row] for row in rows.tolist()] for column in (self.keys, self.values))
        return Messages(self.partitions[rows], keys, values)


class Refusals(NamedTuple):
    """How many events were refused, and judged, of each reporter (0: unreadable); one may stand in several rows."""

    reporter: Ints
    refused: Ints
    judged: Ints


NO_REFUSALS = Refusals(*(np.empty(0, dtype=np.int64) for _ in range(3)))


@dataclass
class Outcomes:
    """Everything a batch became. `messages` by topic; `counts` by outcome; `rule_hits` by (code, severity)."""

    messages: dict[str, Messages] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rule_hits: dict[tuple[str, str], int] = field(default_factory=dict)
    refusals: Refusals = NO_REFUSALS
    """What the breaker judges."""
    accepted_ids: dict[int, AcceptedIds] = field(default_factory=dict)
    """By partition: what the deduplication window learns."""

    def add(self, topic: str, messages: Messages) -> None:
        if len(messages):
            before = self.messages.get(topic)
            self.messages[topic] = messages if before is None else before + messages


@dataclass(frozen=True)
class AcceptedIds:
    """Event ids as two halves (big-endian), with the offsets that carried them."""

    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    offsets: Ints


NO_IDS = AcceptedIds(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))


def merged(parts: Sequence[AcceptedIds]) -> AcceptedIds:
    """Ids one after the other."""
    if len(parts) == 1:
        return parts[0]
    return AcceptedIds(
        np.concatenate([NO_IDS.high, *(part.high for part in parts)]),
        np.concatenate([NO_IDS.low, *(part.low for part in parts)]),
        np.concatenate([NO_IDS.offsets, *(part.offsets for part in parts)]),
    )
