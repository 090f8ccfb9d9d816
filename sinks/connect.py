"""Opening the warehouse by its DSN: the engine in this process (chdb:///path) or a server (clickhouse://, clickhouses://)."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from runtime.settings import EMBEDDED, WarehouseSettings
from schemas.errors import Fatal
from sinks.faults import translated

_SERVERS = {"clickhouse": "http", "clickhouses": "https"}
_CONNECT_SECONDS = 10


class Client(Protocol):
    """What the sink asks of a clickhouse-connect client. Every call may raise clickhouse-connect's Error."""

    database: Any

    def command(
        self, cmd: str, parameters: dict[str, Any] | None = None, *, settings: dict[str, Any] | None = None
    ) -> Any: ...
    def query(self, query: str, parameters: dict[str, Any] | None = None) -> Any: ...
    def insert_arrow(self, table: str, arrow_table: Any, *, settings: dict[str, Any] | None = None) -> Any: ...
    def close(self) -> None: ...


def is_embedded(settings: WarehouseSettings) -> bool:
    return settings.dsn.startswith(f"{EMBEDDED}:")


def missing(settings: WarehouseSettings) -> Path | None:
    """The folder of an embedded warehouse that was never made. None: it is there, or the warehouse is a server."""
    path = Path(urlsplit(settings.dsn).path)
    return path if is_embedded(settings) and not path.exists() else None


def refuse_missing(settings: WarehouseSettings) -> None:
    """Raises Fatal when the embedded warehouse was never made: `connect` would make one."""
    if path := missing(settings):
        raise Fatal(
            f"there is no warehouse at {path}: name the right home with --home, or make a warehouse there with "
            "`helsepuls up` or `helsepuls migrate`"
        )


def connect(settings: WarehouseSettings, insert_seconds: float) -> Client:
    """A client whose database exists and is selected. For one thread at a time.

    Raises Retryable when a server cannot be reached, Fatal when it refuses or the DSN makes no sense, and when the
    path of an embedded warehouse is held by another process.
    """
    client = _embedded(settings) if is_embedded(settings) else _server(settings, insert_seconds)
    with translated("the warehouse's database"):
        client.command(f"CREATE DATABASE IF NOT EXISTS {settings.database}")
    client.database = settings.database
    return client


def _embedded(settings: WarehouseSettings) -> Client:
    parts = urlsplit(settings.dsn)
    _ensure_writable(Path(parts.path))
    _refuse_held(Path(parts.path))
    # The engine takes its time zone from the process; a literal without a zone must mean UTC, as it is documented.
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        client: Client = clickhouse_connect.get_client(dsn=settings.dsn)
    except ClickHouseError as error:
        told = str(error).partition("Stack trace")[0].rstrip(" ,\n")
        raise Fatal(f"the warehouse at {parts.path} cannot be opened: {told}") from None
    return client


def _ensure_writable(path: Path) -> None:
    """The engine says of a path where it may not write what it was doing, in many lines of C++."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise Fatal(
            f"the warehouse at {path} cannot be opened: {error.strerror}; mend its permissions, or name another place"
        ) from None


def _refuse_held(path: Path) -> None:
    """The engine says of a path that another process holds only that it cannot start: ask its lock first."""
    try:
        with (path / "status").open("r+b") as status:
            if status.readline() == b"PID: %d\n" % os.getpid():
                return  # held by this process: every client of it shares the engine
            fcntl.flock(status, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except BlockingIOError:
        raise Fatal(
            f"the warehouse at {path} is held by another process, as a running stack does; "
            "query it through that stack, or end it first (`helsepuls down`)"
        ) from None
    except OSError as error:
        raise Fatal(f"the warehouse at {path} cannot be opened: {error.strerror}") from None


def _server(settings: WarehouseSettings, insert_seconds: float) -> Client:
    parts = urlsplit(settings.dsn)
    named = parts.path.strip("/")
    if named and named != settings.database:
        raise Fatal("setting warehouse.dsn names another database than warehouse.database; set only the latter")
    with translated("the ClickHouse server"):
        client: Client = clickhouse_connect.get_client(
            dsn=parts._replace(path="").geturl(),
            interface=_SERVERS[parts.scheme],
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=int(insert_seconds),
            autogenerate_session_id=False,  # sessions refuse parallel queries, and nothing here needs one
        )
    return client
