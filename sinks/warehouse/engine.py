"""The engine in this process, as readers may use it.

Every query runs on a handle of its own kind: limits set first, then `readonly=1`, which the engine does not let a
query undo. Handles are separate from the sink's; a handle that took settings from a query, or on which a query failed,
is never used again, so nothing of one query reaches the next. Results leave through a pipe (`INTO OUTFILE` on its
descriptor), which every output format can do, in bounded memory and with back-pressure.
"""

from __future__ import annotations

import queue
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import chdb

from schemas.errors import Fatal
from sinks.warehouse.allowed import Facts, is_setting, row_filters
from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import Code, QueryError, from_engine
from sinks.warehouse.tree import CATALOG

_PARAMETER_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_HIGHER_ORDER: Final = "SELECT lower(name) FROM system.functions WHERE NOT is_aggregate AND ifNull(higher_order, 1)"
_NO_TREE: Final = "does not support JSON serialization"
_NO_INLINE_DATA: Final = "INSERT with inline data"


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one finished query, as the engine counted."""

    read_rows: int
    read_bytes: int
    result_rows: int
    result_bytes: int
    elapsed_seconds: float


class _Handle:
    """One connection to the engine, for one thread at a time."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.marker = uuid.uuid4().hex
        """Set as `log_comment`, by which a query that runs on this handle is found and killed."""


class Engine:
    """Shares the engine with every other user of the same path in this process. For use by several threads."""

    def __init__(self, dsn: str, database: str, limits: Limits) -> None:
        """Raises Fatal when `dsn` is no chdb:///path, or the process already holds another path."""
        self._path = _path(dsn)
        self._database = database
        self._limits = limits
        self._idle: queue.LifoQueue[_Handle] = queue.LifoQueue()
        self._own_lock = threading.Lock()
        try:
            self._own = chdb.connect(self._path)  # keeps the engine open, kills queries; never used for readers
        except RuntimeError as error:
            raise Fatal(f"the warehouse at {self._path} cannot be opened: {from_engine(error).sentence}") from None
        self.facts = self._ask_facts()
        self._make_catalog()

    def close(self) -> None:
        """Gives the handles back. Call it when no query runs any more."""
        while not self._idle.empty():
            self._idle.get_nowait().connection.close()
        with self._own_lock:
            self._own.close()

    # --- running -----------------------------------------------------------------------------------------------

    def run(
        self,
        text: str,
        output_format: str,
        *,
        parameters: Mapping[str, str],
        settings: Mapping[str, str],
        descriptor: int,
        marker: list[str],
    ) -> Statistics:
        """Runs an approved statement and writes the result to an open descriptor, which stays open.

        `marker` gets the word for `kill`. Raises QueryError; what was written before stays written.
        """
        statement = f"{text} INTO OUTFILE '/dev/fd/{descriptor}' APPEND FORMAT {output_format}"
        named = {name: value for name, value in parameters.items() if _PARAMETER_NAME.fullmatch(name)}
        with self._handle(settings) as handle:
            marker.append(handle.marker)
            result = _query(handle.connection, statement, output_format, named)
        return Statistics(
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            result_rows=result.rows_read(),
            result_bytes=result.bytes_read(),
            elapsed_seconds=result.elapsed(),
        )

    def kill(self, marker: str) -> None:
        """Ends the query that runs on the handle with this marker, if one does."""
        with self._own_lock:
            _query(self._own, f"KILL QUERY WHERE Settings['log_comment'] = '{marker}' ASYNC", "Null")

    @contextmanager
    def _handle(self, settings: Mapping[str, str]) -> Iterator[_Handle]:
        """Lends a handle. It comes back only when the query on it succeeded and brought no settings."""
        handle = self._open(settings) if settings else self._borrow()
        clean = False
        try:
            yield handle
            clean = not settings
        finally:
            if clean:
                self._idle.put(handle)
            else:
                handle.connection.close()

    def _borrow(self) -> _Handle:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._open({})

    def _open(self, settings: Mapping[str, str]) -> _Handle:
        try:
            handle = _Handle(chdb.connect(f"{self._path}?database={self._database}"))
        except RuntimeError as error:
            raise from_engine(error) from None
        filters = ", ".join(f"{_quote(name)}: {_quote(rows)}" for name, rows in row_filters(self._database).items())
        values = {**self._limits.engine_settings(), **settings, "log_comment": handle.marker}
        changes = [f"{name} = {_quote(value)}" for name, value in values.items()]
        try:
            _query(
                handle.connection,
                f"SET {', '.join([*changes, f'additional_table_filters = {{{filters}}}', 'readonly = 1'])}",
                "Null",
            )
        except QueryError:
            handle.connection.close()
            raise
        return handle

    # --- parsing: sinks.warehouse.guard.Parser -------------------------------------------------------------------

    def to_tree(self, sql: str) -> str | None:
        """The syntax tree as JSON; None for a statement that has none. Raises QueryError 62 and others."""
        try:
            return self._apply("parseQueryToJSON", sql)
        except QueryError as error:
            if error.code == Code.BAD_ARGUMENTS and (_NO_TREE in error.sentence or _NO_INLINE_DATA in error.sentence):
                return None
            raise

    def from_tree(self, tree: str) -> str:
        """The statement of a tree."""
        return self._apply("formatQueryFromJSON", tree)

    def canonical(self, sql: str) -> str:
        """The statement in the engine's own writing, on one line."""
        return self._apply("formatQuerySingleLine", sql)

    def _apply(self, function: str, text: str) -> str:
        return self._ask(f"SELECT {function}({_quote(text)})")

    def is_relation(self, name: str) -> bool:
        """Whether the product's database has this table or view."""
        where = f"database = {_quote(self._database)} AND name = {_quote(name)}"
        return self._ask(f"SELECT toString(count()) FROM system.tables WHERE {where}") != "0"  # noqa: S608 quoted

    def _ask(self, sql: str) -> str:
        """One value. Bytes that are no UTF-8 (`'\\xff'` in a statement) travel as surrogates."""
        with self._handle({}) as handle:
            result = _query(handle.connection, sql, "RawBLOB")
            return bytes(result.bytes()).decode("utf-8", "surrogateescape")

    def _ask_facts(self) -> Facts:
        def column(sql: str) -> list[str]:
            return bytes(_query(self._own, sql, "TSVRaw").bytes()).decode().splitlines()

        version, timezone = column("SELECT arrayJoin([version(), timezone()])")
        functions = column("SELECT lower(name) FROM system.functions")
        table_functions = column("SELECT lower(name) FROM system.table_functions")
        return Facts(
            version=version,
            timezone=timezone,
            functions=frozenset(functions + table_functions),
            higher_order_functions=frozenset(column(_HIGHER_ORDER)),
            settings=frozenset(column("SELECT name FROM system.settings")),
        )

    def _make_catalog(self) -> None:
        changeable = ", ".join(_quote(name) for name in sorted(self.facts.settings) if is_setting(name))
        _query(self._own, f"CREATE DATABASE IF NOT EXISTS {CATALOG} ENGINE = Memory", "Null")
        seen = f"SELECT * REPLACE (toUInt8(name NOT IN ({changeable})) AS readonly) FROM system.settings"  # noqa: S608
        _query(self._own, f"CREATE VIEW IF NOT EXISTS {CATALOG}.settings AS {seen}", "Null")


def _query(connection: Any, sql: str, output_format: str, parameters: Mapping[str, str] | None = None) -> Any:
    try:
        return connection.query(sql.encode("utf-8", "surrogateescape"), output_format, params=dict(parameters or {}))
    except (RuntimeError, ValueError) as error:  # ValueError: a message of the engine that is no UTF-8
        raise from_engine(error) from None


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"


def _path(dsn: str) -> str:
    """As clickhouse-connect writes it, because the engine compares paths as text."""
    parts = urlsplit(dsn)
    if parts.scheme != "chdb" or parts.netloc or not parts.path.strip("/"):
        raise Fatal(f"the SQL endpoint serves an embedded warehouse (chdb:///path), not {parts.scheme}://")
    return str(Path(parts.path).resolve())
