"""The supervisor ends when it is told to, whatever it is doing just then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
