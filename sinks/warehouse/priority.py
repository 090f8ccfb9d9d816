"""Storing goes first: what the engine does in the background takes the processor that is left."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOWER: Final = 5
"""By so much, of nice values."""
_MERGING: Final = "MergeMutate"
"""The engine's name for the threads that merge parts. Embedded, it does not take its own setting for their priority
(os_threads_nice_value_merge_mutate)."""
_THREADS: Final = Path("/proc/self/task")


def merging_gives_way() -> None:
    """Makes the merging threads of this process nice; they are all there once the engine is open. Does nothing where
    the system does not list threads."""
    nice = os.getpriority(os.PRIO_PROCESS, 0) + _LOWER
    for thread in _THREADS.glob("*"):
        with suppress(OSError):  # one that has just ended
            if (thread / "comm").read_text().strip() == _MERGING:
                os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
