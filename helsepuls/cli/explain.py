"""`helsepuls explain`: what a figure rests on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from helsepuls.cli import common
from helsepuls.cli._instant import INSTANT, moment
from helsepuls.explained_views import VIEWS

if TYPE_CHECKING:
    from helsepuls.explaining import Explained

_SHOWN: Final = 40


class _Moment(click.ParamType):
    """A time with its zone, or a date: 08:00 of that day in Norway."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from producers.times import OSLO

        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(hour=8, tzinfo=OSLO)
        except (TypeError, ValueError):
            return INSTANT.convert(value, param, ctx)


@click.command(epilog="\b\nVIEW is one of\n  " + "\n  ".join(VIEWS))
@click.argument("view", type=click.Choice(list(VIEWS)), metavar="VIEW")
@click.option(
    "--unit",
    required=True,
    help="The unit, as the view names it; of a register also the reporter or the municipality (kommuneNr).",
)
@click.option("--at", type=_Moment(), help="The time of the figure, or a date (then 08:00 in Norway). Default: now.")
@click.option("--known-at", type=INSTANT, help="As it was known at this time. Default: now.")
@common.home_option
@common.json_option
@click.pass_context
def command(
    ctx: click.Context,
    view: str,
    unit: str,
    at: datetime | None,
    known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Show the events behind a figure of VIEW, the rules they met, and what was imputed.

    \b
    helsepuls explain preparedness_occupancy --unit 983971636 --at 2026-05-13T08:00:00Z
    helsepuls explain preparedness_census --unit 983971636 --at 2026-05-13 --known-at 2026-05-14T11:00:00Z
    helsepuls explain npr_contacts_daily --unit 983971636 --at 2026-05-13

    Every event comes with its id and its coordinates in the raw topic, so that `helsepuls trace` goes on from there.
    The same events are rows of the relation explain_<view>. Exit code 1 when the view has no figure for the unit.
    """
    from helsepuls.explaining import explain
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from runtime.warehouse import Reader

    now = datetime.now(UTC)
    warehouse = Reader(load(WarehouseSettings, find_home(home)))
    try:
        found = explain(warehouse, view, unit, at or now, known_at or now)
    finally:
        warehouse.close()
    if as_json:
        common.print_json(found)
    else:
        _show(found)
    ctx.exit(common.OK if found.figures else common.FAILED)


def _show(found: Explained) -> None:
    out = common.console()
    if not found.figures:
        # The unit is not quoted: who mistakes another number for it may have written a patient's.
        out.print(f"There is no figure of {found.view} for this unit at that time.")
        out.print("A unit is named as in the column `unit` of preparedness_occupancy.")
        return
    for figure in found.figures:
        known = {name: value for name, value in figure.items() if value not in (None, "")}
        out.print(", ".join(f"{name} {_text(value)}" for name, value in known.items()), soft_wrap=True)
    out.print()
    for event in found.events[:_SHOWN]:
        out.print(_line(event), soft_wrap=True)
    if len(found.events) > _SHOWN:
        out.print(f"… and {len(found.events) - _SHOWN} more events: --json has all of them.")
    for rule in found.rules:
        out.print(f"{rule['code']} ({rule['severity']}) {rule['field']}: {rule['rule']}")
    for text in found.imputed:
        out.print(f"imputed or flagged: {common.harmless(text)}")
    out.print(f"rules: {', '.join(found.rules_releases)}; reference tables: {', '.join(found.reference_releases)}")


def _line(event: dict[str, Any]) -> str:
    patients = "" if event["patients"] is None else f" {event['patients']}"
    broken = "".join(f", {problem['code']} on {problem['field']}" for problem in event["problems"])
    return (
        f"{event['role']}{patients}: {common.harmless(event['what'])}, occurred {moment(event['occurred_at'])}, "
        f"known {moment(event['known_at'])}, event {event['event_id']}, "
        f"{event['source_topic']} partition {event['source_partition']} offset {event['source_offset']}{broken}"
    )


def _text(value: object) -> str:
    return moment(value) if isinstance(value, datetime) else common.harmless(str(value))
