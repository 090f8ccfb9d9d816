"""Where the command begins, before anything that takes time to import: Ctrl-C ends it without a word from the start.

From the first import on until the last thread has ended, an interruption is exit code 130; in between, while a command
works, it is the KeyboardInterrupt that the command ends itself cleanly by (`helsepuls.cli.main`).
"""

from __future__ import annotations

import os
import signal
from typing import Any

_INTERRUPTED = 130
"""As `helsepuls.cli.common` has it, which is not imported yet."""


def main() -> None:
    """The `helsepuls` command."""
    signal.signal(signal.SIGINT, _end)
    from helsepuls.cli.common import interrupt  # noqa: PLC0415  only now, see above
    from helsepuls.cli.main import main as command  # noqa: PLC0415

    signal.signal(signal.SIGINT, interrupt)
    try:
        command(prog_name="helsepuls")
    finally:
        signal.signal(signal.SIGINT, _end)


def _end(*_: Any) -> None:
    os._exit(_INTERRUPTED)
