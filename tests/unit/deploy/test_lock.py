from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading

import pytest

from deploy.local import lock
from deploy.local.processes import Identity
from schemas.errors import Rejected

HOLD = """
import os, sys, time
from pathlib import Path
from deploy.local import lock
from deploy.local.processes import Identity
with lock.sole(Path(sys.argv[1]), Identity.of(os.getpid())):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the home."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_nobody_holds_a_new_home(tmp_path):
    assert not lock.held(tmp_path)
    assert lock.holder(tmp_path) is None


def test_a_second_supervisor_is_refused_at_once(tmp_path, other, monkeypatch):
    """It must not wait: it would start a stack just when the first was told to end."""
    monkeypatch.setattr(lock, "_TRY_SECONDS", 600)
    assert lock.holder(tmp_path) == Identity.of(other.pid)
    with (
        pytest.raises(Rejected, match="another supervisor already runs"),
        lock.sole(tmp_path, Identity.of(os.getpid())),
    ):
        pass


def test_a_killed_supervisor_holds_nothing(tmp_path, other):
    other.kill()
    other.wait()
    assert lock.holder(tmp_path) is None
    with lock.sole(tmp_path, Identity.of(os.getpid())):
        assert lock.holder(tmp_path) == Identity.of(os.getpid())
    assert lock.holder(tmp_path) is None


def test_one_who_only_asks_does_not_stop_a_supervisor(tmp_path):
    with lock.sole(tmp_path, Identity.of(os.getpid())):
        pass
    with (tmp_path / "run" / "supervisor.lock").open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.2, asking.close).start()
        with lock.sole(tmp_path, Identity.of(os.getpid())):
            pass


def test_a_home_that_is_deleted_is_held_no_more(tmp_path):
    with lock.sole(tmp_path, Identity.of(os.getpid())) as still_held:
        assert still_held()
        shutil.rmtree(tmp_path / "run")
        assert not still_held()
        lock._file(tmp_path).parent.mkdir()
        lock._file(tmp_path).touch()
        assert not still_held()
