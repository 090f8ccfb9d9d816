"""The wall clock of a whole stack, set from outside.

There is no such thing in Linux (time namespaces leave the wall clock alone), and libfaketime (Debian 12's, and the one
on PyPI) either breaks `time.sleep` or does not move a running process. `clock.c` is small enough to be read; it needs a
C compiler.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")


class Clock:
    """`environment` belongs into every process whose clock is to be set."""

    def __init__(self, folder: Path) -> None:
        """Raises RuntimeError when there is no compiler, CalledProcessError when it fails."""
        if COMPILER is None:
            raise RuntimeError("setting the clock needs a C compiler (cc)")
        library = folder / "clock.so"
        self._file = folder / "clock"
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O2", "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
        self.set(0)
        self.environment = {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Off by so many seconds from now on; in place, since the file is mapped."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))
