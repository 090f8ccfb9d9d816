"""The reference tables as a worker sees them: always the current release, without a restart."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

from reference.releases import current, load, pointer
from reference.tables import Reference
from schemas.errors import Fatal

_LOG: Final = logging.getLogger(__name__)

_State = tuple[int, int, int] | None
"""Modification time, inode and size of the pointer; None when there is none."""


class Watch:
    """Notices that another release of a home has become current (one `stat`)."""

    def __init__(self, home: Path) -> None:
        self._pointer = os.fspath(pointer(home))
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Since the last call, or since the watch was made."""
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _look(self) -> _State:
        try:
            stat = os.stat(self._pointer)  # noqa: PTH116 - once per batch, and a Path costs more than the call
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size


class ReferenceStore:
    """Gives the current release of a home; a new one is noticed at the next call (one `stat` when nothing changed)."""

    def __init__(self, home: Path) -> None:
        """Loads the current release. Raises Fatal when it cannot be read."""
        self._home = home
        self._watch = Watch(home)
        self._reference = load(home, current(home))

    def current(self) -> Reference:
        """The tables to use for a batch.

        A new release that cannot be read is logged once and the one before it stays in use: what was good for the
        last batch is good for the next.
        """
        if self._watch.has_changed():
            try:
                self._reference = load(self._home, current(self._home))
            except Fatal as error:
                _LOG.error(
                    "reference release not loaded", extra={"reason": str(error), "kept": self._reference.release}
                )
            else:
                _LOG.info("reference release loaded", extra={"release": self._reference.release})
        return self._reference
