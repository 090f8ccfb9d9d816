"""A home that does not exist, as a mistyped one: commands that only look, or need what is in it, do not make it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helsepuls.cli.main import main

BEDS = Path(__file__).parents[3] / "docs" / "examples" / "beds.ndjson"


@pytest.fixture
def nowhere(home: Path) -> Path:
    return home / "mistyped"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_there_is_nothing_to_close(nowhere: Path) -> None:
    result = run("close", "--home", nowhere)
    assert result.exit_code == 1
    assert f"there is no warehouse at {nowhere / 'warehouse'}" in result.stderr
    assert "--home" in result.stderr
    assert not nowhere.exists()


def test_a_dry_run_tells_everything_and_makes_nothing(nowhere: Path) -> None:
    result = run("migrate", "--dry-run", "--home", nowhere)
    assert result.exit_code == 0
    assert "-- migration 0001_logs\nCREATE TABLE IF NOT EXISTS log_accepted_episode" in result.stdout
    assert "-- view quality_reporters\nCREATE OR REPLACE VIEW quality_reporters" in result.stdout
    assert not nowhere.exists()


@pytest.mark.parametrize("arguments", [("status", "--json", "--home"), ("--home",)])
def test_everything_is_pending(nowhere: Path, arguments: tuple[str, ...]) -> None:
    after = () if arguments[0] == "status" else ("status", "--json")
    result = run("migrate", *arguments, nowhere, *after)
    assert (result.exit_code, {entry["state"] for entry in json.loads(result.stdout)}) == (1, {"pending"})
    assert not nowhere.exists()


def test_there_is_nothing_to_revert(nowhere: Path) -> None:
    result = run("migrate", "revert", "--home", nowhere)
    assert (result.exit_code, "there is no warehouse at" in result.stderr) == (1, True)
    assert not nowhere.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("publish", BEDS, "--reporter", "983971636"),
        ("simulate", "--reporters", 1, "--days", 1, "--seed", 1, "--publish"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_kafka_no_keys_are_made(nowhere: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, "--home", nowhere)
    assert (result.exit_code, "no Kafka is known" in result.stderr) == (3, True)
    assert not nowhere.exists()
