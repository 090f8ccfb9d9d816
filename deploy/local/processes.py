"""Starting and ending processes so that none is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Identity:
    """A process: its pid and when it was created, because pids are used again."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """None when there is no such process."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @property
    def alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            # The kernel counts from boot in hundredths of a second: a clock set meanwhile shifts what psutil says.
            same = abs(process.create_time() - self.created) < 1
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Starts a command that dies with this process; its output is appended to `log`.

    Call it from the main thread (see leash.py). A command that cannot be run ends with 1 and says so in the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # Ctrl-C at a terminal goes to the parent alone, which ends its children in order
        )


def stop(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Asks a child to end, kills it after `seconds`. Whether it ended by itself."""
    if process.poll() is not None:
        return True
    process.terminate()
    try:
        process.wait(max(seconds, 0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def end(identity: Identity, seconds: float) -> bool:
    """The same for a process that is not our child. Whether it ended by itself."""
    deadline = time.monotonic() + seconds
    with suppress(psutil.NoSuchProcess):
        if identity.alive:
            psutil.Process(identity.pid).terminate()
    while identity.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    if not identity.alive:
        return True
    with suppress(psutil.NoSuchProcess):
        psutil.Process(identity.pid).kill()
    while identity.alive:
        time.sleep(0.05)
    return False
