"""The table and the JSON of a run, and what became slower than the run that was recorded."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from .measure import Figure, Results

RECORDED = Path(__file__).parent / "recorded.json"
_TOLERANCE = 1.25
"""Ratios of two runs differ by some ten per cent on a noisy machine; a quarter is no chance."""


def machine() -> dict[str, Any]:
    """What the figures were measured on, and what else ran there."""
    model = [line for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines() if line.startswith("model name")]
    return {
        "cpu": model[0].split(":", 1)[1].strip() if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def document(facts: dict[str, Any], results: Results) -> dict[str, Any]:
    return {"machine": facts, "figures": [_entry(figure) for figure in results.figures]}


def _entry(figure: Figure) -> dict[str, Any]:
    entry = {"name": figure.name, "value": round(figure.value, 4), "unit": figure.unit}
    if figure.goal:
        goal = figure.goal
        entry |= {"must": goal.must, "aim": goal.aim, "holds": goal.met(figure.value, goal.must)}
    return entry


def slower(results: Results) -> list[str]:
    """Ratios that are worse than the recorded ones by more than chance."""
    if not RECORDED.exists():
        return []
    recorded = {entry["name"]: entry["value"] for entry in json.loads(RECORDED.read_text("utf-8"))["figures"]}
    found = []
    for figure in results.figures:
        before = recorded.get(figure.name)
        if figure.unit != "ratio" or not before or not figure.value:
            continue
        higher = figure.goal.better == "higher" if figure.goal else figure.better == "higher"
        worse = before / figure.value if higher else figure.value / before
        if worse > _TOLERANCE:
            found.append(f"{figure.name}: {figure.value:.2f}, recorded {before:.2f}")
    return found


def show(facts: dict[str, Any], results: Results, worse: Sequence[str]) -> None:
    console = Console(width=110)
    about = f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, load {facts['load_before']} before"
    table = Table(title=f"Speed and memory\n{about}", title_justify="left")
    for name, side in (("measured", "left"), ("value", "right"), ("unit", "left"), ("must", "right"), ("aim", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    table.add_column("")
    for figure in results.figures:
        table.add_row(figure.name, _number(figure.value), figure.unit, *_verdict(figure))
    console.print(table)
    for line in worse:
        console.print(f"slower than recorded: {line}")


def _verdict(figure: Figure) -> tuple[str, str, str]:
    goal = figure.goal
    if goal is None:
        return "", "", ""
    sign = "≥" if goal.better == "higher" else "≤"
    if not goal.met(figure.value, goal.must):
        word = "does not hold"
    else:
        word = "aim reached" if goal.met(figure.value, goal.aim) else "holds"
    return f"{sign} {goal.must:g}", f"{sign} {goal.aim:g}", word


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
