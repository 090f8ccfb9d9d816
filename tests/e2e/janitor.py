"""Ends the stacks of a test run that was itself killed: reads homes, a line each, and acts when its input ends.

A stack's supervisor is detached on purpose and would outlive the tests. After a normal run there is nothing to end.
"""

import signal
import sys
from pathlib import Path

from deploy.local import lock
from deploy.local.processes import end

signal.signal(signal.SIGINT, signal.SIG_IGN)
for home in sys.stdin.read().split("\n"):
    supervisor = lock.holder(Path(home)) if home else None
    if supervisor:
        end(supervisor, 10)
