"""The wall clock of the whole stack is an hour back, for a while, and right again."""

from __future__ import annotations

import time
from random import Random

from ..records import Ends, append_times
from ..sender import Sender
from ..stage import RAW, Stage
from ..waiting import until

_HOUR = 3600
_PATIENCE = 60.0


def set_back(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Until the broker has stamped an event with the earlier time. Raises InVain when it does not."""
    assert stage.clock is not None
    starts = until(lambda: stage.ends(RAW), _PATIENCE, "the broker does not answer")
    stage.clock.set(-_HOUR)
    try:
        time.sleep(seconds)
        until(lambda: _stamped(stage, starts), _PATIENCE, "no event comes while the clock is set back", 1.0)
    finally:
        stage.clock.set(0)


def _stamped(stage: Stage, starts: Ends) -> bool:
    ends = stage.ends(RAW)
    times = append_times(stage.kafka.bootstrap, starts, ends) if ends else []
    return min(times, default=time.time()) < time.time() - _HOUR / 2
