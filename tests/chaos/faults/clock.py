"""The wall clock of the whole stack is an hour back, for a while, and right again."""

from __future__ import annotations

import time
from random import Random

from ..records import append_times
from ..sender import Sender
from ..stage import RAW, Stage
from ..waiting import until

_HOUR = 3600
_PATIENCE = 60.0


def set_back(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Raises RuntimeError when the broker stamped no event with the earlier time: then nothing was broken."""
    assert stage.clock is not None
    starts = until(lambda: stage.ends(RAW), _PATIENCE, "the broker does not answer")
    stage.clock.set(-_HOUR)
    try:
        time.sleep(seconds)
    finally:
        stage.clock.set(0)
    ends = until(lambda: stage.ends(RAW), _PATIENCE, "the broker does not answer")
    earliest = min(append_times(stage.kafka.bootstrap, starts, ends), default=time.time())
    if earliest > time.time() - _HOUR / 2:
        raise RuntimeError("no event came while the clock was set back")
