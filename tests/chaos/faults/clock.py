"""The wall clock of the whole stack is an hour back, for a while, and right again."""

from __future__ import annotations

import time
from random import Random

from deploy.local import logfiles

from ..records import Ends, append_times
from ..sender import Sender
from ..stage import RAW, Stage
from ..waiting import until

_HOUR = 3600
_PATIENCE = 60.0
_COORDINATOR_DIED = b"Histogram recorded value cannot be negative"
"""What Kafka 4.1 logs when its group coordinator stops for good, because a duration came out negative."""


def set_back(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Until the broker has stamped an event with the earlier time. Raises InVain when it does not."""
    assert stage.clock is not None
    starts = until(lambda: stage.ends(RAW), _PATIENCE, "the broker does not answer")
    log = logfiles.of(stage.home, "kafka")
    begin = log.stat().st_size
    stage.clock.set(-_HOUR)
    try:
        time.sleep(seconds)
        until(lambda: _stamped(stage, starts), _PATIENCE, "no event comes while the clock is set back", 1.0)
    finally:
        stage.clock.set(0)
    if _COORDINATOR_DIED in log.read_bytes()[begin:]:
        stage.kill(stage.running("kafka")[0])  # as an operator would: nothing else mends it


def _stamped(stage: Stage, starts: Ends) -> bool:
    ends = stage.ends(RAW)
    times = append_times(stage.kafka.bootstrap, starts, ends) if ends else []
    return min(times, default=time.time()) < time.time() - _HOUR / 2
