"""`helsepuls audit`: does every raw event have exactly one outcome, and do all places say the same?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from helsepuls.cli import common

if TYPE_CHECKING:
    from rich.console import Console

    from helsepuls.audit.report import Report, Stretch

_SHOWN = 20


@click.command()
@common.home_option
@common.json_option
@click.option(
    "--timeout",
    type=common.Number(0, common.LONGEST_SECONDS),
    default=10.0,
    show_default=True,
    help="Seconds to wait for outcomes that are still on their way; what has none then is missing.",
)
@click.option(
    "--textfile",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also leave the result as Prometheus metrics in this file (*.prom), for the node exporter to collect.",
)
@click.pass_context
def command(ctx: click.Context, home: Path | None, as_json: bool, timeout: float, textfile: Path | None) -> None:
    """Prove that no event was lost, counted twice or made up.

    Holds three sets against each other, offset by offset: what the raw topics hold now, what the outcome topics say,
    and what the relation `outcomes` in the warehouse says. Exit code 1 with the coordinates when they differ.

    \b
    missing    raw offsets without an outcome: on the side(s) named under "where"
    double     offsets with more than one outcome, or with another one on each side
    invented   outcomes of offsets that do not exist
    stray      outcome records that cannot be read or stand in the wrong partition
    reemitted  the same outcome written again after a crash: allowed, it counts once
    expired    outcomes that only the warehouse still holds, the topics' retention has passed: allowed
    empty      raw offsets without an event, where a sender's transaction ended: allowed
    """
    from helsepuls.audit import textfile as textfiles
    from helsepuls.audit.judge import audit
    from helsepuls.audit.topics import Topics
    from runtime.home import find_home
    from runtime.settings import KafkaSettings, WarehouseSettings, load
    from runtime.warehouse import Reader

    folder = find_home(home)
    warehouse = Reader(load(WarehouseSettings, folder))
    topics = Topics(load(KafkaSettings, folder))
    try:
        with common.progress() as bar:
            task = bar.add_task("raw events judged", total=None)
            report = audit(topics, warehouse, timeout, lambda done, of: bar.update(task, completed=done, total=of))
    finally:
        topics.close()
        warehouse.close()
    if textfile:
        textfiles.write(report, textfile)
    if as_json:
        common.print_json(report.document())
    else:
        _show(report, common.console())
    ctx.exit(common.OK if report.conserved else common.FAILED)


def _show(report: Report, out: Console) -> None:
    out.print(
        f"{report.raw} raw event{'s' * (report.raw != 1)}: {report.accepted} accepted, {report.rejected} rejected, "
        f"{report.duplicate} duplicates. {report.reemitted} outcomes written more than once, "
        f"{report.expired} in the warehouse only."
    )
    if report.conserved:
        out.print("Conserved: every event has exactly one outcome, the same everywhere.")
        return
    lines = [
        *(f"missing in {' and '.join(m.where)}: {_stretch(m)}" for m in report.missing),
        *(
            f"double: {d.topic} partition {d.partition} offset {d.offset} "
            f"(topics: {', '.join(d.topics) or 'none'}; warehouse: {', '.join(d.warehouse) or 'none'})"
            for d in report.double
        ),
        *(f"invented in {' and '.join(i.where)}: {_stretch(i)}" for i in report.invented),
        *(f"stray: {s.topic} partition {s.partition} offset {s.offset}: {s.why}" for s in report.stray),
    ]
    out.print("\n".join(["NOT conserved:", *lines[:_SHOWN]]))
    if (more := len(lines) - _SHOWN + report.unlisted) > 0:
        out.print(f"… and {more} more (--json lists them)")


def _stretch(stretch: Stretch) -> str:
    span = str(stretch.first) if stretch.first == stretch.last else f"{stretch.first} to {stretch.last}"
    return f"{stretch.topic} partition {stretch.partition} offset {span}"
