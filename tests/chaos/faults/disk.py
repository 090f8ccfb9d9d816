"""The broker's disk is full: the kernel refuses every write of the broker that makes a file longer.

Not a small file system, which would take root to mount and be gone with all data after the run: the limit on the size
of files (RLIMIT_FSIZE, set with prlimit on the running process) lets a real broker's real writes fail with EFBIG where
a full disk gives ENOSPC, in the same places: a batch cut off in the middle, an index that does not grow, a metadata log
that cannot be written. The broker halts, the supervisor starts it again, and it meets the same until there is room.
"""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from random import Random

from ..sender import Sender
from ..stage import Stage

_FULL_BYTES = 4096
"""No file may grow beyond this; log segments of a broker under load are longer."""
_LOOK_SECONDS = 0.02
_PATIENCE = 60.0


def full(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Until the broker has died of it. Raises RuntimeError when it does not: then nothing was broken."""
    before_it = _deaths(stage)
    begin = time.monotonic()
    limited: dict[int, tuple[int, int]] = {}
    while (took := time.monotonic() - begin) < seconds or (_deaths(stage) == before_it and took < _PATIENCE):
        for pid in stage.pids("kafka"):
            if pid not in limited:
                with suppress(ProcessLookupError):  # it has just halted
                    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_BYTES, before[1]))
                    limited[pid] = before
        time.sleep(_LOOK_SECONDS)
    for pid, before in limited.items():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    if _deaths(stage) == before_it:
        raise RuntimeError("the broker wrote on while its disk was full")


def _deaths(stage: Stage) -> int:
    deaths: int = stage.facts()["kafka"]["restarts"]
    return deaths
