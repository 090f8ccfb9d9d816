"""`helsepuls trace`: what happened to one event."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from helsepuls.cli import common
from helsepuls.cli._instant import moment


class _EventId(click.types.UUIDParameterType):
    """What is refused is not quoted: who looks for a patient's event may have given the patient's number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return value if isinstance(value, UUID) else UUID(str(value).strip())
        except ValueError:
            self.fail("not an event id, like 0a6d9f4e-6c5f-5d7b-8f0e-2f1f6f1c9a11; receipts name them", param, ctx)


@click.command()
@click.argument("event_id", type=_EventId())
@common.home_option
@common.json_option
@click.pass_context
def command(ctx: click.Context, event_id: UUID, home: Path | None, as_json: bool) -> None:
    """Show all that is known of the event EVENT_ID.

    Where and when it was received, what became of it and why, the accepted version, and the receipts that speak of it;
    each time, if it was sent more than once. Exit code 1 when no event of that id has an outcome.
    """
    from helsepuls.tracing import trace
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from runtime.warehouse import Reader

    warehouse = Reader(load(WarehouseSettings, find_home(home)))
    try:
        received = trace(warehouse, event_id)
    finally:
        warehouse.close()
    if as_json:
        common.print_json({"event_id": event_id, "seen": bool(received), "received": received})
    else:
        _show(event_id, received)
    ctx.exit(common.OK if received else common.FAILED)


def _show(event_id: UUID, received: list[dict[str, Any]]) -> None:
    out = common.console()
    if not received:
        out.print(
            f"No event {event_id} has an outcome. If it was sent within the last seconds, ask again; "
            "otherwise it never reached Helsepuls: publish it (again) with --wait."
        )
    for outcome in received:
        out.print(
            f"{moment(outcome['received_at'])}  {outcome['source_topic']} partition {outcome['source_partition']} "
            f"offset {outcome['source_offset']}, reporter {outcome['reporter']}: {outcome['outcome']}",
            style="bold",
        )
        if first := outcome["first_accepted"]:
            out.print(f"  accepted before: partition {first['partition']} offset {first['offset']}")
        for problem in outcome["problems"]:
            out.print(f"  {problem['code']} ({problem['severity']}) {problem['field']}", end="")
            out.print(f": {problem['message']}" if problem.get("message") else "")
        for name, value in (outcome["version"] or {}).items():
            if value not in (None, [], "") and name != "problems":
                out.print(f"  {name}: {moment(value) if isinstance(value, datetime) else common.harmless(str(value))}")
        for receipt in outcome["receipts"]:
            out.print(f"  receipt {receipt['receipt_id']} of {moment(receipt['processed_at'])}")
