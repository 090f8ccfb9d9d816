"""The census as the daily close keeps it: the same as `preparedness_census` says, by all levels and days at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored import Warehouse

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 3, 23)
DAY = timedelta(days=1)
LEVELS = ("nation", "region", "trust", "unit")
TRUSTS = ((None, None), ("North HF", "Nord RHF"), ("South HF", "Sør RHF"), ("East HF", "Sør RHF"))


def report(warehouse: Warehouse, unit: str, day: date, occupied: int | None, hour: int = 8, **changes: Any) -> None:
    counted = datetime.combine(day, time(hour), OSLO).astimezone(UTC)
    fields = {
        "reporter": "983971636",
        "unit": unit,
        "unit_name": unit,
        "resource": "bed",
        "category": "covid",
        "as_of": counted,
        "subject_id": f"{unit}/{counted:%Y%m%d%H}",
        "occupied": occupied,
        "admissions": None,
        "discharges": None,
        "late": False,
        "received_at": counted,
    }
    warehouse.accept("capacity", **{**fields, **changes})


def asked(warehouse: Warehouse, level: str, first: date, last: date, known: datetime) -> list[Any]:
    """What `preparedness_census` says."""
    arguments = f"level = '{level}', from = '{first}', to = '{last}', known_at = '{known:%Y-%m-%d %H:%M:%S}'"
    return warehouse.rows(f"SELECT * EXCEPT complete FROM preparedness_census({arguments}) ORDER BY ALL")


def daily(warehouse: Warehouse, level: str, first: date, last: date, known: datetime) -> list[Any]:
    return warehouse.rows(
        "SELECT day AS date, * EXCEPT (day, level) "
        f"FROM preparedness_census_daily_known_at(at = '{known:%Y-%m-%d %H:%M:%S}') "
        f"WHERE level = '{level}' AND day BETWEEN '{first}' AND '{last}' ORDER BY ALL"
    )


def test_a_day_by_hand(warehouse: Warehouse) -> None:
    """North's A: 7 patients on each of Monday to Sunday, of whom 1 came each day. South's B: 5 on Saturday, with 2 who
    left, then silent: on Sunday 7 + 5 = 12, of which 5 are a day old. A has a mean of seven days, (7 x 7) / 7, B none;
    the nation's: six days of 7 and one of 12, and B's 5 on Saturday: (5 x 7 + 12 + 12) / 7 = 59 / 7."""
    for number in range(7):
        report(warehouse, "A", MONDAY + number * DAY, 7, health_trust="North HF", region="Nord RHF", admissions=1)
    report(warehouse, "B", MONDAY + 5 * DAY, 5, health_trust="South HF", region="Sør RHF", discharges=2)
    sunday = MONDAY + 6 * DAY
    found = warehouse.tuples(
        "SELECT level, ifNull(trust, ''), occupied, mean_7d, units_reporting, units_expected, imputed, "
        "imputed_occupied, imputed_age_days, admissions, admissions_units, admissions_mean_7d, discharges, "
        "discharges_mean_7d "
        f"FROM preparedness_census_daily WHERE day = '{sunday}' AND level IN ('nation', 'trust') ORDER BY ALL"
    )
    assert found == [
        ("nation", "", 12, 59 / 7, 1, 2, 1, 5, 1, 1, 1, 1, None, None),
        ("trust", "North HF", 7, 7, 1, 1, 0, 0, None, 1, 1, 1, None, None),
        ("trust", "South HF", 5, None, 0, 1, 1, 5, 1, None, 0, None, None, None),
    ]
    before = "SELECT occupied, discharges, discharges_units FROM preparedness_census_daily WHERE level = 'nation'"
    assert warehouse.tuples(f"{before} AND day = '{sunday - DAY}'") == [(12, 2, 1)]
    levels = "SELECT level, count() FROM preparedness_census_daily WHERE day = '{}' GROUP BY level ORDER BY level"
    assert warehouse.tuples(levels.format(sunday)) == [("nation", 1), ("region", 2), ("trust", 2), ("unit", 2)]
    assert warehouse.tuples(levels.format(MONDAY - DAY)) == []


def test_days_that_have_not_come_have_no_row(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    known = f"{MONDAY + DAY} 12:00:00"
    days = f"SELECT DISTINCT day FROM preparedness_census_daily_known_at(at = '{known}') ORDER BY day"
    assert warehouse.values(days) == [MONDAY, MONDAY + DAY]


REPORT = st.fixed_dictionaries(
    {
        "unit": st.sampled_from("ABC"),
        "day": st.integers(0, 11),
        "hour": st.sampled_from([6, 8, 15]),
        "patients": st.one_of(st.none(), st.integers(0, 5)),
        "revision": st.integers(0, 1),
        "delay": st.sampled_from([0, 0, 1, 6]),
        "of": st.sampled_from(TRUSTS),
        "admissions": st.one_of(st.none(), st.integers(0, 3)),
        "discharges": st.one_of(st.none(), st.integers(0, 3)),
        "action": st.sampled_from(["report", "report", "report", "cancel"]),
        "origin": st.sampled_from(["reported", "reported", "derived", "imputed"]),
    }
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=st.lists(REPORT, max_size=30), known=st.integers(0, 20))
def test_whatever_is_reported_it_is_the_census(warehouse: Warehouse, reports: list[Any], known: int) -> None:
    """In every column and level, as known at any time: units change trust, reports are late, corrected, cancelled."""
    for kind in ("log_accepted", "state"):
        warehouse.client.command(f"TRUNCATE TABLE {kind}_capacity")
    for told in reports:
        day = MONDAY + told["day"] * DAY
        trust, region = told["of"]
        came = datetime.combine(day + told["delay"] * DAY, time(15), OSLO).astimezone(UTC)
        names = ("revision", "admissions", "discharges", "action", "origin")
        changes = {name: told[name] for name in names} | {"health_trust": trust, "region": region, "received_at": came}
        report(warehouse, told["unit"], day, told["patients"], told["hour"], **changes)
    moment = datetime.combine(MONDAY + known * DAY, time(12), OSLO).astimezone(UTC)
    first, last = MONDAY - DAY, MONDAY + 20 * DAY
    for level in LEVELS:
        found = daily(warehouse, level, first, last, moment)
        assert found == asked(warehouse, level, first, last, moment)
    # of one day alone too, as the close asks
    one = MONDAY + (known // 2) * DAY
    assert daily(warehouse, level, one, one, moment) == [row for row in found if row["date"] == one]
