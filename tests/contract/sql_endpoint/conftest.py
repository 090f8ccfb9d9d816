"""A warehouse process for the whole session, and others with limits of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_client import Warehouse, running


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """With roomy limits: the machine may be busy with other things."""
    with running(tmp_path_factory.mktemp("warehouse"), seconds=30, stall_seconds=2) as process:
        yield process


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """With limits that are soon reached, and one query at a time."""
    limits = {"seconds": 1, "memory_bytes": 64 << 20, "result_rows": 100_000, "result_bytes": 1 << 20}
    turns = {"concurrent": 1, "waiting": 1, "wait_seconds": 0.3}
    with running(tmp_path_factory.mktemp("strict"), **limits, **turns) as process:
        yield process


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Warehouse]:
    """For a test that ends it."""
    with running(tmp_path) as process:
        yield process
