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


class Windows:
    """Restores partitions when they are first met in a generation of the group. One thread uses it."""

    def __init__(self, reader: LogReader, window_ms: int, reading: Callable[[], None] = lambda: None) -> None:
        """`reading` is called after every chunk that is read of the log: restoring may take minutes."""
        self._reader = reader
        self._window_ms = window_ms
        self._restorer = Restorer(reader, window_ms, reading)
        self._held: dict[Place, RestoredPartition] = {}
        self._generation: dict[Place, int] = {}
        self._positions: dict[Place, int] = {}
        self._positions_noted = float("-inf")

    def ensure(self, places: Collection[Place], generation: int) -> None:
        """Brings windows up to date that another worker may have moved on. Raises Retryable when it cannot now."""
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
        WINDOW_RESTORE_SECONDS.observe(time.monotonic() - started)

    def of(self, topic: str, partition: int) -> PartitionWindow:
        return self._held[topic, partition].window

    def note_positions(self) -> None:
        """Notes where the outcome topics stand. Call before the outcomes of a batch are sent.

        An older note is as good: it only makes a later restore read a little more.
        """
        now = time.monotonic()
        if now - self._positions_noted > _POSITIONS_SECONDS:
            places = {(topic, one.partition) for one in self._held.values() for topic in one.outcome_topics}
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
        held = [one.window.index for (topic, _), one in self._held.items() if topic == batch.topic]
        WINDOW_IDS.labels(batch.topic).set(sum(map(len, held)))
        return Messages.of([Message(one.source_partition, batch.topic, log.encode(one)) for one in records])

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
