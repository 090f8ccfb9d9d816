"""What goes into the pipeline and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawBatch:
    """Records of one raw topic, ascending by (partition, offset); all sequences have the same length.

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
    key: bytes | str | None
    value: bytes


@dataclass
class Outcomes:
    """Everything a batch became. `messages` by topic; `counts` by outcome; `rule_hits` by (code, severity)."""

    messages: dict[str, list[Message]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rule_hits: dict[tuple[str, str], int] = field(default_factory=dict)
    refusals_by_reporter: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Reporter → (refused, all): what the breaker judges."""
    accepted_ids: dict[int, AcceptedIds] = field(default_factory=dict)
    """By partition: what the deduplication window learns."""

    def add(self, topic: str, messages: list[Message]) -> None:
        if messages:
            self.messages.setdefault(topic, []).extend(messages)


@dataclass(frozen=True)
class AcceptedIds:
    """Event ids as two halves (big-endian), with the offsets that carried them."""

    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    offsets: Ints


NO_IDS = AcceptedIds(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))
