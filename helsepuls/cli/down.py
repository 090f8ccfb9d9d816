"""`helsepuls down`: end the local stack."""

from __future__ import annotations

from pathlib import Path

import click

from helsepuls.cli.common import console, home_option, stderr_console


@click.command()
@home_option
def command(home: Path | None) -> None:
    """End the local stack in order: workers, warehouse, registry, Kafka. Its data stays.

    What does not end in time (setting stack.stop_seconds) is killed; nothing is lost by that either.
    """
    from deploy.local.control import down
    from runtime.home import find_home

    folder = find_home(home)
    with stderr_console().status("ending the stack"):
        ended = down(folder)
    console().print(f"The stack in {folder} has ended." if ended else f"No stack runs in {folder}.", soft_wrap=True)
