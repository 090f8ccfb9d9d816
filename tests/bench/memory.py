"""What worker and warehouse hold while they are measured, and whether it stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from .whole import Stack

_EVERY = 0.5


class Held(NamedTuple):
    """Bytes that each of the two held at a moment."""

    at: float
    worker: int
    warehouse: int


class Watch:
    """Looks every half second, in a thread of its own, for as long as the `with` lasts."""

    def __init__(self, stack: Stack) -> None:
        self.samples: list[Held] = []
        self._stack = stack
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.samples.append(Held(time.time(), self._stack.worker.resident(), self._stack.warehouse.resident()))
            if self._ended.wait(_EVERY):
                return


def halves(samples: Sequence[Held], begin: float, end: float) -> tuple[Held, Held]:
    """The most that each held in the first half of a time and in the second, with the times at which these begin. What
    fills once (what a worker knows of its senders, the queues) is full in the first half; what grows in the second goes
    on growing. Raises ValueError when nothing was seen in one of them."""
    middle = (begin + end) / 2
    return _most(samples, begin, middle), _most(samples, middle, end)


def _most(samples: Sequence[Held], begin: float, end: float) -> Held:
    seen = [sample for sample in samples if begin <= sample.at < end]
    return Held(begin, max(sample.worker for sample in seen), max(sample.warehouse for sample in seen))
