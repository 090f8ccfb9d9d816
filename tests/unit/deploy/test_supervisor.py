"""The supervisor ends when it is told to, whatever it is doing just then, and at nothing else."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local import logfiles, supervisor
from deploy.local.children import Spec
from deploy.local.plan import Plan
from deploy.settings import StackSettings

PROGRAM = """
import random
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

from deploy.local import supervisor
from deploy.settings import StackSettings

supervisor._TICK = 1e-6  # so that nearly every moment is one at which it begins or ends to wait
plan = SimpleNamespace(specs=(), registry=None, bootstrap="127.0.0.1:1", metrics_port=1)
one = supervisor.Supervisor(Path(sys.argv[1]), plan, StackSettings())
one._write = lambda state=None: None
for number in range(2_000):
    told = threading.Event()
    signal.signal(signal.SIGALRM, lambda *_: told.set())
    signal.setitimer(signal.ITIMER_REAL, random.Random(number).uniform(5e-5, 5e-4))
    one.run(told.is_set, lambda: True)
print("ended")
"""


def test_a_signal_at_any_moment_ends_it(tmp_path: Path) -> None:
    """Where its loop waits for the event that the handler sets, one of these soon finds the event's own lock taken."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "ended\n", done.stderr


def no_space(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def sleeper(home: Path) -> supervisor.Supervisor:
    """Of one child that is ready at once."""
    child = Spec("worker", "worker-0", lambda: ["sleep", "60"], lambda pid: {"pid": pid})
    plan = Plan(specs=(child,), bootstrap="127.0.0.1:1", metrics_port=1, broker=None, registry=None)
    return supervisor.Supervisor(home, plan, StackSettings())


def rounds(*steps: Callable[[], None]) -> Iterator[bool]:
    """What `stopping` says: a step before each look at the children, then that it is time to end."""
    for step in steps:
        step()
        yield False
    yield True


def test_a_full_disk_ends_no_stack_and_what_is_is_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sleeper(tmp_path)
    (child,) = one.children
    seen: list[str] = []

    def fill() -> None:
        monkeypatch.setattr(supervisor, "write_json", no_space)
        monkeypatch.setattr(logfiles, "cut", no_space)

    def make_room() -> None:
        seen.append(child.state)
        monkeypatch.undo()

    def look() -> None:
        seen.append(json.loads((tmp_path / "stack.json").read_text("utf-8"))["state"])

    told = rounds(fill, make_room, look)
    one.run(lambda: next(told), lambda: True)

    assert seen == ["ready", "ready"]
    assert child.process is None


def test_a_disk_that_is_full_at_the_end_keeps_no_process_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sleeper(tmp_path)
    told = rounds(lambda: None, lambda: monkeypatch.setattr(supervisor, "write_json", no_space))
    one.run(lambda: next(told), lambda: True)

    assert one.children[0].process is None
