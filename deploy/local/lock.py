"""One supervisor per home: a file lock that the kernel takes back however the supervisor ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.processes import Identity
from schemas.errors import Rejected

_TRY_SECONDS = 2.0  # whoever asks `holder` has the lock for some microseconds


def _file(home: Path) -> Path:
    return home / "run" / "supervisor.lock"


@contextmanager
def sole(home: Path, me: Identity) -> Iterator[Callable[[], bool]]:
    """Holds the home; the value says whether it still does (the home may be deleted under it).

    Raises Rejected at once when another supervisor holds it: one that waited would start a stack just when the other
    was told to end.
    """
    path = _file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        deadline = time.monotonic() + _TRY_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if _named(home) or time.monotonic() > deadline:
                    raise Rejected(f"another supervisor already runs the stack in {home}") from None
                time.sleep(0.02)
        file.truncate(0)
        file.write(f"{me.pid} {me.created}")
        file.flush()
        mine = os.fstat(file.fileno())

        def still() -> bool:
            try:
                return os.path.samestat(path.stat(), mine)
            except FileNotFoundError:
                return False

        try:
            yield still
        finally:
            file.truncate(0)


def held(home: Path) -> bool:
    """Whether a supervisor runs on this home."""
    try:
        with _file(home).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def holder(home: Path) -> Identity | None:
    """The supervisor that runs on this home."""
    deadline = time.monotonic() + _TRY_SECONDS
    while held(home):
        if found := _named(home):
            return found
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)
    return None


def _named(home: Path) -> Identity | None:
    """The living process that the file names. One that was killed is still named until the next takes the lock."""
    pid, _, created = _file(home).read_text("utf-8").partition(" ")
    named = Identity(int(pid), float(created)) if pid and created else None
    return named if named and named.alive else None
