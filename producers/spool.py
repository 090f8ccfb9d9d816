"""The spool: messages on disk between the sender's call and the broker's acknowledgement.

One SQLite file per publisher, in WAL mode with `synchronous=FULL`: when `append` returns, its messages survive a kill
of the process and a loss of power. They leave only through `remove`, after the broker has acknowledged them. Reading
gives them in the order of appending, also after a crash.

What is bounded: the file, by SQLite's own page limit (the write-ahead log beside it adds a few MB). What is checked:
the file's structure when it is opened, and a checksum of every message when it is read. Not detectable is a
write-ahead log that somebody shortened behind a dead process: SQLite takes its torn end for an unfinished commit.

A spool belongs to one process at a time; the lock is the operating system's, so it ends with the process.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import tempfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from producers.encode import Message
from schemas.errors import Fatal, Rejected

log = logging.getLogger(__name__)

_APPLICATION_ID = 0x48505350
_VERSION = 1
_PAGE_BYTES = 4096
_COLUMNS = (
    "seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, topic TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL"
)
_CREATE = f"""
CREATE TABLE pending({_COLUMNS}, crc INTEGER NOT NULL);
CREATE TABLE refused({_COLUMNS}, crc INTEGER NOT NULL, reason TEXT NOT NULL);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""
_ROW = "seq, event_id, topic, key, value, crc"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Spooled(NamedTuple):
    """A message and its place in the order of appending."""

    seq: int
    message: Message


class Spool:
    """Raises Fatal when the file is damaged (it is kept aside, its new name is in the text) or used by another
    process. Usable from several threads."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._warn_of_aside()
        if not path.exists():
            _create(path)
        self._connection = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            with self._guarded():
                with _one_opener(path.parent):
                    self._open()
                self._last = self._number("SELECT max(seq) FROM pending") or 0
                self._count = self._number("SELECT count(*) FROM pending") or 0
        except BaseException:
            self._connection.close()
            raise

    @property
    def last(self) -> int:
        """Place of the newest message ever appended since opening (or found when opening); 0 for none."""
        return self._last

    def __len__(self) -> int:
        """Messages that wait for their acknowledgement."""
        return self._count

    def first(self) -> int | None:
        """Place of the oldest message that waits, or None."""
        with self._lock, self._guarded():
            return self._number("SELECT min(seq) FROM pending")

    def append(self, messages: Sequence[Message]) -> int:
        """Takes all of them or none; returns the place of the last. They are on disk when this returns.

        Raises Rejected when the spool has no room now, Fatal when `messages` alone are larger than the whole spool.
        """
        if not messages:
            return self._last
        with self._lock, self._guarded(messages):
            first = self._last + 1
            rows = [
                (seq, m.event_id, m.topic, m.key, m.value, _checksum(seq, m)) for seq, m in enumerate(messages, first)
            ]
            with self._transaction():
                self._connection.executemany(f"INSERT INTO pending({_ROW}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
            self._last += len(rows)
            self._count += len(rows)
            return self._last

    def read(self, after: int, limit: int, max_bytes: int) -> list[Spooled]:
        """The next waiting messages behind place `after`, oldest first: up to `limit`, or until they hold `max_bytes`.

        Raises Fatal when one is not what was appended.
        """
        found: list[Spooled] = []
        size = 0
        with self._lock, self._guarded():
            rows = self._connection.execute(
                f"SELECT {_ROW} FROM pending WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
                (after, limit),
            )
            for seq, event_id, topic, key, value, crc in rows:
                message = Message(topic, key, value, event_id)
                if _checksum(seq, message) != crc:
                    raise self._aside("the checksum of a message does not match")
                found.append(Spooled(seq, message))
                size += len(value)
                if size >= max_bytes:
                    break
        return found

    def remove(self, places: Sequence[int]) -> None:
        """Forgets messages that the broker has acknowledged."""
        if not places:
            return
        with self._lock, self._guarded():
            with self._transaction():
                gone = self._connection.executemany("DELETE FROM pending WHERE seq = ?", [(p,) for p in places])
            self._count -= gone.rowcount

    def refuse(self, place: int, reason: str) -> None:
        """Puts a message that the broker will not take out of the way. It stays in the file and waits again from the
        next opening on, because what the broker takes is a setting that may have changed by then."""
        with self._lock, self._guarded():
            with self._transaction():
                columns = f"{_ROW}, reason"
                self._connection.execute(
                    f"INSERT INTO refused({columns}) SELECT {_ROW}, ? FROM pending WHERE seq = ?",  # noqa: S608
                    (reason, place),
                )
                gone = self._connection.execute("DELETE FROM pending WHERE seq = ?", (place,))
            self._count -= gone.rowcount

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _open(self) -> None:
        execute = self._connection.execute
        if self.path.stat().st_size == 0:  # SQLite would take it for a new one
            raise self._aside("it is empty")
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        self.path.chmod(0o600)
        if self._number("PRAGMA application_id") != _APPLICATION_ID:
            raise self._aside("it is not a spool")
        if (version := self._number("PRAGMA user_version")) != _VERSION:
            raise Fatal(f"the spool {self.path} has format {version}, this release reads format {_VERSION}")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute(f"PRAGMA journal_size_limit = {_PAGE_BYTES * 1000}")
        execute(f"PRAGMA max_page_count = {max(1, self.max_bytes // _PAGE_BYTES)}")
        verdict = execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise self._aside("its structure is broken")
        with self._transaction():
            execute(f"INSERT INTO pending({_ROW}) SELECT {_ROW} FROM refused")  # noqa: S608
            execute("DELETE FROM refused")

    def _number(self, query: str) -> int | None:
        value: int | None = self._connection.execute(query).fetchone()[0]
        return value

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _guarded(self, messages: Sequence[Message] = ()) -> Iterator[None]:
        """Turns SQLite's errors into the project's."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended codes' low byte is the primary code
            if code in _DAMAGED:
                raise self._aside(str(error)) from error
            if code == sqlite3.SQLITE_BUSY:
                raise Fatal(
                    f"the spool {self.path} is used by another process; give each publisher its own spool name"
                ) from None
            if code == sqlite3.SQLITE_FULL:
                raise self._full(messages) from None
            raise Fatal(f"the spool {self.path} cannot be used: {error}") from error

    def _full(self, messages: Sequence[Message]) -> Rejected | Fatal:
        size = sum(len(m.key) + len(m.value) for m in messages)
        if size > self.max_bytes:
            return Fatal(f"these {len(messages)} events are larger than the whole spool: publish fewer at a time")
        return Rejected(
            f"the spool is full: {self._count} events wait for the broker in {self.path} (limit {self.max_bytes} "
            "bytes, or the disk is full). Nothing was taken: offer the same again when the broker is back, "
            "or raise spool_max_bytes under [producers]"
        )

    def _aside(self, why: str) -> Fatal:
        """Closes the file and moves it away, so that nothing overwrites what may still be read from it."""
        self._connection.close()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
        self.path.rename(aside)
        for suffix in ("-wal", "-shm"):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        return Fatal(
            f"the spool {self.path} is damaged ({why}). It is kept as {aside}: the events in it that were not "
            "acknowledged must be published again from their source. The next start begins with an empty spool"
        )

    def _warn_of_aside(self) -> None:
        for aside in sorted(self.path.parent.glob(f"{self.path.name}.damaged-*Z")):
            log.warning("a damaged spool is still kept aside", extra={"file": str(aside)})


@contextmanager
def _one_opener(folder: Path) -> Iterator[None]:
    """One at a time, among processes and threads: SQLite keeps the shared lock of a connection that did not get the
    exclusive one, so that several openers at once would refuse each other and none would get the spool."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _create(path: Path) -> None:
    """Makes an empty spool under another name first: a file of that name is whole or it is damaged, never new.

    Linking instead of renaming: of two processes that start at once neither replaces the other's file.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_CREATE)
        finally:
            connection.close()
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _checksum(seq: int, message: Message) -> int:
    head = f"{seq} {message.event_id} {message.topic} {len(message.key)} ".encode()
    return zlib.crc32(message.value, zlib.crc32(message.key, zlib.crc32(head)))
