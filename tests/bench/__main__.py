"""`python -m tests.bench`: measures, prints the table, and ends with 1 when something that must hold does not."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from deploy.settings import TopicSettings

from . import national, pieces, rates, report, restart, rhythm, surge, whole, workers
from .measure import Results
from .rig import Rig, rig

_PARTITIONS = TopicSettings().partitions

Measurement = Callable[[Rig, Results, int, Path], None]

MEASUREMENTS: dict[str, Measurement] = {
    "rates": lambda r, into, times, peers: rates.measure(r, into, peers, events=400_000, rounds=times),
    "reporters": lambda r, into, times, _: rates.by_reporters(r, into, events=300_000, rounds=times),
    "whole": lambda r, into, times, _: whole.throughput(r, into, events=400_000, rounds=times),
    "latency": lambda r, into, times, _: whole.latency(r, into, rate=2_000, seconds=20 * times),
    "workers": lambda r, into, times, _: workers.measure(r, into, events=500_000, partitions=(6, 24), rounds=times),
    "restart": lambda r, into, times, _: restart.measure(r, into, ids=7_000_000, rounds=times),
    "surge": lambda r, into, times, _: surge.surge(r, into, rate=1_000, seconds=200 * times),
    "dominating": lambda r, into, _, __: surge.dominating(r, into, events=200_000),
    "rhythm": lambda r, into, _, __: rhythm.measure(r, into, reporters=20_000, plan=rhythm.Plan(night=20, rate=100)),
    "backlog": lambda r, into, _, __: surge.backlog(r, into, events=5_000_000, rate=500),
}


@click.command()
@click.option(
    "--only", multiple=True, type=click.Choice([*MEASUREMENTS, "pieces", "national"]), help="Measure only this (again)."
)
@click.option("--rounds", default=3, show_default=True, help="How often each ratio is measured; the median counts.")
@click.option(
    "--peers", type=click.Path(path_type=Path), required=True, help="The Python that has the peers installed."
)
@click.option(
    "--events", multiple=True, type=int, default=(3_000_000, 10_000_000, 30_000_000), help="National: events stored."
)
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures to this file.")
@click.option("--record", is_flag=True, help="Keep the figures as those that later runs are compared with.")
def main(
    only: tuple[str, ...], rounds: int, peers: Path, events: tuple[int, ...], target: Path | None, record: bool
) -> None:
    """Speed and memory of the product beside its peers, measured in one run."""
    logging.getLogger().setLevel(logging.ERROR)
    results = Results()
    facts = report.machine()
    wanted = only or (*MEASUREMENTS, "pieces", "national")
    for name, measurement in MEASUREMENTS.items():
        if name in wanted:
            started = time.monotonic()
            with rig(_PARTITIONS) as one:
                measurement(one, results, rounds, peers)
            click.echo(f"{name}: {time.monotonic() - started:.0f} s", err=True)
    if "pieces" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            pieces.measure(results, Path(folder), events=150_000, sizes=(200, 2_000, 20_000))
    if "national" in wanted:
        national.measure(results, events)
    worse = report.slower(results)
    document = json.dumps(report.document(facts, results), indent=1, ensure_ascii=False) + "\n"
    for path in [*([target] if target else []), *([report.RECORDED] if record else [])]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, "utf-8")
    report.show(facts, results, worse)
    sys.exit(1 if results.failed or worse else 0)


main()
