"""Asking the warehouse, wherever it is: the local stack's endpoint or a ClickHouse server."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from runtime.settings import WarehouseSettings
from schemas.errors import Fatal, Retryable

logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
"""What the driver says of a failed request is in the error raised here; a command's stderr is for one sentence."""

_TLS: Final = frozenset({"https", "clickhouses"})
_UNKNOWN_TABLE, _UNKNOWN_DATABASE = 60, 81
_BUSY: Final = frozenset({159, 164, 202, 203, 209, 210, 241, 242, 425})
"""ClickHouse codes that pass: time-outs, read-only for now, too many queries, network, memory."""


class Reader:
    """Read-only queries. One per thread. Raises Retryable when the warehouse does not answer or is busy, Fatal when
    a relation is missing or a query is refused."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._where = urlsplit(settings.query_url)
        self.place = f"{self._where.hostname}:{self._where.port or 'default port'}"
        self._settings = settings
        self._client: Any = None

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query; its parameters stand as `{name:Type}` and are bound by the server."""
        rows: list[tuple[Any, ...]] = self._ask(query, parameters).result_rows
        return rows

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The same as one dict per row."""
        return list(self._ask(query, parameters).named_results())

    def arrow(self, query: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """The same as a pyarrow table, for many rows."""
        return self._ask(query, parameters, "query_arrow")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _ask(self, query: str, parameters: Mapping[str, Any] | None, how: str = "query") -> Any:
        try:
            if self._client is None:
                self._client = self._connect()
            return getattr(self._client, how)(query, parameters=dict(parameters or {}))
        except (ClickHouseError, OSError) as error:
            raise self._translated(error) from error

    def _connect(self) -> Any:
        return clickhouse_connect.get_client(
            dsn=self._settings.query_url,
            interface="https" if self._where.scheme in _TLS else "http",
            database=self._settings.database,
            autogenerate_session_id=False,
            tz_mode="aware",
            connect_timeout=5,
            send_receive_timeout=60,
        )

    def _translated(self, error: Exception) -> Exception:
        code = getattr(error, "code", None)
        if code in (_UNKNOWN_TABLE, _UNKNOWN_DATABASE):
            return Fatal(f"the warehouse at {self.place} lacks a relation this needs: run `helsepuls migrate`")
        unanswered = isinstance(error, OSError) or (isinstance(error, OperationalError) and code is None)
        if unanswered or code in _BUSY:
            return Retryable(f"the warehouse at {self.place} does not answer: see `helsepuls status`")
        if isinstance(error, DatabaseError):
            return Fatal(f"the warehouse at {self.place} refused the query (ClickHouse code {code})")
        return Fatal(f"the warehouse at {self.place} cannot be asked: {type(error).__name__}")
