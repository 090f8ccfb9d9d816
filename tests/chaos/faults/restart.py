"""Everything dies at once, as in a power cut that spares the disks, and is started again."""

from __future__ import annotations

from random import Random

from ..sender import Sender
from ..stage import Stage
from ..waiting import until


def everything(stage: Stage, sender: Sender, _chance: Random, _seconds: float) -> None:
    """The supervisor's children end with it."""
    pid = stage.facts().get("pid")
    if pid:
        stage.kill(pid)
    sender.kill()
    until(lambda: not stage.alive(), 30, "the stack outlives its supervisor")
    stage.up()
