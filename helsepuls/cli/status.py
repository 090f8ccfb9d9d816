"""`helsepuls status`: how the local stack is doing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli.common import console, home_option, json_option, print_json

if TYPE_CHECKING:
    from rich.text import Text

_COLOURS = {"ready": "green", "outside": "green", "starting": "yellow", "restarting": "red", "degraded": "red"}


@click.command()
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Show the processes of the local stack, where they listen, and how far they are behind.

    The exit code is 0 whatever the state; scripts read `state` (ready, starting, degraded or down) with --json.
    """
    from deploy.local.status import status
    from runtime.home import find_home

    facts = status(find_home(home))
    if as_json:
        print_json(facts)
    else:
        _show(facts)


def _show(facts: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(_painted(facts["state"]), facts["home"], sep="  ", soft_wrap=True)
    if facts["state"] == "down":
        out.print("No stack runs here; `helsepuls up` starts one.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("process", "state", "pid", "restarts", "address"):
        table.add_column(heading, justify="right" if heading in ("pid", "restarts") else "left")
    for name, part in _parts(facts):
        address = part.get("bootstrap") or part.get("url") or part.get("metrics") or ""
        pid, restarts = part.get("pid") or "", part.get("restarts", "")
        table.add_row(name, _painted(part["state"]), str(pid), str(restarts), address)
    out.print(table)
    if facts["lag"] is not None:
        behind = {topic: count for topic, count in facts["lag"].items() if count}
        out.print("behind: " + (", ".join(f"{topic} {count}" for topic, count in behind.items()) or "nothing"))
    for problem in facts["problems"]:
        out.print(Text("!", style="red"), problem, soft_wrap=True)


def _parts(facts: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parts = [("kafka", facts["kafka"]), ("registry", facts["registry"]), ("warehouse", facts["warehouse"])]
    return [(name, part) for name, part in parts if part] + [(part["name"], part) for part in facts["workers"]]


def _painted(state: str) -> Text:
    from rich.text import Text

    return Text(state, style=_COLOURS.get(state, "default"))
