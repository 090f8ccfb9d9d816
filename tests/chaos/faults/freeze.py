"""SIGSTOP for longer than the session: the group gives the worker's partitions away, and then it wakes up.

What it held in the middle of a batch it still holds then, and does not know yet that it is not its own any more.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from random import Random

from ..sender import Sender
from ..stage import Stage


def worker(stage: Stage, _sender: Sender, chance: Random, seconds: float) -> None:
    pid = chance.choice(stage.running("workers"))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)
