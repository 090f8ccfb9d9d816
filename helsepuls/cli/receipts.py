"""`helsepuls receipts`: what became of one reporter's events."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from helsepuls.cli import common
from helsepuls.cli._instant import INSTANT, moment
from helsepuls.cli._organisation import ORGANISATION


@click.command()
@click.option(
    "--reporter", required=True, metavar="ORGNR", type=ORGANISATION, help="Organisation number of the reporting unit."
)
@click.option("--since", type=INSTANT, metavar="TIME", help="Only verdicts given then or later: 2026-01-31T08:00:00Z.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=100,
    show_default=True,
    help="At most so many receipts, newest first.",
)
@common.home_option
@common.json_option
def command(reporter: str, since: datetime | None, limit: int, home: Path | None, as_json: bool) -> None:
    """Show what became of a reporter's events: how many were accepted, and every problem with its field.

    One receipt speaks of one batch of the reporter's events; `entries` name each event that was repaired, warned of,
    rejected or a duplicate.
    """
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from runtime.warehouse import Reader

    warehouse = Reader(load(WarehouseSettings, find_home(home)))
    try:
        found = warehouse.records(
            "SELECT * FROM receipts WHERE reporter = {reporter:String} "
            "AND processed_at >= fromUnixTimestamp64Milli({since:Int64}) "
            "ORDER BY processed_at DESC, receipt_id LIMIT {limit:UInt32}",
            {"reporter": reporter, "since": int(since.timestamp() * 1000) if since else 0, "limit": limit + 1},
        )
    finally:
        warehouse.close()
    receipts, more = found[:limit], len(found) > limit
    if as_json:
        common.print_json({"reporter": reporter, "receipts": receipts, "more": more})
    else:
        _show(reporter, receipts, more)


def _show(reporter: str, receipts: list[dict[str, Any]], more: bool) -> None:
    out = common.console()
    if not receipts:
        out.print(f"No receipts for {reporter}: nothing of this reporter has been judged in that time.")
        return
    table = common.table_of("judged", "family", "accepted", "rejected", "duplicates", "offsets")
    for r in receipts:
        table.add_row(
            moment(r["processed_at"]),
            r["family"],
            *(str(r[name]) for name in ("accepted", "rejected", "duplicates")),
            f"partition {r['source_partition']}: {r['first_offset']} to {r['last_offset']}",
        )
    out.print(table)
    problems = common.table_of("event", "outcome", "code", "severity", "field", "what to do")
    for receipt in receipts:
        for entry in receipt["entries"]:
            for problem in entry["problems"] or [{}]:
                problems.add_row(
                    str(entry["event_id"] or f"offset {entry['source_offset']}"),
                    entry["outcome"],
                    *(problem.get(name, "") for name in ("code", "severity", "field", "message")),
                )
    if problems.row_count:
        out.print(problems)
    if more:
        out.print("There are older receipts: give --limit.")
