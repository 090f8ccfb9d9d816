from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from chaos.waiting import until

from deploy.local.processes import Identity, end, spawn, stop

FOREVER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


@pytest.fixture
def started(tmp_path):
    running = []

    def start(command):
        process = spawn(command, tmp_path / "log")
        running.append(process)
        until(lambda: "up" in (tmp_path / "log").read_text(), 10)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_the_command_runs_under_the_pid_that_was_started(started):
    process = started(FOREVER)
    identity = Identity.of(process.pid)
    assert identity.alive
    assert not Identity(process.pid, identity.created - 100).alive  # another process that had the same pid
    assert stop(process, 5)
    assert not identity.alive
    assert Identity.of(process.pid) is None


def test_what_does_not_end_is_killed(started):
    assert not stop(started(DEAF), 0.2)


def test_ends_a_process_that_is_not_a_child(started):
    process = started(DEAF)
    identity = Identity.of(process.pid)
    assert not end(identity, 0.2)
    assert process.wait(5) == -signal.SIGKILL
    assert end(identity, 0.2)  # none is there any more


def test_a_command_that_does_not_exist_says_so_in_the_log(tmp_path):
    process = spawn(["/no/such/program"], tmp_path / "log")
    assert process.wait(10) == 1
    assert "cannot run /no/such/program: No such file" in (tmp_path / "log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal exists on Linux only")
def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from deploy.local.processes import spawn\n"
        f"p = spawn({DEAF!r}, Path({str(tmp_path / 'log')!r})); print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        child = Identity.of(int(parent.stdout.readline()))
        until(lambda: "up" in (tmp_path / "log").read_text(), 10)
        assert child.alive
        parent.kill()
        parent.wait()
        until(lambda: not child.alive, 10)
    finally:
        parent.kill()
        parent.stdout.close()
