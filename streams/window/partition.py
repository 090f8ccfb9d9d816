"""What is known of one raw partition: which offsets have their outcome already, and which ids were accepted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streams.types import AcceptedIds, Ints
from streams.window.index import IdIndex

NOTHING = -1


class PartitionWindow:
    """Restored from what the outcome topics hold, then kept up to date batch by batch.

    `covered`: every offset up to and including this one has its outcome.
    """

    def __init__(self, window_ms: int) -> None:
        self.index = IdIndex(window_ms)
        self.covered = NOTHING
        self._loose: set[int] = set()  # offsets beyond `covered` that have their outcome

    def already_emitted(self, offsets: Ints) -> npt.NDArray[np.bool_]:
        """True for offsets whose outcome is in the outcome topics: a replay."""
        emitted = offsets <= self.covered
        if self._loose:
            emitted |= np.isin(offsets, np.fromiter(self._loose, dtype=np.int64, count=len(self._loose)))
        return emitted

    def learn_range(self, last_offset: int, ids: AcceptedIds, log_time_ms: int) -> None:
        """A whole range, contiguous to what is covered, has its outcomes."""
        self.index.add(ids, log_time_ms)
        self.covered = max(self.covered, last_offset)
        if self._loose:
            self._loose = {offset for offset in self._loose if offset > self.covered}

    def learn_outcomes(self, offsets: Ints, ids: AcceptedIds, log_time_ms: int) -> None:
        """Single outcomes met in the outcome topics. `ids` are those accepted among `offsets`."""
        self.index.add(ids, log_time_ms)
        self._loose.update(int(offset) for offset in offsets if offset > self.covered)
