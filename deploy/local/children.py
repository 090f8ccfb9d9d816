"""One child process of the stack: when it starts, when it is ready, and what happens when it dies."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from deploy.local import logfiles
from deploy.local.processes import Identity, spawn
from schemas.errors import HelsepulsError, Retryable

HOPELESS_AFTER = 3
"""Starts that failed in a row after which a child counts as one that cannot start. It is still tried again."""

STEADY_SECONDS = 60.0
"""A child that was ready this long and then dies is started again with the first, short pause."""


Kind = Literal["kafka", "registry", "warehouse", "worker"]


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"  # it died and waits for its next start
    DOWN = "down"


@dataclass(frozen=True)
class Spec:
    """What a child is. All of it is data or a function, so that tests supervise commands of their own."""

    kind: Kind
    name: str
    command: Callable[[], Sequence[str]]
    """Its command. May raise Fatal when the program cannot be had."""
    ready: Callable[[int], dict[str, Any] | None]
    """Given the pid: its facts (url …) once it is ready, None or Retryable before, Fatal when it never will be."""
    after: tuple[str, ...] = ()
    """Names of children that must be ready before this one is started."""
    port: int | None = None
    """A port that must be free at its start."""


@dataclass(frozen=True)
class Pauses:
    """How long to wait before a start, in seconds."""

    first: float
    longest: float

    def after(self, failures: int) -> float:
        """The pause after so many failures in a row; doubles up to the longest."""
        return float(min(self.longest, self.first * 2.0 ** min(failures - 1, 30)))


class Child:
    """A running or waiting child. `tick` moves it on; it never raises for what the child does."""

    def __init__(self, spec: Spec, log: Path, pauses: Pauses, port_free: Callable[[int], bool]) -> None:
        self.spec = spec
        self.log = log
        self.state = State.DOWN
        self.facts: dict[str, Any] = {}  # of its last readiness: where it was is where it will be
        self.problem: str | None = None
        self.restarts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.identity: Identity | None = None
        self._pauses = pauses
        self._port_free = port_free
        self._failures = 0
        self._next_start = 0.0
        self._next_look = 0.0
        self._ready_since: float | None = None
        self._log_start = 0

    @property
    def hopeless(self) -> bool:
        """It cannot start, as far as one can tell; `problem` says why."""
        return self.problem is not None and self._failures >= HOPELESS_AFTER

    def tick(self, now: float, *, may_start: bool) -> bool:
        """Looks at the process and does what is due at the monotonic time `now`. Whether its state changed."""
        before = (self.state, self.process.pid if self.process else None, self.problem)
        if self.process is not None and (code := self.process.poll()) is not None:
            self._died(code, now)
        if self.process is None and may_start and now >= self._next_start:
            self._start(now)
        if self.process is not None and self.state is State.STARTING and now >= self._next_look:
            self._look_whether_ready(now)
        return before != (self.state, self.process.pid if self.process else None, self.problem)

    def ended(self) -> None:
        """It was stopped on purpose."""
        self.process = self.identity = None
        self.state, self.facts = State.DOWN, {}

    def _start(self, now: float) -> None:
        if self.spec.port is not None and not self._port_free(self.spec.port):
            self._failed(f"cannot start: port {self.spec.port} is taken by another program", now)
            return
        try:
            command = self.spec.command()
            self._log_start = logfiles.size(self.log)
            self.process = spawn(command, self.log)
        except (HelsepulsError, OSError) as error:
            self._failed(f"cannot start: {error}", now)
            return
        self.identity = Identity.of(self.process.pid)
        self.state, self._ready_since = State.STARTING, None

    def _look_whether_ready(self, now: float) -> None:
        assert self.process is not None
        try:
            facts = self.spec.ready(self.process.pid)
        except Retryable:
            return
        except HelsepulsError as error:
            self.problem, self._failures = f"{self.spec.name}: {error} (log: {self.log})", HOPELESS_AFTER
            self._next_look = now + self._pauses.first
            return
        if facts is not None:
            self.facts, self.state, self.problem, self._ready_since = facts, State.READY, None, now

    def _died(self, code: int, now: float) -> None:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        when = "before it was ready" if self._ready_since is None else "while it ran"
        said = "" if code == -signal.SIGKILL else logfiles.last_words(self.log, self._log_start)
        if self._ready_since is not None and now - self._ready_since >= STEADY_SECONDS:
            self._failures = 0
        self.process = self.identity = None
        self._failed(f"{how} {when}{f': {said}' if said else ''}", now)

    def _failed(self, why: str, now: float) -> None:
        self.restarts += 1
        self._failures += 1
        self.problem = f"{self.spec.name} {why} (log: {self.log})"
        self.state = State.RESTARTING
        self._next_start = now + self._pauses.after(self._failures)
