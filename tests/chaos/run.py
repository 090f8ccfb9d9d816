"""Plays a plan: each stage is started once, and ended whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from .clock import COMPILER, Clock
from .cluster import Cluster
from .plan import Round
from .report import line
from .rounds import Player, Result
from .stage import Stage

Sections = Mapping[str, Mapping[str, Any]]

_LONG: dict[str, dict[str, Any]] = {"stack": {"kafka_heap_mb": 384}, "sink": {"insert_seconds": 10}}
_SHORT: dict[str, dict[str, Any]] = {
    "stack": {"kafka_heap_mb": 384},
    "stream": {"session_timeout_seconds": 6},
    "sink": {"insert_seconds": 2},
}
_SERVER_SINK = {"instance": "chaos"}
"""Static membership of the sink beside a server, which an embedded warehouse has by itself."""
_PROGRAMS = Path(__file__).parent / "programs"
_PUBLISHER = (str(_PROGRAMS / "publisher.py"),)
SABOTAGES = {
    "commit-first": "worker",
    "forget": "worker",
    "insert-late": "warehouse",
    "remove-first": "publisher",
}
"""What `programs/sabotaged.py` takes away → from which process."""
_QUICK_JAVA: Mapping[str, str] = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}


def run(
    rounds: Sequence[Round],
    folder: Path,
    *,
    short: bool = False,
    patience: float = 150,
    sabotage: str | None = None,
    say: Callable[[str], None] = print,
    after_each: Callable[[list[Result]], None] = lambda _results: None,
    beginning: Callable[[Path], None] = lambda _home: None,
    quick_java: Mapping[str, str] = _QUICK_JAVA,
) -> list[Result]:
    """The results in order. `short`: the faults' short times and short time-outs. `sabotage`: one of SABOTAGES.
    `after_each` round gets the results so far. `beginning` is told each home before anything is started in it.
    `quick_java`: environment of every Java of a short run."""
    results: list[Result] = []
    broken = SABOTAGES.get(sabotage or "")
    program = (str(_PROGRAMS / "sabotaged.py"), sabotage or "")
    more = {"stack": {f"{broken}_command": [sys.executable, *program]}} if broken in ("worker", "warehouse") else {}
    for name, played in groupby(rounds, key=lambda one: one.stage):
        stage = _stage(name, folder, short, more, quick_java)
        beginning(stage.home)
        say(f"starting the {name} stage in {stage.home}")
        try:
            stage.start()
            player = Player(stage, short, patience, say, program if broken == "publisher" else _PUBLISHER)
            for wanted in played:
                results.append(player.play(wanted))
                say(line(results[-1]))
                after_each(results)
        finally:
            stage.end()
    return results


def _stage(name: str, folder: Path, short: bool, more: Sections, java: Mapping[str, str]) -> Stage:
    home = folder / name
    home.mkdir(parents=True)
    settings = {section: dict(values) for section, values in (_SHORT if short else _LONG).items()}
    for section, values in more.items():
        settings.setdefault(section, {}).update(values)
    environment = dict(java) if short else {}
    if name == "cluster":
        settings["sink"].update(_SERVER_SINK)
        return Cluster(home, settings, environment)
    clock = Clock(home) if COMPILER else None
    if clock:
        environment.update(clock.environment)
    return Stage(home, settings, environment, clock)
