"""What goes wrong at senders, and what the figures make of it: each by a stated rule (docs/bad-input.md)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import polars as pl
import pytest
from outcomes import AT, accepted, block, message, store
from stored import Warehouse, move

from reference.store import ReferenceStore
from schemas.types import accepted_topic
from sinks.warehouse.http import serve
from sinks.warehouse.limits import Limits

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OLD, NEW = "983971636", "974706490"


def contact(warehouse: Warehouse, name: str, came: datetime, **changes: Any) -> None:
    fields = {"subject_id": name, "reporter": OLD, "omsorgsniva": "3", "innDatoTid": came, "utDatoTid": came + HOUR}
    warehouse.accept("episode", **{**fields, "received_at": came + HOUR, "declared_known_at": None, **changes})


def beds(warehouse: Warehouse, day: int, occupied: int, reporter: str = OLD, **changes: Any) -> None:
    """What ward W said at eight on that day of March."""
    as_of = datetime(2026, 3, day, 7, tzinfo=AT.tzinfo)
    fields = {"subject_id": f"W/{reporter}/{day}", "unit": "W", "resource": "bed", "category": "all", "as_of": as_of}
    known = {"received_at": as_of, "declared_known_at": None, "region": "East"}
    warehouse.accept("capacity", **{**fields, **known, "reporter": reporter, "occupied": occupied, **changes})


def census(warehouse: Warehouse, level: str, days: int) -> dict[tuple[int, str | None], int]:
    """Day of March and trust → patients."""
    rows = warehouse.rows(
        f"SELECT date, trust, occupied FROM preparedness_census(level = '{level}', from = '2026-03-01', "
        f"to = '2026-03-{days:02}', known_at = '2026-04-30 00:00:00')"
    )
    return {(row["date"].day, row["trust"]): row["occupied"] for row in rows}


def patients(warehouse: Warehouse, at: datetime) -> list[int]:
    return warehouse.values(f"SELECT patients FROM preparedness_occupancy_at(at = '{at:%Y-%m-%d %H:%M:%S}')")


def test_an_event_from_tomorrow_counts_tomorrow(warehouse: Warehouse) -> None:
    """A sender's clock is a day ahead: what it says is of the time that it says."""
    move(warehouse, "a", 1, "admit", "A", 24)
    assert patients(warehouse, AT) == []
    assert patients(warehouse, AT + 25 * HOUR) == [1]


def test_a_correction_a_year_later_changes_that_day_only(warehouse: Warehouse) -> None:
    """Moved from 3 to 4 March of the year before: both days change, and nothing else."""
    for day in range(1, 8):
        contact(warehouse, f"c{day}", datetime(2025, 3, day, 9, tzinfo=AT.tzinfo))
    query = "SELECT day, sum(contacts) AS contacts FROM npr_contacts_daily GROUP BY day"
    before = {row["day"]: row["contacts"] for row in warehouse.rows(query)}
    moved = datetime(2025, 3, 4, 9, tzinfo=AT.tzinfo)
    contact(warehouse, "c3", moved, revision=1, action="amend", received_at=AT)
    after = {row["day"]: row["contacts"] for row in warehouse.rows(query)}
    assert before == {date(2025, 3, day): 1 for day in range(1, 8)}
    assert after == {**{date(2025, 3, day): 1 for day in (1, 2, 5, 6, 7)}, date(2025, 3, 4): 2}


def test_a_stay_of_nine_years_is_flagged_and_lies_there_every_night(warehouse: Warehouse) -> None:
    move(warehouse, "long", 1, "admit", "A", -9 * 365 * 24)
    (row,) = warehouse.rows("SELECT nights, open, flags FROM npr_stays")
    assert row["open"]
    assert "over_a_year" in row["flags"]
    nights = warehouse.values(f"SELECT sum(in_bed) FROM npr_stays_daily WHERE day < '{AT:%Y-%m-%d}'")
    assert nights[0] > 9 * 364


def test_a_unit_that_changed_trust_counts_for_each_in_its_time(warehouse: Warehouse) -> None:
    beds(warehouse, 1, 10, health_trust="North")
    beds(warehouse, 2, 11, health_trust="North")
    beds(warehouse, 3, 12, health_trust="South")
    assert census(warehouse, "trust", 3) == {(1, "North"): 10, (2, "North"): 11, (3, "South"): 12}
    assert census(warehouse, "nation", 3) == {(1, None): 10, (2, None): 11, (3, None): 12}


def test_a_unit_with_a_new_organisation_number_is_another_until_the_old_one_says_zero(warehouse: Warehouse) -> None:
    """The old one is carried forward, marked as imputed; a last figure of 0 ends it. So nobody is dropped silently."""
    beds(warehouse, 1, 10, OLD, health_trust="North")
    beds(warehouse, 2, 10, NEW, health_trust="North")
    assert census(warehouse, "nation", 2) == {(1, None): 10, (2, None): 20}
    beds(warehouse, 2, 0, OLD, health_trust="North")
    assert census(warehouse, "nation", 3) == {(1, None): 10, (2, None): 10, (3, None): 10}


def test_the_former_organisation_number_leaves_a_trace_in_census_and_capacity(warehouse: Warehouse) -> None:
    """A sum that holds it says so: one of two units, with 10 patients, is a day old. Capacity drops it 28 days after
    its last report and counts it as gone."""
    beds(warehouse, 1, 10, OLD, health_trust="North")
    for day in (2, 30):
        beds(warehouse, day, 11, NEW, health_trust="North")
    told = "occupied, units_expected, units_reporting, imputed"
    series = "level = 'nation', from = '2026-03-02', to = '2026-03-02', known_at = '2026-04-30 00:00:00'"
    found = warehouse.tuples(f"SELECT {told}, imputed_occupied, imputed_age_days FROM preparedness_census({series})")
    assert found == [(21, 2, 1, 1, 10, 1)]
    capacity = (
        f"SELECT {told}, units_gone FROM preparedness_capacity_at(level = 'nation', at = '2026-03-{{}} 12:00:00')"
    )
    assert warehouse.tuples(capacity.format("02")) == [(21, 2, 1, 1, 0)]
    assert warehouse.tuples(capacity.format("30")) == [(11, 1, 1, 0, 1)]


def test_a_municipality_with_a_new_number_has_each_change_under_the_number_of_its_day(warehouse: Warehouse) -> None:
    """Municipality 3005 is 3301 from January 2024 on. A service that started before and ended after is one service, of
    the number that it has now; its start stays with the former number, where the day's change was told."""
    start, end = date(2023, 12, 20), date(2024, 1, 10)
    for what, day, number in [("TjenesteStart", start, "3005"), ("TjenesteSlutt", end, "3301")]:
        fields = {"reporter": "964338531", "tjenesteID": "s", "tjenesteType": "25", "subject_id": f"s/{what}"}
        warehouse.accept("service", hendelse=what, hendelseDato=day, kommuneNr=number, **fields)
    assert warehouse.tuples("SELECT kommuneNr, started_on, ended_on FROM kpr_services") == [("3301", start, end)]
    changes = "SELECT day, kommuneNr, started, ended FROM kpr_services_daily ORDER BY day"
    assert warehouse.tuples(changes) == [(start, "3005", 1, 0), (end, "3301", 0, 1)]
    assert warehouse.tuples("SELECT kommuneNr, sum(occupied) FROM kpr_kad_daily GROUP BY ALL") == [("3301", 21)]


def test_a_patients_home_that_changed_number_is_the_one_in_force_today(warehouse: Warehouse, home: Path) -> None:
    """Trondheim was 1601 until 2018. Its patients of 2017 and of 2018 are of 5001; as sent, each is of its number."""
    for name, year, number in [("a", 2017, "1601"), ("b", 2018, "5001")]:
        homes = ReferenceStore(home).current().enrich(pl.DataFrame({"reporter": [OLD], "komNrHjem": [number]}))
        came = datetime(year, 6, 1, 9, tzinfo=AT.tzinfo)
        contact(warehouse, name, came, komNrHjem=number, home_municipality=homes["home_municipality"][0])
    daily = "SELECT toYear(day), home_municipality, contacts FROM npr_contacts_daily ORDER BY day"
    assert warehouse.tuples(daily) == [(2017, "5001", 1), (2018, "5001", 1)]
    assert warehouse.tuples("SELECT komNrHjem FROM npr_contacts ORDER BY day") == [("1601",), ("5001",)]


@pytest.fixture
def reader(engine_path: Path, warehouse: Warehouse) -> Iterator[Any]:
    name = str(warehouse.client.database)
    endpoint = serve(f"chdb://{engine_path}", "127.0.0.1", 0, Limits(), database=name)
    host, port = endpoint.url.removeprefix("http://").split(":")
    yield clickhouse_connect.get_client(host=host, port=int(port), database=name)
    endpoint.close()


def test_a_period_delivered_again_while_it_is_asked_for_changes_no_answer(warehouse: Warehouse, reader: Any) -> None:
    topic = accepted_topic("episode")
    came = datetime(2026, 3, 1, 9, tzinfo=AT.tzinfo)
    values = [
        message(topic, accepted("episode", n, subject_id=f"s{n}", innDatoTid=came + n * HOUR, omsorgsniva="3"))
        for n in range(200)
    ]
    store(warehouse.writer, block(topic, values))
    queries = [
        "SELECT count() FROM episode_current",
        "SELECT sum(contacts) FROM npr_contacts_daily",
        "SELECT count() FROM accepted_episode",
    ]
    expected = [reader.query(query).result_rows for query in queries]
    assert expected == [[(200,)]] * 3
    ended = threading.Event()

    def again() -> None:
        for first in range(200, 200 + 20 * 200, 200):  # other outcome offsets, as after a restart: the same raw events
            store(warehouse.writer, block(topic, values, first=first))
        ended.set()

    writing = threading.Thread(target=again)
    writing.start()
    asked = 0
    while not ended.is_set() or asked < 3:
        assert [reader.query(query).result_rows for query in queries] == expected
        asked += 1
    writing.join()
