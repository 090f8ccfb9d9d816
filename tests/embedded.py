"""The real ClickHouse engine in this process: import the fixtures `engine_path`, `database`, `ready` and `migrated`.

A process holds one path, so every test of a session shares it: with a database of its own, or with the one that has all
relations, which takes seconds to make and is emptied instead.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.settings import WarehouseSettings
from sinks.connect import Client, connect
from sinks.migrate import migrate


@pytest.fixture(scope="session")
def engine_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture
def database(engine_path: Path) -> Iterator[Client]:
    """A client of an empty database."""
    with opened(engine_path) as client:
        yield client


@pytest.fixture(scope="session")
def ready(engine_path: Path) -> Iterator[Client]:
    """A client of the database that `migrated` gives to one module after the other."""
    with opened(engine_path) as client:
        migrate(client)
        yield client


@pytest.fixture(scope="module")
def migrated(ready: Client) -> Iterator[Client]:
    """A client of a database with all relations and no rows, shared by a module's tests."""
    yield ready
    empty(ready)


def empty(client: Client) -> None:
    """Takes the rows out of every table of events, closes and reference data."""
    for table in client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(log|state|kept)_') "
        "AND engine LIKE '%MergeTree'"
    ).result_columns[0]:
        client.command(f"TRUNCATE TABLE {table}")


@contextmanager
def opened(path: Path) -> Iterator[Client]:
    """A client of a new database, which is gone afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    client = connect(WarehouseSettings(dsn=f"chdb://{path}", database=name), insert_seconds=60)
    yield client
    client.command(f"DROP DATABASE {name}")
    client.close()
