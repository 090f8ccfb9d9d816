"""Which migrations and views a warehouse has, by the table in which it keeps that itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from schemas.errors import Fatal
from sinks import relations
from sinks.migration_files import Migration, checksum

Ask = Callable[[str], Sequence[tuple[Any, ...]]]
"""Runs a query in the warehouse's database and returns the rows."""

Kind = Literal["migration", "view"]
State = Literal["applied", "pending", "changed", "unknown"]
"""changed: applied with another text. unknown: applied by a newer release, there is no file for it here."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS migrations
(
    kind       LowCardinality(String),
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    reverted   Bool DEFAULT false
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY (kind, name)
COMMENT 'Which migration files and views were applied, with the checksum of their text'
"""


@dataclass(frozen=True)
class Entry:
    """What is known of one migration or view in one database."""

    kind: Kind
    name: str
    state: State
    applied_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """What this release has: its statements, and the checksum under which they are recorded."""

    kind: Kind
    name: str
    checksum: str
    statements: tuple[str, ...]


def wanted(database: str, migrations: Sequence[Migration]) -> Iterator[Wanted]:
    """All migrations, then all views, in the order in which they are applied."""
    for migration in migrations:
        yield Wanted("migration", migration.name, migration.checksum, migration.up)
    # A view's `*` is spelled out when it is made: every change of tables makes it anew.
    tables = [migration.checksum for migration in migrations]
    for view in relations.load(database):
        yield Wanted("view", view.name, checksum("\n".join([view.statement, *tables])), (view.statement,))


def status(ask: Ask, database: str, migrations: Sequence[Migration]) -> list[Entry]:
    """Every migration and view of this release, then migrations that only the database knows."""
    recorded = _recorded(ask)
    entries = []
    for item in wanted(database, migrations):
        found, at = recorded.pop((item.kind, item.name), (None, None))
        differs: State = "changed" if item.kind == "migration" else "pending"
        entries.append(
            Entry(
                item.kind,
                item.name,
                "pending" if found is None else "applied" if found == item.checksum else differs,
                at,
            )
        )
    strangers = [(name, at) for (kind, name), (_, at) in recorded.items() if kind == "migration"]
    return [*entries, *(Entry("migration", name, "unknown", at) for name, at in strangers)]


def refuse_foreign(entries: Sequence[Entry]) -> None:
    """Raises Fatal when the database's history is not the beginning of this release's."""
    for entry in entries:
        if entry.state == "unknown":
            raise Fatal(f"the warehouse has migration {entry.name}, unknown to this release: install a newer one")
        if entry.state == "changed":
            raise Fatal(f"migration {entry.name} was applied with another text: undo its change, add a new file")


def _recorded(ask: Ask) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Checksum and time by kind and name."""
    if not ask("SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'"):
        return {}
    rows = ask("SELECT kind, name, checksum, applied_at FROM migrations FINAL WHERE NOT reverted ORDER BY kind, name")
    return {(kind, name): (found, applied_at) for kind, name, found, applied_at in rows}
