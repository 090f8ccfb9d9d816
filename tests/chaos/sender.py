"""The publisher of a round, seen from outside: started, killed, started again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.local.processes import spawn
from runtime.home import read_json

from .load import Load
from .waiting import until


class Progress(NamedTuple):
    taken: int
    """Events that the spool has taken, in order."""
    waiting: int
    """Of those, how many the broker has not acknowledged yet."""
    refused: int


class Sender:
    """One round's publisher. It dies with this process; `keep_alive` starts it again when it ended by itself."""

    def __init__(self, home: Path, world: Load, rate: float, program: Sequence[str]) -> None:
        self._program = program
        self.world = world
        self.rate = rate
        self.home = home
        self.spool = home / "spool" / f"round-{world.number}.sqlite"
        self.progress_file = home / "spool" / f"round-{world.number}.json"
        self.log = home / "logs" / "publisher.log"
        self.damaged = 0
        """How often the spool was said to be damaged, and everything was sent again from the source."""
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def progress(self) -> Progress:
        found = read_json(self.progress_file) or {}
        return Progress(found.get("taken", 0), found.get("waiting", 0), found.get("refused", 0))

    def start(self) -> None:
        world = self.world
        arguments = [self.home, self.spool, self.progress_file, world.seed, world.number, world.start, self.rate]
        self._process = spawn([sys.executable, *self._program, *map(str, arguments)], self.log)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def from_the_source(self) -> None:
        """What the publisher asks for when its spool was damaged: everything is sent again."""
        self.damaged += 1
        self.progress_file.unlink(missing_ok=True)

    def keep_alive(self) -> bool:
        """Whether all has been acknowledged. A publisher that died is started again, as whatever watches it would."""
        assert self._process is not None
        code = self._process.poll()
        if code is None:
            return False
        if code == 0:
            return True
        self.deaths += 1
        if code > 0:
            said = self.log.read_text("utf-8").strip().rpartition("\n")[2]
            if "is damaged" not in said:
                raise RuntimeError(f"the publisher ended with code {code}: {said}")
            self.from_the_source()
        self.start()
        return False

    def until_taken(self, events: int, seconds: float) -> None:
        """Returns when so many events were taken, or all of them."""
        until(lambda: self.keep_alive() or self.progress.taken >= events, seconds, "the publisher takes no events")

    def finish(self, seconds: float) -> None:
        """Returns when the broker has acknowledged everything."""
        until(self.keep_alive, seconds, "the publisher does not get its events to the broker")
