"""Migrations and views over the real engine."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from warehouse_schema import FILE, schema_of

from schemas.catalog import latest
from schemas.errors import Fatal
from sinks import history, migrate, migration_files, relations
from sinks.columns import missing
from sinks.migration_files import Migration
from sinks.tables import TABLES


def test_the_schema_is_the_committed_one(migrated: Any) -> None:
    assert schema_of(migrated) == FILE.read_text("utf-8"), (
        "the migrations lead to another schema; if that is meant: python tests/warehouse_schema.py"
    )


@pytest.mark.parametrize("topic", TABLES)
def test_every_avro_field_has_its_column(migrated: Any, topic: str) -> None:
    table = TABLES[topic]
    present = migrated.query(
        f"SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = '{table}'"
    ).result_rows
    assert missing(latest(topic), table, present) == [], "a new migration needs these statements"


def test_every_table_honours_tokens(migrated: Any) -> None:
    without = migrated.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(log|state)_') "
        "AND engine LIKE '%MergeTree' "
        "AND create_table_query NOT LIKE '%non_replicated_deduplication_window = 10000%'"
    ).result_rows
    assert without == []


def test_every_view_is_documented_in_the_database(migrated: Any) -> None:
    comments = dict(
        migrated.query(
            "SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
        ).result_rows
    )
    assert set(comments) == {view.name for view in relations.load(migrated.database)}
    for name, comment in comments.items():
        assert "A row is " in comment, name
        assert "Source: " in comment, name


def test_migrating_again_does_nothing_and_status_says_so(migrated: Any) -> None:
    assert migrate.migrate(migrated) == []
    entries = history.status(rows_of(migrated), migrated.database, migration_files.load())
    assert {entry.state for entry in entries} == {"applied"}
    assert all(entry.applied_at for entry in entries)


def rows_of(client: Any) -> history.Ask:
    return lambda query: client.query(query).result_rows


@pytest.fixture
def two_files(tmp_path: Path) -> list[Migration]:
    (tmp_path / "0001_one.sql").write_text(
        "-- why\n-- up\n\nCREATE TABLE IF NOT EXISTS one (a Int8) ENGINE = Memory;\n-- a word\n"
        "CREATE TABLE IF NOT EXISTS two (a Int8) ENGINE = Memory;\n\n-- down\n\nDROP TABLE two;\nDROP TABLE one;\n"
    )
    (tmp_path / "0002_more.sql").write_text("-- up\nALTER TABLE one ADD COLUMN IF NOT EXISTS b Int8;\n\n-- down\n")
    return migration_files.load(tmp_path)


@pytest.fixture
def plain(database: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database for migrations of a test's own: without the product's views."""
    monkeypatch.setattr(relations, "load", lambda _database: [])
    return database


def tables(client: Any) -> set[str]:
    found = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()").result_rows
    return {name for (name,) in found}


def names(steps: list[Any]) -> list[str]:
    return [step.name for step in steps]


def test_files_are_applied_in_order_and_once(plain: Any, two_files: list[Migration]) -> None:
    assert names(migrate.plan(plain, two_files)) == ["0001_one", "0002_more"]
    assert tables(plain) == set(), "planning changes nothing"
    assert names(migrate.migrate(plain, two_files[:1])) == ["0001_one"]
    assert names(migrate.migrate(plain, two_files)) == ["0002_more"]
    assert migrate.migrate(plain, two_files) == []
    assert tables(plain) == {"migrations", "one", "two"}


def test_a_file_that_failed_half_way_is_applied_again(plain: Any, two_files: list[Migration]) -> None:
    broken = dataclasses.replace(two_files[0], up=(*two_files[0].up, "ALTER TABLE absent ADD COLUMN a Int8"))
    with pytest.raises(Fatal, match="migration 0001_one: Code: 60"):
        migrate.migrate(plain, [broken])
    assert names(migrate.migrate(plain, two_files)) == ["0001_one", "0002_more"]


def test_history_is_not_rewritten(plain: Any, two_files: list[Migration]) -> None:
    migrate.migrate(plain, two_files)
    edited = dataclasses.replace(two_files[0], up=(*two_files[0].up, "SELECT 1"))
    with pytest.raises(Fatal, match="0001_one was applied with another text"):
        migrate.migrate(plain, [edited, two_files[1]])
    with pytest.raises(Fatal, match="0002_more, unknown to this release"):
        migrate.migrate(plain, two_files[:1])


def test_the_last_one_is_undone_and_can_come_back(plain: Any, two_files: list[Migration]) -> None:
    with pytest.raises(Fatal, match="nothing to revert"):
        migrate.revert(plain, two_files)
    migrate.migrate(plain, two_files)
    with pytest.raises(Fatal, match="0002_more cannot be reverted"):
        migrate.revert(plain, two_files)
    reversible = [two_files[0], dataclasses.replace(two_files[1], down=("ALTER TABLE one DROP COLUMN b",))]
    with pytest.raises(Fatal, match="another text"):
        migrate.revert(plain, reversible)


def test_revert_and_migrate_again(plain: Any, two_files: list[Migration]) -> None:
    migrate.migrate(plain, two_files[:1])
    assert migrate.revert(plain, two_files[:1]).name == "0001_one"
    assert tables(plain) == {"migrations"}
    assert names(migrate.migrate(plain, two_files[:1])) == ["0001_one"]


def test_every_migration_of_the_product_can_be_applied_twice(database: Any) -> None:
    """A crash after the statements and before the record of them applies the file once more."""
    for migration in migration_files.load():
        for _ in range(2):
            for statement in migration.up:
                database.command(statement)


def test_a_changed_view_is_replaced_and_so_are_views_over_changed_tables(
    database: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = relations.View("numbers", "A row is a number", "CREATE OR REPLACE VIEW numbers AS SELECT * FROM one")
    monkeypatch.setattr(relations, "load", lambda _database: [view])
    first = Migration("0001_one", ("CREATE TABLE IF NOT EXISTS one (a Int8) ENGINE = Memory",), ())
    second = Migration("0002_two", ("ALTER TABLE one ADD COLUMN IF NOT EXISTS b Int8",), ())
    migrate.migrate(database, [first])
    assert names(migrate.migrate(database, [first, second])) == ["0002_two", "numbers"]
    columns = database.query("DESCRIBE numbers").result_columns[0]
    assert list(columns) == ["a", "b"]


@pytest.mark.parametrize("text", ["CREATE TABLE x (a Int8) ENGINE = Memory;", "-- up\nSELECT 1;\n", "-- down\n"])
def test_a_file_without_its_marks_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "0001_x.sql").write_text(text)
    with pytest.raises(Fatal, match=r"0001_x\.sql"):
        migration_files.load(tmp_path)


def test_a_file_with_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "first.sql").write_text("-- up\n-- down\n")
    with pytest.raises(Fatal, match="NNNN"):
        migration_files.load(tmp_path)
