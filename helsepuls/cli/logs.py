"""`helsepuls logs`: what the processes of the local stack wrote."""

from __future__ import annotations

from pathlib import Path

import click

from helsepuls.cli.common import harmless, home_option


@click.command()
@click.argument("name", required=False)
@home_option
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines as they are written, until Ctrl-C.")
@click.option("--lines", "-n", type=click.IntRange(0), default=50, show_default=True, help="Last lines of each log.")
def command(name: str | None, home: Path | None, follow: bool, lines: int) -> None:
    """Show the last lines of the log NAME (kafka, worker-0, warehouse, registry, supervisor), or of all logs."""
    from deploy.local import logfiles
    from runtime.home import find_home
    from schemas.errors import Fatal

    folder = find_home(home)

    def chosen() -> list[Path]:
        return [path for path in sorted(logfiles.folder(folder).glob("*.log")) if name in (None, path.stem)]

    def show(path: Path, line: str) -> None:
        click.echo(harmless(line if name else f"{path.stem}: {line}"))

    if not chosen():
        there = ", ".join(sorted(path.stem for path in logfiles.folder(folder).glob("*.log")))
        what = f"no log named {name}" if name else "no logs"
        raise Fatal(f"{what} in {folder}; " + (f"there are: {there}" if there else "no stack was started there yet"))
    for path in chosen():
        for line in logfiles.tail(path, lines):
            show(path, line)
    if follow:
        for path, line in logfiles.follow(chosen):
            show(path, line)
