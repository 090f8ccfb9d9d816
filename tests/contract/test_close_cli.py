"""`helsepuls close`: over a warehouse that it opens itself, and by asking the process that holds it."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helsepuls.cli.main import main
from runtime.settings import WarehouseSettings
from sinks.close import Closer, now_utc
from sinks.close_days import last_due
from sinks.connect import connect
from sinks.migrate import migrate
from sinks.warehouse.closing import Closing
from sinks.warehouse.http import serve
from sinks.warehouse.limits import Limits


@pytest.fixture
def name(engine_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_DSN", f"chdb://{engine_path}")
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_DATABASE", name)
    yield name
    client = connect(WarehouseSettings(dsn=f"chdb://{engine_path}", database=name), insert_seconds=30)
    client.command(f"DROP DATABASE IF EXISTS {name}")
    client.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["close", *arguments])


def check(stays: str = "2026-01-05") -> None:
    first = run("--date", stays, "--json")
    assert first.exit_code == 0, first.output
    before = json.loads(first.stdout)
    assert {(one["day"], one["rows"], one["new"]) for one in before} == {(stays, 0, True)}
    again = json.loads(run("--date", stays, "--json").stdout)
    assert again == [{**one, "new": False} for one in before]
    assert "1 closed before, unchanged" in run("--date", stays).stdout
    last: date = last_due(now_utc(), time(6))
    for days in (2, 9):
        refused = run("--date", str(last + timedelta(days=days)))
        assert refused.exit_code == 1
        assert "cannot be closed yet" in refused.stderr
    assert run("--date", "yesterday").exit_code == 2


@pytest.mark.usefixtures("name")
def test_without_a_stack_the_command_closes_itself() -> None:
    check()


@pytest.mark.usefixtures("name")
def test_what_a_killed_stack_left_is_not_asked(home: Path) -> None:
    """Its address stands in the home until the next start."""
    left = {"pid": 1, "state": "ready", "warehouse": {"url": "http://127.0.0.1:1", "state": "ready"}}
    (home / "stack.json").write_text(json.dumps(left), "utf-8")
    check()
    status = CliRunner().invoke(main, ["migrate", "status", "--json"])
    assert (status.exit_code, {entry["state"] for entry in json.loads(status.stdout)}) == (0, {"applied"})


@pytest.fixture
def process(engine_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Closing]:
    """The endpoint, and a thread that takes turns as the sink does."""
    client = connect(WarehouseSettings(dsn=f"chdb://{engine_path}", database=name), insert_seconds=30)
    migrate(client)
    closing = Closing(600)
    endpoint = serve(f"chdb://{engine_path}", "127.0.0.1", 0, Limits(), database=name, closing=closing)
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", endpoint.url)
    ended = threading.Event()

    def turns() -> None:
        closer = Closer(client, time(6))
        while not ended.wait(0.01):
            closing.turn(closer, lambda _: False)

    sink = threading.Thread(target=turns)
    sink.start()
    yield closing
    ended.set()
    sink.join()
    closing.end()
    endpoint.close()
    client.close()


@pytest.mark.usefixtures("process")
def test_a_running_warehouse_is_asked() -> None:
    check()


@pytest.mark.usefixtures("process")
def test_without_a_date_every_missed_day_is_closed() -> None:
    first = last_due(now_utc(), time(6)) - timedelta(days=3)
    assert run("--date", str(first)).exit_code == 0
    found = json.loads(run("--json").stdout)
    missed = (last_due(now_utc(), time(6)) - first).days  # 3, or 4 when one has become due meanwhile
    assert sorted({one["day"] for one in found}) == [str(first + timedelta(days=1 + n)) for n in range(missed)]
    assert all(one["new"] for one in found)
    assert not any(one["new"] for one in json.loads(run("--json").stdout))


def test_a_process_that_ends_says_so(process: Closing) -> None:
    process.end()
    told = run("--date", "2026-01-05")
    assert told.exit_code == 3
    assert "is ending" in told.stderr


def test_nobody_listens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", "http://127.0.0.1:9")
    told = run("--date", "2026-01-05")
    assert told.exit_code == 3
    assert "does not answer" in told.stderr
