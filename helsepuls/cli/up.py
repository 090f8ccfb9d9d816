"""`helsepuls up`: start the local stack."""

from __future__ import annotations

from pathlib import Path

import click

from helsepuls.cli.common import console, home_option, stderr_console


@click.command()
@home_option
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes. Default: the setting stack.workers, 1.")
@click.option("--with-registry", is_flag=True, help="Also start an Apicurio schema registry, filled with the schemas.")
def command(home: Path | None, workers: int | None, with_registry: bool) -> None:
    """Start Kafka, the workers and the warehouse on this machine, and wait until they are ready.

    The first start downloads Kafka (43 MB). All state lives under the home directory and survives `helsepuls down`.
    A stack that already runs is left as it is.
    """
    from rich.table import Table

    from deploy.local.control import up
    from runtime.home import find_home

    folder = find_home(home)
    notes = stderr_console()
    with notes.status("starting") as spinner:
        stack = up(folder, workers=workers, with_registry=with_registry, say=spinner.update)

    table = Table.grid(padding=(0, 2))
    table.add_row("home", stack["home"])
    table.add_row("Kafka", stack["kafka"]["bootstrap"])
    table.add_row("workers", str(len(stack["workers"])))
    table.add_row("query", stack["warehouse"]["url"] or "not from here")
    if stack["registry"]:
        table.add_row("schema registry", stack["registry"]["url"])
    table.add_row("metrics", stack["metrics"])
    table.add_row("logs", str(folder / "logs"))
    console().print(table)
    console().print("The stack is ready. `helsepuls status` shows it, `helsepuls down` ends it; its data stays.")
