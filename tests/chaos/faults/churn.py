"""Workers that join the group and leave it every few seconds, one in two without a word."""

from __future__ import annotations

import subprocess
import sys
import time
from random import Random

from deploy.local.processes import spawn, stop

from ..sender import Sender
from ..stage import Stage

_END_SECONDS = 30.0


def workers(stage: Stage, _sender: Sender, chance: Random, seconds: float) -> None:
    until = time.monotonic() + seconds
    guests: list[subprocess.Popen[bytes]] = []
    number = 0
    try:
        while time.monotonic() < until:
            number += 1
            guests.append(_guest(stage, f"guest-{number}"))
            time.sleep(chance.uniform(2, 5))
            if len(guests) > 1:
                _leave(guests.pop(0), chance)
    finally:
        for guest in guests:
            _leave(guest, chance)


def _guest(stage: Stage, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "helsepuls", "worker", "--home", str(stage.home), "--name", name]
    return spawn(command, stage.home / "logs" / f"{name}.log", stage.environment)


def _leave(guest: subprocess.Popen[bytes], chance: Random) -> None:
    if chance.random() < 0.5:
        guest.kill()
    stop(guest, _END_SECONDS)
