"""Brings the warehouse's tables and views to what this release needs.

Tables change by numbered SQL files, applied in order, each recorded with its checksum; a file that was applied is
history and must not change. Statements are written so that they can run again (IF NOT EXISTS), because ClickHouse has
no transaction around them: after a crash the file that was not recorded runs once more. Views hold no data and are
simply replaced when their text, or any table under them, has changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.errors import Fatal
from sinks import close_views
from sinks.connect import Client
from sinks.faults import translated
from sinks.history import TABLE, Ask, Wanted, refuse_foreign, status, wanted
from sinks.migration_files import Migration, load


def plan(client: Client, migrations: Sequence[Migration] | None = None) -> list[Wanted]:
    """What is missing, in order. Raises Fatal when the history is not the beginning of this release's."""
    migrations = load() if migrations is None else migrations
    database = str(client.database)
    entries = status(_asking(client), database, migrations)
    refuse_foreign(entries)
    states = {(entry.kind, entry.name): entry.state for entry in entries}
    return [item for item in wanted(database, migrations) if states[item.kind, item.name] == "pending"]


def migrate(client: Client, migrations: Sequence[Migration] | None = None) -> list[Wanted]:
    """Applies what is missing and returns it. Raises Fatal (naming the step) or Retryable; running it again goes on."""
    missing = plan(client, migrations)
    with translated("the table of migrations"):
        client.command(TABLE)
    for item in missing:
        _run(client, item, item.statements)
    return missing


def undoing(client: Client, migrations: Sequence[Migration] | None = None) -> Migration:
    """The last applied migration, if it can be undone; else raises Fatal."""
    migrations = load() if migrations is None else migrations
    entries = status(_asking(client), str(client.database), migrations)
    refuse_foreign(entries)
    applied = {entry.name for entry in entries if entry.kind == "migration" and entry.state == "applied"}
    last = next((migration for migration in reversed(migrations) if migration.name in applied), None)
    if last is None:
        raise Fatal("no migration is applied: there is nothing to revert")
    if not last.down:
        raise Fatal(f"migration {last.name} cannot be reverted: it has no down part")
    return last


def revert(client: Client, migrations: Sequence[Migration] | None = None) -> Migration:
    """Undoes the last applied migration; views over its tables fail until the next `migrate`."""
    last = undoing(client, migrations)
    _run(client, Wanted("migration", last.name, last.checksum, last.up), last.down, reverted=True)
    return last


def _run(client: Client, item: Wanted, statements: Sequence[str], *, reverted: bool = False) -> None:
    with translated(f"{item.kind} {item.name}"):
        for statement in statements:
            client.command(close_views.filled(statement, lambda view: _columns(client, view)))
        client.command(
            "INSERT INTO migrations (kind, name, checksum, reverted) SETTINGS async_insert = 0 "  # noqa: S608  own names
            f"VALUES ('{item.kind}', '{item.name}', '{item.checksum}', {str(reverted).lower()})"
        )


def _columns(client: Client, view: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in client.query(f"DESCRIBE TABLE {view}").result_rows]


def _asking(client: Client) -> Ask:
    def ask(query: str) -> Sequence[tuple[object, ...]]:
        with translated("the table of migrations"):
            rows: Sequence[tuple[object, ...]] = client.query(query).result_rows
        return rows

    return ask
