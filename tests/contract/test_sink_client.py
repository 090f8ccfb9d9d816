"""What the sink relies on in a ClickHouse client, over the fake of the unit tests and over the real engine."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from fake_clickhouse import FakeClient

from schemas.errors import Fatal
from sinks.faults import translated
from sinks.writer import IF_KNOWN, REQUIRED

COLUMNS = {"number": "Int64", "name": "LowCardinality(String)", "nothing": "Nullable(Int64)"}
SETTINGS = {**REQUIRED, **IF_KNOWN}


class Engine:
    """The real engine behind the few words in which the fake is asked."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create(self, table: str, columns: dict[str, str]) -> None:
        spelled = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        self.client.command(
            f"CREATE TABLE {table} ({spelled}) ENGINE = ReplacingMergeTree ORDER BY number "
            "SETTINGS non_replicated_deduplication_window = 100"
        )

    def rows(self, table: str) -> int:
        return int(self.client.query(f"SELECT count() FROM {table}").result_rows[0][0])

    def parts(self, table: str) -> int:
        where = f"database = currentDatabase() AND table = '{table}' AND active"
        return int(self.client.query(f"SELECT count() FROM system.parts WHERE {where}").result_rows[0][0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)


@pytest.fixture(params=["fake", "engine"])
def client(request: pytest.FixtureRequest) -> Any:
    found = FakeClient() if request.param == "fake" else Engine(request.getfixturevalue("database"))
    found.create("numbers_log", COLUMNS)
    return found


def rows(*numbers: int) -> pa.Table:
    return pa.table(
        {
            "number": pa.array(numbers, pa.int64()),
            "name": pa.array(["a"] * len(numbers), pa.large_string()).dictionary_encode(),
            "nothing": pa.array([None] * len(numbers), pa.int64()),
        }
    )


def insert(client: Any, content: pa.Table, token: str, table: str = "numbers_log", **settings: Any) -> None:
    client.insert_arrow(table, content, settings={**SETTINGS, "insert_deduplication_token": token, **settings})


def test_all_settings_of_an_insert_are_known(client: Any) -> None:
    known = {row[0] for row in client.query("SELECT name FROM system.settings").result_rows}
    assert {*REQUIRED, "insert_deduplication_token"} <= known


def test_a_token_is_stored_once(client: Any) -> None:
    insert(client, rows(1, 2), "t/1-2")
    insert(client, rows(1, 2), "t/1-2")
    assert client.rows("numbers_log") == 2


def test_the_token_counts_not_the_content(client: Any) -> None:
    """Rows that are equal under another token are other rows; other rows under the same token are the same insert."""
    insert(client, rows(1, 2), "t/1-2")
    insert(client, rows(1, 2), "t/3-4")
    insert(client, rows(7, 8), "t/3-4")
    assert client.rows("numbers_log") == 4


def test_a_token_is_one_per_table(client: Any) -> None:
    client.create("other_log", COLUMNS)
    insert(client, rows(1), "same")
    insert(client, rows(1), "same", table="other_log")
    assert client.rows("other_log") == 1


def test_an_unknown_table_cannot_be_retried(client: Any) -> None:
    with (
        pytest.raises(Fatal, match=r"insert: ClickHouse error 60 UNKNOWN_TABLE$"),
        translated("insert", holds_values=True),
    ):
        insert(client, rows(1), "t", table="absent")


def test_an_unknown_setting_is_refused(client: Any) -> None:
    with pytest.raises(Fatal, match="115"), translated("insert", holds_values=True):
        insert(client, rows(1), "t", no_such_setting=1)
    assert client.rows("numbers_log") == 0


def test_an_unknown_column_is_refused(client: Any) -> None:
    with pytest.raises(Fatal, match="16"), translated("insert", holds_values=True):
        insert(client, pa.table({"number": [1], "stranger": [1]}), "t")


def test_a_column_left_out_takes_its_default(client: Any) -> None:
    insert(client, pa.table({"number": [1]}), "t")
    assert client.rows("numbers_log") == 1


def test_an_insert_is_one_part(database: Any) -> None:
    """The engine's own affair: the largest block the sink can form is one block under one token."""
    engine = Engine(database)
    engine.create("numbers_log", COLUMNS)
    insert(engine, rows(*range(120_000)), "t")
    assert engine.parts("numbers_log") == 1
