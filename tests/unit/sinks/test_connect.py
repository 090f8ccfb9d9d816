"""DSNs, and a path that someone else holds."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError
from fake_clickhouse import FakeClient

from runtime.settings import WarehouseSettings, load
from schemas.errors import Fatal, Retryable
from sinks.connect import connect, is_embedded
from sinks.faults import translated


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What clickhouse-connect is asked for, instead of asking it."""
    calls: list[dict[str, Any]] = []

    def get_client(**options: Any) -> FakeClient:
        calls.append(options)
        return FakeClient(database="")

    monkeypatch.setattr(clickhouse_connect, "get_client", get_client)
    return calls


@pytest.mark.parametrize(
    ("dsn", "passed_on", "interface"),
    [
        ("clickhouse://h:9000", "clickhouse://h:9000", "http"),
        ("clickhouse://u:p@h/helsepuls?compress=lz4", "clickhouse://u:p@h?compress=lz4", "http"),
        ("clickhouses://u:p@h:8443", "clickhouses://u:p@h:8443", "https"),
    ],
)
def test_a_server_is_asked_for_by_its_dsn(
    asked: list[dict[str, Any]], dsn: str, passed_on: str, interface: str
) -> None:
    client = connect(WarehouseSettings(dsn=dsn), insert_seconds=33)
    assert (asked[0]["dsn"], asked[0]["interface"], asked[0]["send_receive_timeout"]) == (passed_on, interface, 33)
    assert client.database == "helsepuls"


def test_the_database_is_made(asked: list[dict[str, Any]]) -> None:
    client = connect(WarehouseSettings(dsn="clickhouse://h", database="other"), insert_seconds=30)
    assert isinstance(client, FakeClient)
    assert client.commands == ["CREATE DATABASE IF NOT EXISTS other"]


@pytest.mark.parametrize(
    "dsn",
    [
        "postgres://h",
        "h:8123",
        "clickhouse://h/other",
        "chdb://relative/path",
        "chdb:///",
        "chdb:",
        "chdb:///a#b",
        "chdb:///a?b",
    ],
)
def test_a_dsn_that_makes_no_sense_is_told(
    asked: list[dict[str, Any]], home: Path, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_DSN", dsn)
    with pytest.raises(Fatal, match=r"setting warehouse\.dsn"):
        connect(load(WarehouseSettings, home), insert_seconds=30)
    assert asked == []


def test_credentials_are_in_no_error(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(Fatal) as caught:
        connect(WarehouseSettings(dsn="clickhouse://user:secret@h/other"), insert_seconds=30)
    assert "secret" not in str(caught.value)


def test_a_path_that_is_held_is_told_before_the_engine_starts(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "status").write_text("PID: 1\n")
    with (tmp_path / "status").open("rb") as status:
        fcntl.flock(status, fcntl.LOCK_EX)
        with pytest.raises(Fatal, match="held by another process"):
            connect(WarehouseSettings(dsn=f"chdb://{tmp_path}"), insert_seconds=30)
    assert asked == []


def test_a_path_that_was_held_once_can_be_opened(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "status").write_text("PID: 1\n")
    connect(WarehouseSettings(dsn=f"chdb://{tmp_path}"), insert_seconds=30)
    assert len(asked) == 1


def test_a_path_that_cannot_be_written_is_told_before_the_engine_starts(asked: list[dict[str, Any]]) -> None:
    """In /proc not even root can make a folder."""
    with pytest.raises(Fatal, match=r"the warehouse at /proc/warehouse cannot be opened: .*; mend its permissions"):
        connect(WarehouseSettings(dsn="chdb:///proc/warehouse"), insert_seconds=30)
    assert asked == []


def test_of_what_the_engine_says_only_the_sentence_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_client(**_: Any) -> None:
        raise DatabaseError("Code: 76. Cannot open file. (CANNOT_OPEN_FILE), Stack trace (when copying):\n\n0. DB::")

    monkeypatch.setattr(clickhouse_connect, "get_client", get_client)
    with pytest.raises(Fatal) as caught:
        connect(WarehouseSettings(dsn=f"chdb://{tmp_path}"), insert_seconds=30)
    told = f"the warehouse at {tmp_path} cannot be opened: Code: 76. Cannot open file. (CANNOT_OPEN_FILE)"
    assert str(caught.value) == told


def test_embedded_or_not() -> None:
    assert is_embedded(WarehouseSettings(dsn="chdb:///x"))
    assert not is_embedded(WarehouseSettings(dsn="clickhouse://chdb"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DatabaseError("busy", code=202), Retryable),
        (DatabaseError("no such table", code=60), Fatal),
        (DatabaseError("502 Bad Gateway"), Retryable),
        (OperationalError("connection refused"), Retryable),
        (ProgrammingError("misused"), Fatal),
    ],
)
def test_errors_that_pass_and_errors_that_do_not(error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="doing it"), translated("doing it"):
        raise error


def test_what_was_inserted_is_not_quoted() -> None:
    secret = DatabaseError("Cannot parse 'secret'", code=27, name="CANNOT_PARSE_INPUT_ASSERTION_FAILED")
    with pytest.raises(Fatal) as caught, translated("insert", holds_values=True):
        raise secret
    assert str(caught.value) == "insert: ClickHouse error 27 CANNOT_PARSE_INPUT_ASSERTION_FAILED"
    assert caught.value.__cause__ is None
