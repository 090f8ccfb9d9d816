"""A worker that starts with millions of ids in its window: how soon the first outcome, and how much memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import numpy as np
from confluent_kafka import Producer

from schemas.types import WINDOW_TOPIC
from streams.types import AcceptedIds
from streams.window import log

from .corpus import Corpus, Events
from .measure import Goal, Results
from .rig import OUTCOMES, RAW, Rig

_RECORD_IDS = 5_000
_POLL = 0.02


def measure(rig: Rig, results: Results, *, ids: int, rounds: int) -> None:
    corpus = Corpus(rig.home, reporters=200).take(2_000 * (rounds + 1))
    rig.topics()
    _remember(rig, ids)
    waits, peaks = [], []
    for number in range(rounds):
        rig.fill(_part(corpus, number, rounds + 1))
        before = rig.ends(OUTCOMES)
        started = time.perf_counter()
        worker = rig.worker()
        try:
            while rig.ends(OUTCOMES) == before:
                if worker.popen.poll() is not None:
                    raise RuntimeError("the worker ended itself")
                time.sleep(_POLL)
            waits.append(time.perf_counter() - started)
            while rig.ends(OUTCOMES) < rig.ends(RAW):
                time.sleep(_POLL)
            peaks.append(worker.usage().peak_bytes / 1e6)
        finally:
            worker.end()
        rig.forget_groups()
    millions = f"{ids / 1e6:g} million ids"
    results.add(
        f"start with {millions}, until the first outcome", statistics.median(waits), "s", goal=Goal("lower", 10, 5)
    )
    results.add(f"worker with {millions}", max(peaks), "MB", goal=Goal("lower", 1000, 500))


def _part(events: Sequence[Events], number: int, of: int) -> list[Events]:
    return [part.cut(number * len(part) // of, (number + 1) * len(part) // of) for part in events]


def _remember(rig: Rig, ids: int) -> None:
    """Writes the log of a window as workers leave it: `ids` over all raw partitions, of ranges that precede the log.

    The outcomes of these ids are older than the retention; only the log tells of them.
    """
    producer = Producer({"bootstrap.servers": rig.bootstrap, "linger.ms": 20, "compression.type": "lz4"})
    random = np.random.default_rng(1)
    now = int(time.time() * 1000)
    per_partition = ids // (len(RAW) * rig.partitions)
    for topic in RAW:
        family = topic.split(".", 1)[1]
        for partition in range(rig.partitions):
            for first in range(0, per_partition, _RECORD_IDS):
                count = min(_RECORD_IDS, per_partition - first)
                halves = random.integers(0, 2**64, (2, count), dtype=np.uint64)
                # The ranges end below the first offset that raw events get: nothing sent later counts as done.
                offsets = np.arange(first - per_partition, first - per_partition + count)
                record = log.WindowRecord(
                    topic,
                    partition,
                    int(offsets[0]),
                    int(offsets[-1]),
                    now,
                    AcceptedIds(halves[0], halves[1], offsets),
                    {f"accepted.{family}": 0, "rejected": 0, "duplicates": 0},
                )
                producer.produce(WINDOW_TOPIC, log.encode(record), topic, partition)
            producer.poll(0)
    if producer.flush(120):
        raise RuntimeError("the broker did not take the window log")
