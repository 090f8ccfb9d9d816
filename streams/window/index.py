"""Recent event ids of one raw partition, and the offset at which each was accepted.

Ids are kept by day of their log append time, each day in one open-addressing hash table of plain arrays, so that a
batch of ids is looked up in a handful of vector operations, forgetting a day is dropping a table, and an id costs
about 50 bytes instead of the several hundred of a dict entry.
"""

from __future__ import annotations

import secrets

import numpy as np
import numpy.typing as npt

from streams.types import AcceptedIds, Ints

Halves = npt.NDArray[np.uint64]

DAY_MS = 86_400_000
ABSENT = -1
_FULL = 0.6
_SMALLEST = 1 << 10
_SECRETS = [np.uint64(secrets.randbits(64)) for _ in range(4)]
_SHIFT = np.full(1, secrets.randbits(64), dtype=np.uint64)
"""Slots follow from the id and these secrets: a sender cannot choose ids that pile up in one place."""
_HALF = np.uint64(32)
_LOWER = np.uint64((1 << 32) - 1)
_STIR, _ODD = np.uint64(16), np.uint64(0x9E3779B1)


class IdTable:
    """A hash table from 128-bit ids to offsets. The first offset given for an id stays."""

    def __init__(self, capacity: int = _SMALLEST) -> None:
        self.count = 0
        self._allocate(capacity)

    def _allocate(self, capacity: int) -> None:
        self._high = np.zeros(capacity, dtype=np.uint64)
        self._low = np.zeros(capacity, dtype=np.uint64)
        self._offset = np.full(capacity, ABSENT, dtype=np.int64)
        self._mask = np.uint64(capacity - 1)

    @property
    def capacity(self) -> int:
        return len(self._offset)

    @property
    def nbytes(self) -> int:
        return self._high.nbytes + self._low.nbytes + self._offset.nbytes

    def find(self, high: Halves, low: Halves) -> Ints:
        """The offset of each id, ABSENT where it is not known."""
        found = np.full(len(high), ABSENT, dtype=np.int64)
        slot = self._slots(high, low)
        open_ = np.arange(len(high))
        while len(open_):
            here = slot[open_]
            offset = self._offset[here]
            hit = (self._high[here] == high[open_]) & (self._low[here] == low[open_]) & (offset != ABSENT)
            found[open_[hit]] = offset[hit]
            open_ = open_[~hit & (offset != ABSENT)]
            slot[open_] = (slot[open_] + np.uint64(1)) & self._mask
        return found

    def add(self, high: Halves, low: Halves, offsets: Ints) -> None:
        """Adds ids; one that is there already, or twice in the batch, keeps its first offset."""
        self._make_room(len(high))
        slot = self._slots(high, low)
        open_ = np.arange(len(high))
        while len(open_):
            here = slot[open_]
            free = self._offset[here] == ABSENT
            # Of several rows that want one free slot the first gets it: written last to first, the first claim stays.
            rows, places = open_[free], here[free]
            claims = ABSENT - 1 - rows
            self._offset[places[::-1]] = claims[::-1]
            won = self._offset[places] == claims
            rows, places = rows[won], places[won]
            self._high[places], self._low[places], self._offset[places] = high[rows], low[rows], offsets[rows]
            self.count += len(rows)
            settled = (self._high[here] == high[open_]) & (self._low[here] == low[open_])
            open_ = open_[~settled]
            slot[open_] = (slot[open_] + np.uint64(1)) & self._mask

    def _make_room(self, more: int) -> None:
        """Grows at once to what `more` ids need: every step in between would move all ids again."""
        capacity = self.capacity
        while self.count + more > _FULL * capacity:
            capacity *= 2
        if capacity == self.capacity:
            return
        kept = self._offset != ABSENT
        high, low, offsets = self._high[kept], self._low[kept], self._offset[kept]
        self._allocate(capacity)
        self.count = 0
        self.add(high, low, offsets)

    def _slots(self, high: Halves, low: Halves) -> Halves:
        """Multiply-shift over the id's four 32-bit parts: for any two ids, whatever their pattern, the chance of the
        same slot is one in the number of slots. Of a product only the upper half depends on every bit of the factors,
        so only that is used; stirring it keeps ids that count upwards from filling one stretch of slots."""
        parts = (high >> _HALF, high & _LOWER, low >> _HALF, low & _LOWER)
        mixed: Halves = sum((secret * part for secret, part in zip(_SECRETS, parts, strict=True)), start=_SHIFT)
        mixed >>= _HALF
        mixed ^= mixed >> _STIR
        mixed = (mixed * _ODD) & _LOWER
        mixed ^= mixed >> _STIR
        return mixed & self._mask


class IdIndex:
    """The window of one partition: a table per day, the oldest forgotten when the log has moved on far enough."""

    def __init__(self, window_ms: int) -> None:
        self.window_ms = window_ms
        self.newest_ms = 0
        self._days: dict[int, IdTable] = {}

    def __len__(self) -> int:
        return sum(table.count for table in self._days.values())

    @property
    def nbytes(self) -> int:
        return sum(table.nbytes for table in self._days.values())

    @property
    def oldest_day(self) -> int:
        """The first day of the window; what is older is forgotten."""
        return (self.newest_ms - self.window_ms) // DAY_MS

    def find(self, high: Halves, low: Halves) -> Ints:
        """The offset at which each id was first accepted within the window, ABSENT where it was not."""
        found = np.full(len(high), ABSENT, dtype=np.int64)
        for day in sorted(self._days):
            table = self._days[day]
            missing = np.flatnonzero(found == ABSENT)
            if not len(missing):
                break
            found[missing] = table.find(high[missing], low[missing])
        return found

    def add(self, ids: AcceptedIds, log_time_ms: int) -> None:
        """Adds ids accepted at a log append time, and forgets days that fell out of the window.

        Time is the log's own: a backlog read late, or a wrong clock here, changes nothing.
        """
        self.newest_ms = max(self.newest_ms, log_time_ms)
        for day in [day for day in self._days if day < self.oldest_day]:
            del self._days[day]
        day = log_time_ms // DAY_MS
        if day >= self.oldest_day and len(ids.offsets):
            self._days.setdefault(day, IdTable()).add(ids.high, ids.low, ids.offsets)
