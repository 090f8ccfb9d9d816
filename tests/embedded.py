"""The real ClickHouse engine in this process: import the fixtures `engine_path`, `database` and `migrated`.

A process holds one path, so every test of a session shares it and has a database of its own.
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


@pytest.fixture(scope="module")
def migrated(engine_path: Path) -> Iterator[Client]:
    """A client of a database with all relations, shared by a module's tests."""
    with opened(engine_path) as client:
        migrate(client)
        yield client


@contextmanager
def opened(path: Path) -> Iterator[Client]:
    """A client of a new database, which is gone afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    client = connect(WarehouseSettings(dsn=f"chdb://{path}", database=name), insert_seconds=60)
    yield client
    client.command(f"DROP DATABASE {name}")
    client.close()
