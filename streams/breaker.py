"""Stops a bad release from draining a topic into `rejected`.

One sender that sends nonsense is that sender's matter and stops nobody. When nearly everything of many senders is
suddenly refused, the fault is more likely here (a rule, a code list, a schema); then the batch is not delivered and
the topic waits for an operator.

What counts are the last events that were judged, not a batch: batches are as small as the traffic is thin. Those of
the batches before are delivered, so a bad release rejects up to `breaker_events` events before it is stopped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streams.settings import StreamSettings
from streams.types import Refusals


class _Counted(NamedTuple):
    by_reporter: Refusals
    refused: int
    judged: int


class Breaker:
    """The breaker of one topic in one worker. It knows the batches that hold the last `breaker_events` events."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._past: list[_Counted] = []
        self._open = False

    def holds_back(self, batch: Refusals) -> bool:
        """Whether a judged batch must wait; the same batch may be asked about again.

        A batch that is held back does not count. The first one that is not, after others were, begins the count anew:
        what was wrong has been mended.
        """
        new = _Counted(batch, int(batch.refused.sum()), int(batch.judged.sum()))
        if not self._settings.breaker or not new.judged:
            return False
        window = self._last(new)
        was_open, self._open = self._open, self._is_bad(new.refused, new.judged) and self._is_bad_release(window)
        if not self._open:
            self._past = [new] if was_open else window
        return self._open

    def _last(self, new: _Counted) -> list[_Counted]:
        window = [*self._past, new]
        judged = sum(part.judged for part in window)
        while judged - window[0].judged >= self._settings.breaker_events:
            judged -= window.pop(0).judged
        return window

    def _is_bad(self, refused: int, judged: int) -> bool:
        return refused >= self._settings.breaker_share * judged

    def _is_bad_release(self, window: list[_Counted]) -> bool:
        judged = sum(part.judged for part in window)
        if judged < self._settings.breaker_events or not self._is_bad(sum(part.refused for part in window), judged):
            return False
        reporter, refused, of = map(np.concatenate, zip(*(part.by_reporter for part in window), strict=True))
        _, number = np.unique(reporter, return_inverse=True)
        share = np.bincount(number, refused) / np.bincount(number, of)
        bad = int((share >= self._settings.breaker_share).sum())
        return bad >= self._settings.breaker_reporters
