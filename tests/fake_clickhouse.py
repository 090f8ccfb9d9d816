"""A ClickHouse client for fast tests. `contract/test_sink_client.py` holds it to what the engine does."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from schemas.catalog import latest
from sinks.columns import columns
from sinks.tables import ERRORS_TABLE, TABLES
from sinks.writer import IF_KNOWN, REQUIRED


@dataclass
class Failure:
    """One insert that goes wrong: with this code (None: the connection breaks), before or after it was stored."""

    code: int | None
    stored: bool = False


@dataclass
class FakeClient:
    """Keeps inserts per table, honours deduplication tokens, fails when told to."""

    database: str = "helsepuls"
    settings: set[str] = field(default_factory=lambda: {*REQUIRED, *IF_KNOWN, "insert_deduplication_token"})
    failures: deque[Failure | None] = field(default_factory=deque)
    """What becomes of the next inserts; None: that one goes well."""
    inserts: list[tuple[str, str]] = field(default_factory=list)
    """Table and token of every insert that was tried."""
    commands: list[str] = field(default_factory=list)
    _tables: dict[str, dict[str, str]] = field(default_factory=dict)
    _content: dict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    _tokens: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def with_tables(cls) -> FakeClient:
        """The product's tables, as the migrations make them."""
        client = cls()
        for topic, table in TABLES.items():
            client.create(table, {**columns(latest(topic)), **_COORDINATES})
        client.create(ERRORS_TABLE, {**_COORDINATES, **dict.fromkeys(("code", "field", "reason"), "String")})
        return client

    def create(self, table: str, columns: dict[str, str]) -> None:
        self._tables[table] = columns

    def rows(self, table: str) -> int:
        return sum(content.num_rows for content in self._content[table])

    def column(self, table: str, name: str) -> list[Any]:
        return [value for content in self._content[table] for value in content.column(name).to_pylist()]

    # --- as clickhouse-connect ---------------------------------------------------------------------------------

    def command(self, cmd: str, settings: dict[str, Any] | None = None) -> None:
        self.commands.append(cmd)

    def query(self, query: str, parameters: dict[str, Any] | None = None) -> Any:
        if "system.settings" in query:
            return SimpleNamespace(result_rows=[(name,) for name in sorted(self.settings)])
        assert "system.columns" in query, query
        rows = [(table, name, type_) for table, columns in self._tables.items() for name, type_ in columns.items()]
        return SimpleNamespace(result_rows=rows)

    def insert_arrow(self, table: str, arrow_table: pa.Table, *, settings: dict[str, Any] | None = None) -> None:
        settings = settings or {}
        token = settings.get("insert_deduplication_token", "")
        self.inserts.append((table, token))
        failure = self.failures.popleft() if self.failures else None
        if failure and not failure.stored:
            raise _error(failure.code)
        if unknown := set(settings) - self.settings:
            raise _error(115, f"Unknown setting '{min(unknown)}'", "UNKNOWN_SETTING")
        if table not in self._tables:
            raise _error(60, f"Table {table} does not exist", "UNKNOWN_TABLE")
        if absent := set(arrow_table.column_names) - set(self._tables[table]):
            raise _error(16, f"No such column {min(absent)}", "NO_SUCH_COLUMN_IN_TABLE")
        if not token or (table, token) not in self._tokens:
            self._tokens.add((table, token))
            self._content[table].append(arrow_table)
        if failure:
            raise _error(failure.code)

    def close(self) -> None:
        return


_COORDINATES = {"outcome_topic": "LowCardinality(String)", "outcome_partition": "Int32", "outcome_offset": "Int64"}


def _error(code: int | None, text: str = "told to fail", name: str = "TOLD") -> Exception:
    if code is None:
        return OperationalError("Error executing HTTP request")
    return DatabaseError(f"Code: {code}. DB::Exception: {text}. ({name})", code=code, name=name)
