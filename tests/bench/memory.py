"""What worker and warehouse hold while they are measured, and whether it stays."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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


def growth(at: npt.ArrayLike, held: npt.ArrayLike, begin: float, end: float) -> float:
    """The most that was held in the second half of a time, divided by the most in its first half. Raises ValueError
    when nothing was seen in one of them."""
    moments, sizes = np.asarray(at), np.asarray(held)
    middle = (begin + end) / 2
    halves = [sizes[(moments >= first) & (moments < last)] for first, last in ((begin, middle), (middle, end))]
    if not all(map(len, halves)):
        raise ValueError("nothing was seen in one half of the time")
    return float(halves[1].max() / halves[0].max())
