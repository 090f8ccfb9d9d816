"""What a run found: a table for people, a document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from .faults import FAULTS
from .rounds import Result


def recoveries(results: Sequence[Result]) -> dict[str, list[float]]:
    """Fault → seconds to recover, of the rounds in which it was the last."""
    found: dict[str, list[float]] = {}
    for result in results:
        if result.recovery is not None:
            found.setdefault(result.round.faults[-1], []).append(result.recovery)
    return found


def document(results: Sequence[Result], seed: int, rounds: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "rounds": rounds,
        "holds": all(result.holds for result in results),
        "recovery_seconds": recoveries(results),
        "results": [{**asdict(result), "holds": result.holds} for result in results],
    }


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def show(results: Sequence[Result], console: Console, command: str) -> None:
    """`command`: what plays these rounds again."""
    console.print(_checks(results))
    console.print(_recovery(results))
    again, reemitted = sum(r.sent_again for r in results), sum(r.reemitted for r in results)
    events = sum(r.events for r in results)
    console.print(f"{events} events; {again} reached the raw topics again, {reemitted} outcomes were written again.")
    for result in results:
        if not result.holds:
            console.print(f"[bold]Round {result.round.number} does not hold[/] ({', '.join(result.round.faults)})")
            for text in [result.problem or "", *_findings(result)]:
                if text:
                    console.print(f"  {text}", markup=False, soft_wrap=True)
            console.print(f"  again: {command} --only {result.round.number}", markup=False, soft_wrap=True)


def line(result: Result) -> str:
    """One round in a line."""
    verdict = "holds" if result.holds else f"DOES NOT HOLD: {result.problem or '; '.join(_findings(result))}"
    recovered = "-" if result.recovery is None else f"{result.recovery:.1f} s"
    return (
        f"round {result.round.number} ({', '.join(result.round.faults)}): {verdict}; recovered after {recovered}, "
        f"{result.sent_again} sent again, {result.reemitted} written again, {result.seconds:.0f} s in all"
    )


def _findings(result: Result) -> list[str]:
    return [f"{check.name}: {wrong}" for check in result.checks for wrong in check.wrong]


def _checks(results: Sequence[Result]) -> Table:
    table = Table("what must hold", "rounds", "facts", "does not hold in")
    names = dict.fromkeys(check.name for result in results for check in result.checks)
    for name in names:
        of = [(result, check) for result in results for check in result.checks if check.name == name]
        wrong = [str(result.round.number) for result, check in of if not check.holds]
        table.add_row(name, str(len(of)), str(sum(check.facts for _, check in of)), ", ".join(wrong) or "-")
    ended = [str(result.round.number) for result in results if result.problem]
    table.add_row("every round comes to rest", str(len(results)), str(len(results)), ", ".join(ended) or "-")
    return table


def _recovery(results: Sequence[Result]) -> Table:
    table = Table("fault", "rounds", "recovered after s, median", "longest")
    measured = recoveries(results)
    for name in FAULTS:
        rounds = sum(name in result.round.faults for result in results)
        times = measured.get(name, [])
        shown = (f"{median(times):.1f}", f"{max(times):.1f}") if times else ("-", "-")
        table.add_row(name, str(rounds) if rounds else "not run", *shown)
    return table
