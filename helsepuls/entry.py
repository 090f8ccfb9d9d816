"""Where the command begins, before anything that takes time to import: Ctrl-C ends it without a word from the start.

From the first import on until the last thread has ended, an interruption is exit code 130; in between, while a command
works, it is the KeyboardInterrupt that the command ends itself cleanly by (`helsepuls.cli.main` sees to that).
"""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Any

_INTERRUPTED = 130
"""As `helsepuls.cli.common` has it, which is not imported yet."""


def main() -> None:
    """The `helsepuls` command."""
    signal.signal(signal.SIGINT, _end)
    _have_streams()
    from helsepuls.cli.main import main as command  # noqa: PLC0415  only now, see above

    command(prog_name="helsepuls")


def _have_streams() -> None:
    """What is closed is as good as nothing to read and nobody who reads; and where a terminal cannot show a character
    there is a question mark, and no error."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end(*_: Any) -> None:
    os._exit(_INTERRUPTED)
