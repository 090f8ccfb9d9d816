"""`helsepuls close`: the daily close, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli.common import console, home_option, json_option, print_json, table_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from runtime.settings import WarehouseSettings

_SECONDS = 600


@click.command()
@home_option
@json_option
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The Norwegian day to close. Default: every missed day."
)
def command(home: Path | None, as_json: bool, day: datetime | None) -> None:
    """Close a day: keep every daily view of it as it stands, for good.

    The warehouse process does this by itself at 06:00 (setting close.at) for the day before, and catches up when it was
    away. Without --date this closes every day since the first close that is not closed and whose time has come. A day
    that is closed stays as it is: closing it again changes nothing and says so. A day whose time has not come is
    refused (exit code 1).

    \b
    Example:
      helsepuls close --date 2026-01-05
      helsepuls sql "SELECT * FROM npr_contacts_daily_closed WHERE day = '2026-01-05'"
    """
    from helsepuls.cli._warehouse import has_endpoint
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from sinks.connect import is_embedded

    folder = find_home(home)
    settings = load(WarehouseSettings, folder)
    wanted = day.date() if day else None
    # An embedded warehouse belongs to the process that runs it: that one closes.
    by_process = has_endpoint(folder, settings) and is_embedded(settings)
    found = _asked(settings, wanted) if by_process else _own(folder, settings, wanted)
    if as_json:
        print_json(found)
        return
    _show(found)


def _own(home: Path, settings: WarehouseSettings, day: date | None) -> list[dict[str, Any]]:
    from runtime.settings import load
    from sinks.close import Closer, document
    from sinks.connect import connect, refuse_missing
    from sinks.migrate import migrate
    from sinks.settings import CloseSettings, SinkSettings

    refuse_missing(settings)
    client = connect(settings, load(SinkSettings, home).insert_seconds)
    try:
        migrate(client)
        closer = Closer(client, load(CloseSettings, home).at)
        return document(found for one in closer.days(day) for found in closer.close(one))
    finally:
        client.close()


def _asked(settings: WarehouseSettings, day: date | None) -> list[dict[str, Any]]:
    import http.client
    from urllib.parse import urlsplit

    import orjson

    from schemas.errors import Fatal, Retryable

    where = urlsplit(settings.query_url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=_SECONDS)
    try:
        connection.request("POST", f"/close?date={day}" if day else "/close")
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        raise Retryable(
            f"the warehouse at {where.hostname}:{where.port} does not answer: see `helsepuls status`"
        ) from None
    finally:
        connection.close()
    if status in (404, 405):
        raise Fatal(
            "the SQL endpoint takes no close (it listens beyond this machine, or is older): it closes by itself"
        )
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Fatal(f"the warehouse at {where.hostname}:{where.port} answers with status {status}") from None
    if status == http.client.OK:
        found: list[dict[str, Any]] = told
        return found
    sentence = str(told.get("error", f"status {status}"))
    raise Retryable(sentence) if status == http.client.SERVICE_UNAVAILABLE else Fatal(sentence)


def _show(found: list[dict[str, Any]]) -> None:
    table = table_of("day", "view", "rows", "hash", "closed at", "")
    for one in found:
        state = "closed now" if one["new"] else "was closed: nothing changed"
        table.add_row(one["day"], one["view"], str(one["rows"]), one["hash"][:16], one["closed_at"][:19], state)
    console().print(table)
    new = {one["day"] for one in found if one["new"]}
    before = {one["day"] for one in found} - new
    parts = [f"{len(new)} closed" if new else "", f"{len(before)} closed before, unchanged" if before else ""]
    console().print("Days: " + ", ".join(part for part in parts if part) + ".")
