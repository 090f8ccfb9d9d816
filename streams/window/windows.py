"""The windows of all partitions that this worker holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

import numpy as np

from monitoring.metrics import WINDOW_IDS, WINDOW_RESTORE_SECONDS
from streams.types import NO_IDS, AcceptedIds, Message, Messages, RawBatch
from streams.window import log
from streams.window.partition import PartitionWindow
from streams.window.reader import LogReader, Place
from streams.window.restore import RestoredPartition, Restorer

_POSITIONS_SECONDS = 2.0
_KEPT_SECONDS = 600.0
"""How long the window of a partition that was given up is kept: longer than the delivery of what was judged of it can
take. That is in no topic yet; should the partition come back in the meantime, only this window knows of it."""


class Windows:
    """Restores partitions when they are first met in a generation of the group. One thread uses it."""

    def __init__(self, reader: LogReader, window_ms: int, reading: Callable[[], None] = lambda: None) -> None:
        """`reading` is called after every chunk that is read of the log: restoring may take minutes."""
        self._reader = reader
        self._window_ms = window_ms
        self._restorer = Restorer(reader, window_ms, reading)
        self._held: dict[Place, RestoredPartition] = {}
        self._generation: dict[Place, int] = {}
        self._ours: set[Place] = set()
        self._given_up: dict[Place, float] = {}
        self._positions: dict[Place, int] = {}
        self._positions_noted = float("-inf")

    def ensure(self, places: Collection[Place], generation: int) -> None:
        """Brings windows up to date that another worker may have moved on. Raises Retryable when it cannot now.

        `places`: all that are ours; others are let go of after a while.
        """
        self._let_go(set(places))
        stale = [place for place in places if self._generation.get(place) != generation]
        if not stale:
            return
        started = time.monotonic()
        restored = [
            self._held.get(place) or RestoredPartition(*place, PartitionWindow(self._window_ms)) for place in stale
        ]
        self._restorer.catch_up(restored)
        self._held.update((one.place, one) for one in restored)
        self._generation.update(dict.fromkeys(stale, generation))
        self._positions_noted = float("-inf")
        for topic in {topic for topic, _ in stale}:
            self._count_ids(topic)
        WINDOW_RESTORE_SECONDS.observe(time.monotonic() - started)

    def _let_go(self, ours: set[Place]) -> None:
        now = time.monotonic()
        self._given_up = {place: self._given_up.get(place, now) for place in self._held if place not in ours}
        for place in [place for place, since in self._given_up.items() if now - since > _KEPT_SECONDS]:
            del self._held[place], self._generation[place], self._given_up[place]
        gone, self._ours = self._ours - ours, ours
        for topic in {topic for topic, _ in gone}:
            self._count_ids(topic)

    def _count_ids(self, topic: str) -> None:
        windows = [one.window for place, one in self._held.items() if place in self._ours and place[0] == topic]
        WINDOW_IDS.labels(topic).set(sum(len(window.index) for window in windows))

    def of(self, topic: str, partition: int) -> PartitionWindow:
        return self._held[topic, partition].window

    def note_positions(self) -> None:
        """Notes where the outcome topics stand. Call before the outcomes of a batch are sent.

        An older note is as good: it only makes a later restore read a little more.
        """
        now = time.monotonic()
        if now - self._positions_noted > _POSITIONS_SECONDS:
            places = {(topic, place[1]) for place in self._ours for topic in self._held[place].outcome_topics}
            self._positions = self._reader.ends(places)
            self._positions_noted = now

    def learn(self, batch: RawBatch, accepted: dict[int, AcceptedIds]) -> Messages:
        """Takes in a batch whose outcomes the broker has; returns the window log's records of it."""
        partitions = np.unique(batch.partitions).tolist()
        records = [
            record
            for partition in partitions
            for record in self._learn(batch, partition, accepted.get(partition, NO_IDS))
        ]
        self._count_ids(batch.topic)
        return Messages.of([Message(one.source_partition, batch.topic.encode(), log.encode(one)) for one in records])

    def _learn(self, batch: RawBatch, partition: int, ids: AcceptedIds) -> Iterator[log.WindowRecord]:
        rows = batch.partitions == partition
        offsets = batch.offsets[rows]
        first, last, log_time = int(offsets[0]), int(offsets[-1]), int(batch.timestamps[rows].max())
        one = self._held[batch.topic, partition]
        covered = one.window.covered
        one.window.learn_range(last, ids, log_time)
        *before, (_, own) = [
            (time_ms, piece) for time_ms, part in [*one.take_unlogged(), (log_time, ids)] for piece in log.pieces(part)
        ]
        for time_ms, piece in before:
            yield log.WindowRecord(*one.place, int(piece.offsets.min()), covered, time_ms, piece, {})
        positions = {topic: self._positions[topic, partition] for topic in one.outcome_topics}
        yield log.WindowRecord(*one.place, first, last, log_time, own, positions)
