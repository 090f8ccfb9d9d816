"""`helsepuls migrate`: the warehouse's tables and views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from helsepuls.cli.common import FAILED, console, home_option, json_option, print_json, table_of

if TYPE_CHECKING:
    from runtime.settings import WarehouseSettings
    from sinks.connect import Client
    from sinks.history import Wanted


@click.group(invoke_without_command=True)
@home_option
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run, and change nothing.")
@click.pass_context
def command(context: click.Context, home: Path | None, dry_run: bool) -> None:
    """Bring the warehouse's tables and views to what this release needs.

    The warehouse process does the same when it starts. An embedded warehouse is held by the process that runs it:
    end that first. Running it again after a failure goes on where it stopped.
    """
    context.obj = home
    if context.invoked_subcommand:
        return
    steps = _plan(home) if dry_run else _migrate(home)
    if dry_run:
        for step in steps:
            click.echo(f"-- {step.kind} {step.name}")
            for statement in step.statements:
                click.echo(f"{statement};\n")
    else:
        for step in steps:
            console().print(f"{step.kind} {step.name}")
        if steps:
            console().print(f"{len(steps)} applied.")
    if not steps:
        console().print("Nothing to do: the warehouse fits this release.")


def _migrate(home: Path | None) -> list[Wanted]:
    from sinks import migrate

    with _client(_settings(home)) as client:
        return migrate.migrate(client)


def _plan(home: Path | None) -> list[Wanted]:
    from sinks import history, migrate, migration_files
    from sinks.connect import missing

    settings = _settings(home)
    if missing(settings.warehouse):
        return list(history.wanted(settings.warehouse.database, migration_files.load()))
    with _client(settings) as client:
        return migrate.plan(client)


@command.command()
@home_option
@json_option
@click.pass_context
def status(context: click.Context, home: Path | None, as_json: bool) -> None:
    """Say which migrations and views are applied, pending, changed, or of a newer release.

    Asks the running stack, where there is one. Exit code 1 when anything but "applied" is among them.
    """
    from runtime.warehouse import Reader
    from sinks import history, migration_files
    from sinks.connect import missing

    settings = _settings(home or context.obj)
    with ExitStack() as stack:
        if settings.answers:
            reader = Reader(settings.warehouse)
            stack.callback(reader.close)
            ask: history.Ask = reader.rows
        elif missing(settings.warehouse):
            ask = lambda _: []  # noqa: E731
        else:
            client = stack.enter_context(_client(settings))
            ask = lambda query: client.query(query).result_rows  # noqa: E731
        entries = history.status(ask, settings.warehouse.database, migration_files.load())
    if as_json:
        print_json(entries)
    else:
        table = table_of("kind", "name", "state", "applied")
        for entry in entries:
            applied = f"{entry.applied_at:%Y-%m-%d %H:%M:%S}" if entry.applied_at else ""
            table.add_row(entry.kind, entry.name, entry.state, applied)
        console().print(table)
    if any(entry.state != "applied" for entry in entries):
        context.exit(FAILED)


@command.command()
@home_option
@click.option("--yes", is_flag=True, help="Do it. Without this only the SQL is printed.")
@click.pass_context
def revert(context: click.Context, home: Path | None, yes: bool) -> None:
    """Undo the last applied migration, and with it the data of tables that it made."""
    from sinks import migrate
    from sinks.connect import refuse_missing

    settings = _settings(home or context.obj)
    refuse_missing(settings.warehouse)
    with _client(settings) as client:
        last = migrate.revert(client) if yes else migrate.undoing(client)
    for statement in last.down:
        click.echo(f"{statement};")
    if not yes:
        raise click.UsageError("this deletes data; it is done with --yes")
    console().print(f"migration {last.name} reverted")


class _Settings(NamedTuple):
    warehouse: WarehouseSettings
    insert_seconds: float
    answers: bool
    """Whether there is somebody to ask."""


def _settings(home: Path | None) -> _Settings:
    from helsepuls.cli._warehouse import has_endpoint
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from sinks.settings import SinkSettings

    folder = find_home(home)
    warehouse = load(WarehouseSettings, folder)
    return _Settings(warehouse, load(SinkSettings, folder).insert_seconds, has_endpoint(folder, warehouse))


@contextmanager
def _client(settings: _Settings) -> Iterator[Client]:
    from sinks.connect import connect

    client = connect(settings.warehouse, settings.insert_seconds)
    try:
        yield client
    finally:
        client.close()
