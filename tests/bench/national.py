"""A country in the warehouse: how fast the published views answer, and how that grows with the events stored.

Accepted events of some 20 000 reporters over 120 days are written to the logs by the engine itself, as the sink stores
them, with the shares of families, amendments and cancellations of ordinary operation. Ids have no order in them, which
is the hardest case for every index. Then every view is asked its usual question, some times over.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, Final

import numpy as np
import pyarrow as pa

from runtime.settings import WarehouseSettings
from schemas.types import accepted_topic
from sinks.beds import Beds
from sinks.close import Closer
from sinks.connect import connect
from sinks.migrate import migrate
from sinks.warehouse.limits import Limits

from .measure import Goal, Results

SHARES: Final = {
    "consultation": 0.60,
    "episode": 0.14,
    "movement": 0.14,
    "referral": 0.06,
    "service": 0.05,
    "capacity": 0.01,
}
"""Of all events. Consultations are by far the most frequent thing that happens to a patient."""
DAYS: Final = 120
_AMENDED: Final = 50
"""One event in so many is a second version of an earlier one; one in ten of these cancels it."""
_REPORTERS: Final = {
    "consultation": 18_000,
    "episode": 1_500,
    "movement": 60,
    "referral": 1_500,
    "service": 400,
    "capacity": 60,
}


def _pick(salt: str, count: int) -> str:
    """A number below `count` that follows from the subject."""
    return f"cityHash64(subject, '{salt}') % {count}"


def _code(salt: str, codes: tuple[str, ...]) -> str:
    return f"{list(codes)}[1 + {_pick(salt, len(codes))}]"


_DAY: Final = 86_400
_PROVIDER: Final = "leftPad(toString(301 + place % 357), 4, '0')"
"""The municipality of a reporter."""
_OWN: Final[dict[str, dict[str, str]]] = {
    "consultation": {
        "tjenestetype": _code("type", ("1", "1", "1", "2", "3", "6", "9")),
        "unit": "reporter",
        "unit_name": "reporter_name",
        "datoTidStart": "happened",
        "datoTidSlutt": "addMinutes(happened, 15)",
        "kontakttype": _code("contact", ("1", "2", "3")),
        "kommuneNr": _PROVIDER,
        "takster": f"[{_code('tariff', ('2ad', '1ad', '1be', '11ad', '2ae'))}]",
        "diagnoser": "[('ICPC-2', NULL, concat('A', leftPad(toString(" + _pick("code", 99) + "), 2, '0')))]",
    },
    "episode": {
        "unit": f"concat('97', leftPad(toString({_pick('unit', 40)} + 40 * place), 7, '0'))",
        "unit_name": "concat('Unit ', unit)",
        "sector": _code("sector", ("som", "som", "som", "vop", "buo")),
        "innDatoTid": "happened",
        "utDatoTid": f"if({_pick('open', 100)} = 0, NULL, addMinutes(happened, 30 + {_pick('length', 8640)}))",
        "omsorgsniva": _code("level", ("1", "2", "3", "3", "3", "3", "3")),
        "innmateHast": _code("urgency", ("1", "4", "5")),
        "debitor": "'1'",
        "tilstander": "[('1', '1', NULL, 'D', NULL, concat('J', leftPad(toString("
        + _pick("code", 99)
        + "), 2, '0')))]",
        "tidspunkter": f"if({_pick('ready', 20)} = 0, [('2', addHours(happened, 20))], [])",
    },
    "movement": {
        "episode_id": "lower(hex(cityHash64(whole, 'episode')))",
        "movement_type": "['admit', 'transfer', 'transfer', 'discharge'][1 + n % 4]",
        "unit": f"concat('97', leftPad(toString({_pick('unit', 40)} + 40 * place), 7, '0'))",
        "unit_name": "concat('Unit ', unit)",
        "tjenesteenhetID": f"concat('ward-', toString({_pick('ward', 20)} + 20 * place))",
        "patient_class": "'I'",
        "omsorgsniva": "'1'",
    },
    "referral": {
        "unit": f"concat('97', leftPad(toString({_pick('unit', 40)} + 40 * place), 7, '0'))",
        "unit_name": "concat('Unit ', unit)",
        "sector": _code("sector", ("som", "vop")),
        "mottaksDato": "toDate32(happened)",
        "ansienDato": "toDate32(happened)",
        "fagomrade": f"toString(10 + {_pick('field', 60)})",
        "rettTilHelsehjelp": "'1'",
        "fristStartBehandling": f"toDate32(happened) + 30 + {_pick('deadline', 60)}",
        "ventetidSluttDato": f"if({_pick('waits', 2)} = 0, NULL, toDate32(happened) + {_pick('waited', 90)})",
        "ventetidSluttKode": "if(ventetidSluttDato IS NULL, NULL, '1')",
    },
    "service": {
        "hendelse": _code("what", ("TjenesteStart", "TjenesteStart", "TjenesteSlutt", "MidlertidigStoppFra")),
        "tjenesteType": f"toString(1 + {_pick('type', 30)})",
        "tjenesteID": "lower(hex(cityHash64(whole, 'service')))",
        "hendelseDato": "toDate32(happened)",
        "kommuneNr": _PROVIDER,
    },
    "capacity": {
        "unit": f"concat('97', leftPad(toString({_pick('unit', 40)} + 40 * place), 7, '0'))",
        "unit_name": "concat('Unit ', unit)",
        "as_of": "happened",
        "origin": "'reported'",
        "resource": _code("resource", ("bed", "bed", "icu_bed")),
        "category": "'all'",
        "physical": "30",
        "staffed": "25",
        "occupied": f"10 + {_pick('occupied', 15)}",
        "available": "25 - occupied",
        "blocked": "2",
    },
}
"""Column to expression. `subject` is a number that stands for the subject, `happened` is when, `place` numbers the
reporter, `whole` what several subjects are part of: a stay, a service."""
_WHOLE: Final = {
    # admission, two transfers and discharge, a day and a half apart: each event is of a stay that began earlier
    "movement": f"intDiv(n, 4) - (n % 4) * intDiv(total, {4 * DAYS * 2 // 3})",
    "service": "intDiv(n, 2)",
}


_MOMENT: Final = f"intDiv(%s * {DAYS * _DAY * 1000}, total)"


def fill(client: Any, events: int, *, until: datetime | None = None) -> None:
    """Adds `events` accepted events of the `DAYS` before `until` (else now) to empty logs, a day an insert."""
    start = (until or datetime.now(UTC)) - timedelta(days=DAYS)
    for day in range(DAYS):
        for family, share in SHARES.items():
            total = int(events * share)
            first, last = total * day // DAYS, total * (day + 1) // DAYS
            if last > first:
                client.command(_insert(family, first, last - first, total, start))


def _insert(family: str, first: int, count: int, total: int, start: datetime) -> str:
    own = _OWN[family]
    names = ", ".join(own)
    expressions = ",\n    ".join(f"{expression} AS {name}" for name, expression in own.items())
    begin = f"toDateTime64('{start:%Y-%m-%d %H:%M:%S}', 3, 'UTC')"
    return f"""
INSERT INTO log_accepted_{family}
    (event_id, reporter, subject_id, revision, action, occurred_at, registered_at, sent_at, source_topic,
     source_partition, source_offset, received_at, processed_at, known_at, patient_key, sex, age_group,
     home_municipality, reporter_name, health_trust, region, reference_release, rules_release, outcome_topic,
     outcome_partition, outcome_offset, {names})
WITH
    number AS event,
    event % {_AMENDED} = {_AMENDED - 1} AND event > 10000 AS amends,
    event - amends * (1 + cityHash64(event) % 10000) AS n,
    cityHash64(n, '{family}') AS subject,
    {total} AS total,
    {_WHOLE.get(family, "n")} AS whole,
    cityHash64(whole, 'place') % {_REPORTERS[family]} AS place,
    addMilliseconds({begin}, {_MOMENT % "event"}) AS came,
    addMilliseconds({begin}, {_MOMENT % "n"}) AS happened
SELECT
    generateUUIDv4() AS event_id,
    toString(900000000 + place) AS reporter,
    lower(hex(subject)) AS subject_id,
    1 + amends AS revision,
    if(amends AND subject % 10 = 0, 'cancel', if(amends, 'amend', 'report')) AS action,
    happened AS occurred_at, happened AS registered_at, came AS sent_at,
    'raw.{family}', event % 24, event, came, came, came,
    lower(hex(SHA256(toString(subject % 5000000)))) AS patient_key,
    {_code("sex", ("1", "2"))} AS sex,
    {_code("age", ("0-9", "10-19", "20-39", "40-66", "67-79", "80+"))} AS age_group,
    leftPad(toString(301 + {_pick("home", 357)}), 4, '0') AS home_municipality,
    concat('Reporter ', reporter) AS reporter_name,
    concat('Trust ', toString(place % 20)) AS health_trust,
    concat('Region ', toString(place % 4)) AS region,
    'r1' AS reference_release, 'r1' AS rules_release,
    'accepted.{family}', event % 24, event,
    {expressions}
FROM numbers({first}, {count})
SETTINGS max_insert_threads = 1, max_threads = 1, optimize_on_insert = 0, insert_deduplicate = 0"""


_90: Final = "day >= today() - 90"
_TRUST: Final = "health_trust = 'Trust 3'"
_MUNICIPALITY: Final = "kommuneNr = '0301'"


def _of(place: str, *families: str) -> str:
    """A condition on one place, with its reporters named as the page for analysts says."""
    told = ", ".join(f"'{family}'" for family in families)
    return f"{place} AND reporter IN (SELECT reporter FROM quality_places WHERE family IN ({told}) AND {place})"


_NOW: Final = "now64(3, 'UTC')"
_DAYS_90: Final = "from = toString(today() - 90), to = toString(today())"
QUESTIONS: Final = {
    "npr_contacts_daily, nation": f"SELECT day, sum(contacts) FROM npr_contacts_daily WHERE {_90} GROUP BY day",
    "npr_contacts_daily, trust": (
        f"SELECT day, sum(contacts) FROM npr_contacts_daily WHERE {_90} AND {_of(_TRUST, 'episode')} GROUP BY day"
    ),
    "npr_contacts_daily as known 30 days ago, nation": (
        "SELECT day, sum(contacts) FROM npr_contacts_daily_known_at(at = now64(3, 'UTC') - toIntervalDay(30)) "
        f"WHERE {_90} GROUP BY day"
    ),
    "npr_stays_daily, nation": f"SELECT day, sum(admissions) FROM npr_stays_daily WHERE {_90} GROUP BY day",
    "npr_stays_daily, trust": (
        f"SELECT day, sum(admissions) FROM npr_stays_daily WHERE {_90} AND {_of(_TRUST, 'episode', 'movement')} "
        "GROUP BY day"
    ),
    "npr_waiting, nation": "SELECT month, sum(waiting) FROM npr_waiting WHERE month >= today() - 90 GROUP BY month",
    "npr_waiting, trust": (
        "SELECT month, sum(waiting) FROM npr_waiting WHERE month >= today() - 90 "
        f"AND {_of(_TRUST, 'referral')} GROUP BY month"
    ),
    "npr_referrals_daily, nation": f"SELECT day, sum(received) FROM npr_referrals_daily WHERE {_90} GROUP BY day",
    "npr_discharge_ready_daily, nation": (
        f"SELECT day, sum(bed_days) FROM npr_discharge_ready_daily WHERE {_90} GROUP BY day"
    ),
    "npr_discharge_ready_daily, trust": (
        f"SELECT day, sum(bed_days) FROM npr_discharge_ready_daily WHERE {_90} AND {_of(_TRUST, 'episode')} "
        "GROUP BY day"
    ),
    "kpr_consultations_daily, nation": (
        f"SELECT day, sum(consultations) FROM kpr_consultations_daily WHERE {_90} GROUP BY day"
    ),
    "kpr_consultations_daily, municipality": (
        f"SELECT day, sum(consultations) FROM kpr_consultations_daily WHERE {_90} "
        f"AND {_of(_MUNICIPALITY, 'consultation')} GROUP BY day"
    ),
    "kpr_services_daily, nation": f"SELECT day, sum(started) FROM kpr_services_daily WHERE {_90} GROUP BY day",
    **{
        f"{view}_by_level, {level}": f"SELECT * FROM {view}_by_level(level = '{level}', {_DAYS_90})"
        for view, levels in {
            "npr_contacts": ("nation", "trust"),
            "npr_stays": ("nation",),
            "npr_referrals": ("nation",),
            "npr_discharge_ready": ("nation",),
            "kpr_consultations": ("nation", "municipality"),
            "kpr_services": ("nation",),
            "kpr_kad": ("nation",),
        }.items()
        for level in levels
    },
    "quality_units, nation": (
        f"SELECT unit, days_silent FROM quality_units(families = 'episode,movement', {_DAYS_90}) "
        "WHERE notEmpty(days_silent)"
    ),
    "preparedness_occupancy, nation": "SELECT region, sum(patients) FROM preparedness_occupancy GROUP BY region",
    "preparedness_occupancy, trust": f"SELECT unit, patients FROM preparedness_occupancy WHERE {_TRUST}",
    "preparedness_reconciled, nation": "SELECT source, count(), sum(used) FROM preparedness_reconciled GROUP BY source",
    "preparedness_occupancy_at now, nation": (
        f"SELECT region, sum(patients) FROM preparedness_occupancy_at(at = {_NOW}) GROUP BY region"
    ),
    "preparedness_occupancy_at 30 days ago, nation": (
        "SELECT region, sum(patients) FROM preparedness_occupancy_at(at = now64(3, 'UTC') - toIntervalDay(30)) "
        "GROUP BY region"
    ),
    "preparedness_census, nation": (
        f"SELECT * FROM preparedness_census(level = 'nation', {_DAYS_90}, known_at = {_NOW})"
    ),
    "preparedness_capacity, nation": "SELECT * FROM preparedness_capacity(level = 'nation')",
    "quality_coverage, nation": "SELECT day, family, completeness FROM quality_coverage WHERE day_over",
    "capacity_current, trust": f"SELECT unit, max(as_of) FROM capacity_current WHERE {_TRUST} GROUP BY unit",
}
"""Each view's usual question: 90 days, or now."""
_NEWEST: Final = "preparedness_occupancy,"
_AS_ASKED: Final = Limits(memory_bytes=1_000_000_000).engine_settings()
"""What the SQL endpoint gives a query: half of the cores, and 1 GB, beyond half of which it goes to disk."""
_TIMES: Final = 20
_SETTLING: Final = 600
_LONG: Final = 2.0
"""A question that takes longer (seconds) is not asked so often."""


def measure(results: Results, scales: Sequence[int]) -> None:
    """Every question at every scale: p95, within 1 GB; then the close of a day, and bytes on disk."""
    for events in scales:
        with tempfile.TemporaryDirectory() as folder:
            client = connect(WarehouseSettings(dsn=f"chdb://{folder}/engine"), insert_seconds=600)
            try:
                migrate(client)
                fill(client, events)
                _settle(client)
                _keep(client, results, events)
                _ask(client, results, events)
            finally:
                client.close()


def _settle(client: Any) -> None:
    """Waits for the engine to merge what was filled in faster than any sender sends; not for ever."""
    deadline = time.monotonic() + _SETTLING
    while client.query("SELECT count() FROM system.merges").result_rows[0][0] and time.monotonic() < deadline:
        time.sleep(1)


def _keep(client: Any, results: Results, events: int) -> None:
    """Keeps the beds as the warehouse process does: of all when it starts, then of a hospital that has an event."""
    beds, topic = Beds(client), accepted_topic("movement")
    started = time.perf_counter()
    while beds.turn():
        pass
    results.add(f"beds of all hospitals kept at {events / 1e6:g} million", time.perf_counter() - started, "s")
    hospital = client.query("SELECT any(reporter) FROM state_movement").result_rows[0][0]
    beds.stored(topic, pa.table({"reporter": [hospital], "subject_id": ["any"]}))
    started = time.perf_counter()
    beds.turn()
    results.add(f"beds of one hospital kept at {events / 1e6:g} million", time.perf_counter() - started, "s")


def _ask(client: Any, results: Results, events: int) -> None:
    scale = f"{events / 1e6:g} million"
    for name, question in QUESTIONS.items():
        goal = Goal("lower", 0.05, 0.05) if name.startswith(_NEWEST) else Goal("lower", 0.2, 0.1)
        results.add(f"{name}, p95 at {scale}", _p95(client, question), "s", goal=goal if events >= 30e6 else None)
    started = time.perf_counter()
    Closer(client, clock(6)).close(date.today() - timedelta(days=2))  # noqa: DTZ011  any closed day will do
    results.add(
        f"close of a day at {scale}",
        time.perf_counter() - started,
        "s",
        goal=Goal("lower", 30, 30) if events >= 30e6 else None,
    )
    for kind in ("log_accepted", "state"):
        rows = client.query(
            "SELECT table, sum(bytes_on_disk) / sum(rows) FROM system.parts "
            f"WHERE active AND database = currentDatabase() AND startsWith(table, '{kind}_') "
            "GROUP BY table ORDER BY table"
        ).result_rows
        for table, size in rows:
            results.add(f"on disk in {table} at {scale}", size, "bytes/event")


def _p95(client: Any, question: str) -> float:
    """Seconds; infinite when it takes more memory or time than it may."""
    times: list[float] = []
    while len(times) < (_TIMES if sum(times) < _TIMES * _LONG else 3) and sum(times) < 3 * _TIMES:
        started = time.perf_counter()
        try:
            client.query(question, settings=_AS_ASKED)
        except Exception as error:
            if "MEMORY_LIMIT" not in str(error) and "TIMEOUT_EXCEEDED" not in str(error):
                raise
            return float("inf")
        times.append(time.perf_counter() - started)
    return float(np.percentile(times, 95))
