"""Memory: what a process keeps when it is freed, for the next batch of the same size, and what it need not load.

Both allocators of a worker (the C library's, and the one inside polars) give freed memory back to the system at once.
A worker frees as much with every batch as it takes for the next, and each page that comes back costs a page fault.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from importlib.abc import MetaPathFinder
from typing import Final

_TRIM_THRESHOLD: Final = -1
_TOP_PAD: Final = -2
_MMAP_THRESHOLD: Final = -3
_MALLOPT: Final = {_TRIM_THRESHOLD: 1 << 30, _TOP_PAD: 64 << 20, _MMAP_THRESHOLD: 32 << 20}
"""Parameters of mallopt(3), bytes. 32 MB is the most that it takes for the last one."""
_YOUNG_OBJECTS: Final = 50_000
_POLARS: Final = "dirty_decay_ms:60000,muzzy_decay_ms:60000"


def keep_freed() -> None:
    """Call it before polars is imported. Does nothing where the C library has no mallopt; variables that are set stay
    as they are.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", _POLARS)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in _MALLOPT.items():
            mallopt(parameter, value)


def collect_seldom() -> None:
    """For who takes ten thousand messages at once: the search for cycles of garbage, every 700 objects, finds none."""
    _, *others = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS, *others)


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not loaded here", name=fullname)


def without_pandas() -> None:
    """Call it before pyarrow is used. It loads pandas, where there is one, to tell whether it was given a Series: a
    second and 60 MB, for nothing. From now on there is none, as for whoever has not installed it.
    """
    sys.meta_path.insert(0, _NoPandas())
