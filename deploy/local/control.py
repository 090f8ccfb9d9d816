"""Starting and ending a whole stack from outside: what `helsepuls up` and `down` do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.local import lock, logfiles
from deploy.local.processes import end, stop
from deploy.settings import StackSettings
from runtime.home import read_stack
from runtime.settings import load
from schemas.errors import Fatal

_POLL = 0.1
_OVERTIME = 10.0
"""What the supervisor may take beyond the time it gives its children, before it is killed and they with it."""

Say = Callable[[str], None]


def up(home: Path, *, workers: int | None, with_registry: bool, say: Say) -> dict[str, Any]:
    """Starts the stack unless it runs, waits until it is ready, and returns what `stack.json` says of it.

    Raises Fatal with one sentence when a part cannot start (the others go on running, `down` ends them), when nothing
    could be started at all, or when it is not ready in time. Interrupted, it ends the stack that it was starting.
    """
    home.mkdir(parents=True, exist_ok=True)
    settings = load(StackSettings, home, workers=workers)
    _wait_for_ending(home, settings)
    process = None
    begin = logfiles.size(logfiles.of(home, "supervisor"))
    if lock.held(home):
        _refuse_other_shape(home, workers=workers, with_registry=with_registry)
    else:
        process = _start_supervisor(home, settings.workers, with_registry=with_registry)
    try:
        return _wait_until_ready(home, process, begin, settings.start_seconds, say)
    except KeyboardInterrupt:
        if process is not None:  # what was begun here is not left half begun
            say("ending what was started")
            stop(process, settings.stop_seconds + _OVERTIME)
        raise


def down(home: Path) -> bool:
    """Ends the stack and waits until nothing of it runs. Whether there was one."""
    supervisor = lock.holder(home)
    if supervisor is None:
        return False
    end(supervisor, load(StackSettings, home).stop_seconds + _OVERTIME)
    return True


def _start_supervisor(home: Path, workers: int, *, with_registry: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "deploy.local.supervisor", "--home", str(home), "--workers", str(workers)]
    log = logfiles.of(home, "supervisor")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [*command, *(["--with-registry"] if with_registry else [])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            start_new_session=True,
        )


def _wait_for_ending(home: Path, settings: StackSettings) -> None:
    """A stack that is just being ended has to be gone before the next one starts."""
    deadline = time.monotonic() + settings.stop_seconds + _OVERTIME
    while lock.held(home) and read_stack(home).get("state") == "down" and time.monotonic() < deadline:
        time.sleep(_POLL)


def _refuse_other_shape(home: Path, *, workers: int | None, with_registry: bool) -> None:
    running = read_stack(home)
    if "kafka" not in running:  # it is only being prepared
        return
    if workers is not None and len(running["workers"]) != workers:
        raise Fatal(
            f"the stack in {home} already runs with {len(running['workers'])} worker(s): "
            "`helsepuls down` first, then `up` with another number (nothing is lost)"
        )
    if with_registry and not running["registry"]:
        raise Fatal(
            f"the stack in {home} already runs without a registry: `helsepuls down` first, then `up --with-registry`"
        )


def _wait_until_ready(
    home: Path, process: subprocess.Popen[bytes] | None, log_begin: int, seconds: float, say: Say
) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        stack = read_stack(home)
        supervisor = lock.holder(home)
        ours = supervisor is not None and stack.get("pid") == supervisor.pid
        if ours and stack["state"] == "ready":
            return stack
        if ours and stack["state"] == "degraded" and stack["problems"]:
            raise Fatal(f"{stack['problems'][0]}; the rest goes on running, `helsepuls down` ends it")
        if process is not None and process.poll() is not None and supervisor is None:
            log = logfiles.of(home, "supervisor")
            raise Fatal(f"the stack could not be started: {logfiles.last_words(log, log_begin)} (log: {log})")
        waiting = ", ".join(_not_ready(stack)) if ours else "the supervisor"
        say(stack.get("doing", f"starting {waiting}"))
        if "doing" in stack:  # a download takes what it takes
            deadline = time.monotonic() + seconds
        if time.monotonic() > deadline:
            raise Fatal(
                f"not ready after {seconds:.0f} s: {waiting} still starting; "
                f"it goes on, `helsepuls status` tells how far it is (logs: {logfiles.folder(home)})"
            )
        time.sleep(_POLL)


def _not_ready(stack: dict[str, Any]) -> list[str]:
    if "kafka" not in stack:
        return []
    parts = [stack["kafka"], stack["registry"], stack["warehouse"], *stack["workers"]]
    return [part["name"] for part in parts if part and part["state"] not in ("ready", "outside")]
