"""A file that takes its name when it is complete, so that whoever reads it sees the old content or the new."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_OF_THE_SYSTEM: Final = (Path("/dev"), Path("/proc"))
"""Names here stand for what is open or built in, even where that is a file: to put another at them destroys them."""
_MOST_LINKS: Final = 40
"""As many as Linux follows."""


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """What is written takes the name at the end, or never. Links are followed and stay, a file that is replaced
    leaves its mode; a device, a pipe and what is open already are written as they are.

    Raises OSError, which names `path`, when that cannot be.
    """
    try:
        target = _behind_links(path)
        with _open(target) as file:
            yield file
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _behind_links(path: Path) -> Path:
    """The name behind all links; one of the system's is not followed any further."""
    for _ in range(_MOST_LINKS):
        path = path.parent.resolve() / path.name
        if _is_of_the_system(path) or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _is_of_the_system(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _OF_THE_SYSTEM)


@contextmanager
def _open(target: Path) -> Iterator[BinaryIO]:
    there = target.exists()
    if _is_of_the_system(target) or (there and not target.is_file()):
        with target.open("wb") as as_it_is:
            yield as_it_is
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            if there:
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
