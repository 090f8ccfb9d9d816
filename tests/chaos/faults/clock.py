"""The wall clock of the whole stack is an hour back, for a while, and right again."""

from __future__ import annotations

import time
from random import Random

from ..sender import Sender
from ..stage import Stage

_HOUR = 3600


def set_back(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    assert stage.clock is not None
    stage.clock.set(-_HOUR)
    try:
        time.sleep(seconds)
    finally:
        stage.clock.set(0)
