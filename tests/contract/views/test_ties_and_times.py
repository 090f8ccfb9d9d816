"""What is told twice of one time, or of a time that cannot be: the same answer in any order, by a stated rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from outcomes import AT
from stored import Warehouse, notify

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
REPORTER = "983971636"


def episode(warehouse: Warehouse, name: str, **changes: Any) -> None:
    fields = {"subject_id": name, "reporter": REPORTER, "omsorgsniva": "1", "innDatoTid": KNOWN, "utDatoTid": None}
    warehouse.accept("episode", **{**fields, "tidspunkter": [], "received_at": KNOWN, **changes})


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_notifications_of_a_day_the_one_registered_last_says_what_the_service_is(
    warehouse: Warehouse, order: int
) -> None:
    """Started as type 1 of municipality 0301 at nine, and told to be type 25 of 3201 at ten of the same day."""
    day, nine = date(2026, 3, 2), datetime(2026, 3, 2, 8, tzinfo=UTC)
    told = [("TjenesteStart", "1", "0301", nine), ("TjenesteutforerEndret", "25", "3201", nine + timedelta(hours=1))]
    for what, kind, municipality, at in told[::order]:
        notify(
            warehouse, "s", what, day, patient_key="key", tjenesteType=kind, kommuneNr=municipality, registered_at=at
        )
    assert warehouse.tuples("SELECT tjenesteType, kommuneNr FROM kpr_services") == [("25", "3201")]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_services_that_start_on_a_day_the_lower_type_follows_the_stay(warehouse: Warehouse, order: int) -> None:
    """Type 15 in Oslo, which is told before 17 in Oslo and before 15 in another municipality with a higher number."""
    ready = {"typeTidspunkt": "2", "tidspunkt": KNOWN + DAY}
    episode(warehouse, "a", utDatoTid=KNOWN + 2 * DAY, tidspunkter=[ready], patient_key="key")
    for name, kind, place in [("s1", "17", "0301"), ("s2", "15", "0301"), ("s3", "15", "3201")][::order]:
        notify(
            warehouse, name, "TjenesteStart", date(2026, 3, 4), patient_key="key", tjenesteType=kind, kommuneNr=place
        )
    found = warehouse.tuples("SELECT service_type, service_municipality FROM pathway_discharge")
    assert found == [("15", "0301")]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_snapshots_of_one_time_the_one_known_last_counts(warehouse: Warehouse, order: int) -> None:
    """A sender whose subject is no cell: two reports of eight o'clock under two names, the later one says 12."""
    for name, occupied, hours in [("x", 10, 1), ("a", 12, 2)][::order]:
        fields = {"unit": "W", "resource": "bed", "category": "all", "as_of": AT, "origin": "reported"}
        known = {"received_at": AT + timedelta(hours=hours), "declared_known_at": None}
        warehouse.accept("capacity", subject_id=name, reporter=REPORTER, occupied=occupied, **fields, **known)
    at = f"{AT + timedelta(hours=3):%F %T}"
    capacity = f"SELECT occupied FROM preparedness_capacity_at(level = 'nation', at = '{at}')"
    assert warehouse.values(capacity) == [12]
    assert warehouse.values(f"SELECT occupied FROM preparedness_reported_at(at = '{at}')") == [12]


def test_nobody_is_ready_for_discharge_before_they_come(warehouse: Warehouse) -> None:
    """Ready by mistake in the year before: the nights count from the admission on, 1 and 2 March, and no other; the
    second time, on the 2nd, adds nothing to that."""
    early = [{"typeTidspunkt": "2", "tidspunkt": KNOWN - 365 * DAY}, {"typeTidspunkt": "2", "tidspunkt": KNOWN + DAY}]
    episode(warehouse, "a", utDatoTid=KNOWN + 2 * DAY, tidspunkter=early)
    assert warehouse.values("SELECT days FROM npr_discharge_ready") == [2]
    daily = "SELECT day, bed_days, became_ready FROM npr_discharge_ready_daily ORDER BY day"
    assert warehouse.tuples(daily) == [(date(2026, 3, 1), 1, 1), (date(2026, 3, 2), 1, 0)]


@pytest.mark.parametrize(
    ("told", "days"), [([("2", -3), ("4", -2), ("2", -1)], 2), ([("4", -2), ("2", -1)], 2), ([("2", -2), ("4", -1)], 0)]
)
def test_what_was_said_before_the_admission_keeps_its_order(
    warehouse: Warehouse, told: list[tuple[str, int]], days: int
) -> None:
    """Ready (2) and withdrawn (4), hours before the admission: what was said last holds from the admission on."""
    points = [{"typeTidspunkt": kind, "tidspunkt": KNOWN + timedelta(hours=hours)} for kind, hours in told]
    episode(warehouse, "a", utDatoTid=KNOWN + 2 * DAY, tidspunkter=points)
    assert warehouse.tuples("SELECT days, withdrawn_at IS NULL FROM npr_discharge_ready") == [(days, days > 0)]


def test_a_deadline_that_has_not_come_is_not_broken(warehouse: Warehouse) -> None:
    """Known on 1 March: it will end on the 20th, and its deadline is the 10th. Broken from the 11th on."""
    dates = {"mottaksDato": date(2026, 2, 1), "ansienDato": None, "fristStartBehandling": date(2026, 3, 10)}
    end = {"ventetidSluttDato": date(2026, 3, 20), "ventetidSluttKode": "1"}
    known = {"received_at": KNOWN, "declared_known_at": None}
    warehouse.accept("referral", subject_id="h", reporter=REPORTER, **dates, **end, **known)
    told = "SELECT deadline_broken, deadline_broken_on FROM npr_referrals_known_at(at = '2026-03-{} 12:00:00')"
    assert warehouse.tuples(told.format("10")) == [(False, None)]
    assert warehouse.tuples(told.format("11")) == [(True, date(2026, 3, 11))]
    assert warehouse.tuples(told.format("25")) == [(True, date(2026, 3, 11))]


@pytest.mark.parametrize("end", [None, date(2026, 3, 25)])
def test_a_deadline_is_not_broken_of_a_wait_that_is_to_begin(warehouse: Warehouse, end: date | None) -> None:
    """Known on 1 March: it is received on the 20th, with a deadline of February. Broken on the 20th."""
    dates = {"mottaksDato": date(2026, 3, 20), "ansienDato": None, "fristStartBehandling": date(2026, 2, 10)}
    ends = {"ventetidSluttDato": end, "ventetidSluttKode": end and "1", "avvistKode": None}
    known = {"received_at": KNOWN, "declared_known_at": None}
    warehouse.accept("referral", subject_id="h", reporter=REPORTER, **dates, **ends, **known)
    told = "SELECT deadline_broken, deadline_broken_on FROM npr_referrals_known_at(at = '2026-03-{} 12:00:00')"
    assert warehouse.tuples(told.format("19")) == [(False, None)]
    assert warehouse.tuples(told.format("20")) == [(True, date(2026, 3, 20))]


def report(warehouse: Warehouse, name: str, occupied: int, as_of: datetime, hours: float) -> None:
    """Patients in the beds of W at a time, known so many hours after it."""
    fields = {"unit": "W", "resource": "bed", "category": "all", "as_of": as_of, "origin": "reported", "late": False}
    known = {"received_at": as_of + timedelta(hours=hours), "declared_known_at": None}
    warehouse.accept("capacity", subject_id=name, reporter=REPORTER, occupied=occupied, **fields, **known)


def patients_of(warehouse: Warehouse, day: date) -> list[list[int | None]]:
    """What each view of the census says of the day, and the events that explain it."""
    known = f"{AT + 365 * DAY:%F %T}"
    census = f"preparedness_census(level = 'unit', from = '{day}', to = '{day}', known_at = '{known}')"
    explained = f"explain_preparedness_census(unit = 'W', at = '{day}', known_at = '{known}')"
    return [
        warehouse.values(f"SELECT occupied FROM {census}"),
        warehouse.values(f"SELECT occupied FROM preparedness_census_daily WHERE day = '{day}' AND level = 'unit'"),
        warehouse.values(f"SELECT final FROM preparedness_revisions WHERE date = '{day}' AND lag_days = 0"),
        warehouse.values(f"SELECT patients FROM {explained} WHERE role = 'figure'"),
    ]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_the_census_counts_the_snapshot_of_one_time_that_was_known_last(
    warehouse: Warehouse, names: str, order: int
) -> None:
    """Two reports of eight o'clock under two names, whichever is first by alphabet: the later one says 12."""
    eight = datetime(2026, 5, 13, 6, tzinfo=UTC)
    for name, occupied, hours in list(zip(names, (10, 12), (1, 2), strict=True))[::order]:
        report(warehouse, name, occupied, eight, hours)
    assert patients_of(warehouse, date(2026, 5, 13)) == [[12]] * 4
    at = f"at = '{eight + DAY:%F %T}', known_at = '{eight + DAY:%F %T}'"
    assert warehouse.values(f"SELECT patients FROM explain_preparedness_capacity(unit = 'W', {at})") == [12]


def test_the_report_nearest_to_eight_of_a_day_with_an_hour_twice(warehouse: Warehouse) -> None:
    """Half past two came twice on 25 October: the second is five and a half hours before eight, the first an hour
    more."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    report(warehouse, "a", 5, first, 1)
    report(warehouse, "b", 7, first + timedelta(hours=1), 1)
    assert patients_of(warehouse, date(2026, 10, 25)) == [[7]] * 4


def test_the_report_nearest_to_eight_by_seconds(warehouse: Warehouse) -> None:
    """One second before eight, and 59 after."""
    eight = datetime(2026, 5, 13, 6, tzinfo=UTC)
    report(warehouse, "a", 5, eight - timedelta(seconds=1), 1)
    report(warehouse, "b", 7, eight + timedelta(seconds=59), 1)
    assert patients_of(warehouse, date(2026, 5, 13)) == [[5]] * 4
