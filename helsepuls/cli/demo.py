"""`helsepuls demo`: the first five minutes (`make run`)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from helsepuls.cli import common

if TYPE_CHECKING:
    from producers.outcomes import Waited
    from producers.simulate.live import Sent
    from producers.simulate.truth import Truth
    from runtime.settings import WarehouseSettings
    from runtime.warehouse import Reader

_REPORTERS: Final = 160
_SHARES: Final = {"duplicates": 0.01, "invalid": 0.015, "late": 0.02, "corrections": 0.01}
_WAIT_SECONDS: Final = 120.0
_NOTE: Final = "demo.json"


@click.command()
@common.home_option
def command(home: Path | None) -> None:
    """Start the local stack, publish a simulated national day, and show the tables that come of it.

    The day is yesterday, some 20 000 to 40 000 events of 160 reporters, fewer at weekends; patients are synthetic.
    The stack is left running. A home holds one simulated day: run again, the demo publishes the same events, which
    are all duplicates (or rejected again) and change no table.
    """
    from deploy.local.control import up
    from producers.simulate.config import OSLO
    from producers.simulate.release import release
    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from runtime.warehouse import Reader

    folder = find_home(home)
    notes = common.stderr_console()
    with notes.status("starting the stack") as spinner:
        up(folder, workers=None, with_registry=False, say=spinner.update)
    held = _held(folder)
    day = held.day if held else datetime.now(OSLO).date() - timedelta(days=1)
    settings = load(WarehouseSettings, folder)
    reader = Reader(settings)
    try:
        if held and held.simulation != release():
            notes.print(f"This home holds {day} as another release simulated it: shown, not published again.")
        else:
            if held:
                notes.print(f"This home holds the simulated {day} already. It is published again, to no effect.")
            _remember(folder, day)
            _publish(folder, day, reader, again=held is not None)
        _show(reader, day)
    finally:
        reader.close()
    _say_where(settings)


class _Held(NamedTuple):
    """What a home holds: the simulated day, and the release of the simulation that made it."""

    day: date
    simulation: str


def _held(home: Path) -> _Held | None:
    from runtime.home import read_json

    note = read_json(home / _NOTE)
    return _Held(date.fromisoformat(note["day"]), note["simulation"]) if note else None


def _remember(home: Path, day: date) -> None:
    from producers.simulate.release import release
    from runtime.home import write_json

    write_json(home / _NOTE, {"day": day.isoformat(), "simulation": release()})


def _publish(home: Path, day: date, reader: Reader, *, again: bool) -> None:
    """Sends the day and waits for every outcome. Raises Fatal when one does not come or is not as simulated."""
    from helsepuls.cli._simulated import to_kafka
    from producers.simulate.config import SimulationConfig
    from schemas.errors import Fatal

    config = SimulationConfig(_REPORTERS, 1, int(f"{day:%Y%m%d}"), day, **_SHARES)
    simulation, sent = to_kafka(home, home / "simulated" / f"demo-{day}", config)
    if sent.failed:
        raise Fatal(f"{sent.failed} events were not delivered ({sent.first_error}); see `helsepuls status`")
    waited = _wait(reader, sent)
    _check(waited, simulation.truth, again=again)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in waited.outcomes.items())
    common.console().print(f"\nPublished a simulated national day, {day}: {outcomes}, as simulated.", soft_wrap=True)


def _wait(reader: Reader, sent: Sent) -> Waited:
    from producers.outcomes import wait_for_outcomes
    from schemas.errors import Fatal

    with common.progress() as bar:
        task = bar.add_task("Waiting for outcomes", total=len(sent.coordinates))
        waited = wait_for_outcomes(
            reader, sent.coordinates, _WAIT_SECONDS, lambda found: bar.update(task, completed=found)
        )
    if waited.missing:
        why = waited.problem or "`helsepuls status` shows who is behind, `helsepuls logs` why"
        raise Fatal(f"{waited.missing} events have no outcome after {_WAIT_SECONDS:.0f} s: {why}")
    return waited


def _check(waited: Waited, truth: Truth, *, again: bool) -> None:
    """The stream must have said of each event what the simulation knows of it."""
    from schemas.errors import Fatal

    known, found = truth.document()["outcomes"], waited.outcomes
    taken_in = found["accepted"] + found["duplicate"] == known["accepted"] + known["duplicate"]
    if not taken_in or (not again and found != known):
        raise Fatal(f"the outcomes are {found}, but {known} were simulated: `helsepuls audit` looks closer")


def _show(reader: Reader, day: date) -> None:
    common.console().print()
    _table(
        reader,
        "Patients in hospital at the end of the day (preparedness_occupancy_at)",
        "SELECT replaceAll(ifNull(region, ''), ' RHF', '') AS region, health_trust, sum(patients) AS patients,"
        " sum(on_leave) AS leave, sum(reported_staffed) AS beds, round(100 * patients / beds) AS percent"
        " FROM preparedness_occupancy_at(at = now64(3, 'UTC'))"
        " GROUP BY region, health_trust ORDER BY region, health_trust",
    )
    _table(
        reader,
        "Contacts of the day in specialist care (npr_contacts_daily)",
        "SELECT health_trust, sumIf(contacts, omsorgsniva = '1') AS stays,"
        " sumIf(contacts, omsorgsniva = '2') AS day_treatment, sumIf(contacts, omsorgsniva = '3') AS outpatient,"
        " sumIf(contacts, innmateHast = '1') AS acute"
        " FROM npr_contacts_daily WHERE day = {day:Date} GROUP BY health_trust ORDER BY health_trust",
        day,
    )
    _table(
        reader,
        "Changes of municipal services on the day (kpr_services_daily)",
        "SELECT tjenesteType AS type, sum(started) AS started, sum(paused) AS paused, sum(resumed) AS resumed,"
        " sum(provider_changed) AS moved, sum(ended) AS ended, uniqExact(kommuneNr) AS municipalities"
        " FROM kpr_services_daily WHERE day = {day:Date} GROUP BY type ORDER BY toUInt16OrZero(type)",
        day,
    )
    _table(
        reader,
        "Rejected, and why (rejected)",
        "SELECT problem.code AS code, problem.severity AS severity, count() AS events, any(problem.message) AS message"
        " FROM rejected ARRAY JOIN problems AS problem"
        " GROUP BY code, severity ORDER BY events DESC, code LIMIT 8",
    )


def _table(reader: Reader, title: str, query: str, day: date | None = None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    rows = reader.records(query, {"day": day} if day else None)
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for name in rows[0] if rows else ["nothing"]:
        table.add_column(name, justify="right" if rows and _is_number(rows[0][name]) else "left")
    for row in rows:
        table.add_row(*map(_text, row.values()))
    common.console().print(table)


def _text(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:g}" if _is_number(value) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _say_where(settings: WarehouseSettings) -> None:
    from urllib.parse import urlsplit

    where = urlsplit(settings.query_url)
    lines = (
        "The stack is left running. Query it",
        "",
        '  helsepuls sql "SELECT * FROM preparedness_occupancy"',
        "",
        f"or over HTTP: http://{where.hostname}:{where.port}/?query=SHOW+TABLES+FROM+{settings.database}",
        "",
        "or in Python:",
        "",
        "  import clickhouse_connect",
        f'  client = clickhouse_connect.get_client(host="{where.hostname}", port={where.port},',
        f'                                         database="{settings.database}")',
        '  print(client.query("SELECT * FROM npr_contacts_daily").first_row)',
        "",
        "`helsepuls status` shows how it does, `helsepuls down` ends it.",
    )
    for line in lines:
        common.console().print(line, soft_wrap=True)
