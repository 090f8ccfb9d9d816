"""`helsepuls migrate` over the real engine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from helsepuls.cli.main import main
from runtime.settings import WarehouseSettings
from sinks import migration_files
from sinks.connect import connect


@pytest.fixture
def run(engine_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs a command against a database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_DSN", f"chdb://{engine_path}")
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_DATABASE", name)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    yield command
    client = connect(WarehouseSettings(dsn=f"chdb://{engine_path}", database=name), insert_seconds=30)
    client.command(f"DROP DATABASE {name}")
    client.close()


def states(result: Result) -> set[str]:
    return {entry["state"] for entry in json.loads(result.stdout)}


def test_a_dry_run_prints_the_sql_and_changes_nothing(run: Any) -> None:
    result = run("migrate", "--dry-run")
    assert result.exit_code == 0
    assert "-- migration 0001_logs\nCREATE TABLE IF NOT EXISTS log_accepted_episode" in result.stdout
    assert "-- view quality_reporters\nCREATE OR REPLACE VIEW quality_reporters" in result.stdout
    before = run("migrate", "status", "--json")
    assert (before.exit_code, states(before)) == (1, {"pending"})


def test_migrate_applies_and_says_what(run: Any) -> None:
    assert "migration 0001_logs" in run("migrate").stdout
    assert "Nothing to do" in run("migrate").stdout
    assert run("migrate", "--dry-run").stdout == run("migrate").stdout
    after = run("migrate", "status", "--json")
    assert (after.exit_code, states(after)) == (0, {"applied"})
    assert "0001_logs" in run("migrate", "status").stdout


def test_undoing_is_asked_for_twice(run: Any) -> None:
    run("migrate")
    asked = run("migrate", "revert")
    assert asked.exit_code == 2
    undone = migration_files.load()[-1].down
    assert undone
    assert [statement for statement in undone if f"{statement};" not in asked.stdout] == []
    assert states(run("migrate", "status", "--json")) == {"applied"}
    assert run("migrate", "revert", "--yes").exit_code == 0
    assert "pending" in states(run("migrate", "status", "--json"))
