"""Values on the outcome topics, into the sink: each message is a row or a recorded error, and none disturbs another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from schemas.types import DUPLICATES_TOPIC, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic, raw_topic
from sinks.block import Block, Intent
from sinks.decode import rows
from streams.types import RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

from .mutation import texts
from .target import Target
from .topics import RECEIVED, pipeline, seeds

_FAMILY: Final = "movement"
_TOPICS: Final = (accepted_topic(_FAMILY), REJECTED_TOPIC, DUPLICATES_TOPIC, RECEIPTS_TOPIC)


@cache
def _messages(topic: str) -> tuple[bytes, ...]:
    """What the pipeline writes there of some sound, some repeated and some broken events."""
    values = [*seeds(_FAMILY) * 2, b"noise"]
    ordinals = np.arange(len(values))
    batch = RawBatch(raw_topic(_FAMILY), np.zeros_like(ordinals), ordinals, np.full(len(values), RECEIVED), values)
    window = PartitionWindow(7 * DAY_MS)
    return tuple(message.value for message in pipeline().process(batch, lambda _: window).messages[topic])


def times(offsets: list[int]) -> list[int]:
    return [RECEIVED] * len(offsets)


def check(topic: str) -> Callable[[list[bytes]], None]:
    def checked(values: list[bytes]) -> None:
        offsets = list(range(100, 100 + len(values)))
        middle = len(values) // 2
        blocks = [
            Block(topic, 0, Intent(part[0], part[-1]), part, list(values[part[0] - 100 :][: len(part)]), times(part))
            for part in (offsets[:middle], offsets[middle:])
            if part
        ]
        found = rows(blocks)
        good = found.good["outcome_offset"].to_pylist() if found.good.num_rows else []
        bad = found.bad["outcome_offset"].to_pylist()
        assert sorted([*good, *bad]) == offsets, "not exactly one row or error for each message"
        sound = [offset for offset, value in zip(offsets, values, strict=True) if value in _messages(topic)]
        assert set(sound) <= set(good), "a sound message was not stored"

    return checked


TARGETS: Final = tuple(
    Target(f"sink, {topic}", texts(_messages(topic)), check(topic), batch=60, weight=2) for topic in _TOPICS
)
