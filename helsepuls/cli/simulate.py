"""`helsepuls simulate`: a health service whose events and outcomes are known."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from helsepuls.cli import common

_SHARE = common.Number(0, 1)
_FASTEST = 1_000_000
_LARGEST_SEED = 2**63 - 1
_OLDEST_DAYS = 360
"""A stay that is open for a year is warned of, so an older simulation would break rules that its truth knows not."""


@click.command()
@click.option(
    "--reporters",
    type=click.IntRange(1, 20_000),
    required=True,
    help="Reporting units: the real health "
    "trusts, then made-up municipalities, practices and clinics. At most half are trusts.",
)
@click.option("--days", type=click.IntRange(1, _OLDEST_DAYS), required=True, help="Days to simulate.")
@click.option(
    "--rate",
    type=common.Number(0, _FASTEST),
    default=0,
    show_default=True,
    help="With --publish: events sent a second, 0 as fast as possible. How many events there are follows from "
    "--reporters and --days: some 20 000 a working day of the hospitals, some 30 of each other reporter.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, _LARGEST_SEED),
    required=True,
    help="The same seed gives the same events, to the byte.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day (Norwegian time). Default: so that the last day is yesterday.",
)
@click.option("--duplicates", type=_SHARE, default=0, metavar="P", help="Share of events that are sent again.")
@click.option(
    "--invalid",
    type=_SHARE,
    default=0,
    metavar="P",
    help="Share of events with a fault: some are refused, mended and sent again, some repaired or warned of.",
)
@click.option("--late", type=_SHARE, default=0, metavar="P", help="Share of events sent hours after the others.")
@click.option(
    "--corrections",
    type=_SHARE,
    default=0,
    metavar="P",
    help="Share of events that are amended later, or cancelled because they never were.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write Avro files and the truth here.")
@click.option("--publish", is_flag=True, help="Send the events to Kafka, patients sealed as by `helsepuls publish`.")
@click.option(
    "--truth",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --publish: folder of the truth. Default: simulated/<start>-seed-<seed> under the home.",
)
@common.home_option
@common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    reporters: int,
    days: int,
    rate: float,
    seed: int,
    start: datetime | None,
    duplicates: float,
    invalid: float,
    late: float,
    corrections: float,
    out: Path | None,
    publish: bool,
    truth: Path | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Simulate a health service: hospital stays, referrals, outpatients, municipal services, consultations, capacity.

    Patients are synthetic (birth month + 80). Beside the events goes the truth: how many of them end as accepted,
    rejected or duplicate and with which codes, and what the tables must show, such as the occupancy of every ward at
    every hour. Publish written files with `helsepuls publish DIR/events --format avro --no-validate`.
    """
    from helsepuls.cli._simulated import to_files, to_kafka
    from producers.simulate.config import OSLO, SimulationConfig
    from runtime.home import find_home

    if bool(out) == publish:
        raise click.UsageError("say where the events go: --out DIR or --publish")
    if out and ctx.get_parameter_source("rate") is not ParameterSource.DEFAULT:
        raise click.UsageError("--rate goes with --publish; files are written as fast as possible")
    if truth and out:
        raise click.UsageError("--truth goes with --publish; with --out DIR the truth is in DIR")
    if out and out.exists() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty: name a new folder")
    today = datetime.now(OSLO).date()
    first = start.date() if start else today - timedelta(days=days)
    if not today - timedelta(days=_OLDEST_DAYS) <= first <= today - timedelta(days=days):
        raise click.UsageError(f"the simulated days must be over, and none more than {_OLDEST_DAYS} days ago")
    try:
        config = SimulationConfig(
            *(reporters, days, seed, first),
            duplicates=duplicates,
            invalid=invalid,
            late=late,
            corrections=corrections,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    document: dict[str, Any]
    if out:
        simulation, files = to_files(out, config)
        document = {"files": files, "truth": str(out)}
    else:
        folder = find_home(home)
        truth = truth or folder / "simulated" / f"{first}-seed-{seed}"
        simulation, sent = to_kafka(folder, truth, config, rate)
        document = {"failed": sent.failed, "first_error": sent.first_error, "truth": str(truth)}
    known = simulation.truth.document()
    document |= {"start": first.isoformat(), **{name: known[name] for name in ("events", "outcomes", "codes")}}
    if as_json:
        common.print_json(document)
    else:
        _show(document)
    if document.get("failed"):
        click.echo(f"Error: {common.events(document['failed'])} not delivered: {document['first_error']}", err=True)
        ctx.exit(common.FAILED)


def _show(document: dict[str, Any]) -> None:
    out = common.console()
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in document["outcomes"].items())
    out.print(f"{common.events(document['events'])} from {document['start']}; to become of them: {outcomes}.")
    if document["codes"]:
        table = common.table_of("code", "severity", "events")
        for code, entry in document["codes"].items():
            table.add_row(code, entry["severity"], str(entry["events"]))
        out.print(table)
    where = f"{document['files']} event files and the truth" if "files" in document else "The truth"
    out.print(f"{where}: {document['truth']}")
