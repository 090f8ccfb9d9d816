"""The daily census is closed with the other daily views."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stored import Warehouse

from sinks.close import Closer

OSLO = ZoneInfo("Europe/Oslo")
DAY = date(2026, 5, 13)
ONE = timedelta(days=1)
AT = time(6)
LEVELS = ("nation", "region", "trust", "unit")
CENSUS = "preparedness_census_daily"


def at(day: date, hour: int) -> datetime:
    """A Norwegian time of day."""
    return datetime.combine(day, time(hour), OSLO).astimezone(UTC)


def report(warehouse: Warehouse, unit: str, day: date, occupied: int | None, **changes: Any) -> None:
    counted = at(day, 8)
    fields = {
        "reporter": "983971636",
        "health_trust": f"{unit} HF",
        "region": "Nord RHF",
        "unit": unit,
        "unit_name": unit,
        "resource": "bed",
        "category": "all",
        "occurred_at": counted,
        "as_of": counted,
        "subject_id": f"{unit}/{day}",
        "occupied": occupied,
        "admissions": None,
        "discharges": None,
        "received_at": counted,
    }
    warehouse.accept("capacity", **{**fields, **changes})


def close(warehouse: Warehouse, day: date = DAY, now: datetime | None = None) -> dict[str, Any]:
    moment = now or at(day + ONE, 6)
    return {one.view: one for one in Closer(warehouse.client, AT, lambda: moment).close(day)}


def closed(warehouse: Warehouse) -> list[Any]:
    columns = "closed_on, closed_at, level, trust, occupied, imputed, mean_7d, as_known_at"
    return warehouse.tuples(f"SELECT {columns} FROM {CENSUS}_closed ORDER BY ALL")


def changes(warehouse: Warehouse, where: str = "level = 'nation' AND column = 'occupied'") -> list[Any]:
    told = "day, column, closed_value, value, difference, late, amended, cancelled, changed_at"
    level = "JSONExtractString(grain, 'level') AS level"
    relation = f"(SELECT *, {level} FROM preparedness_changes)"
    return warehouse.tuples(f"SELECT {told} FROM {relation} WHERE {where} ORDER BY ALL")


def test_every_level_is_kept_as_it_stood(warehouse: Warehouse) -> None:
    """A has 7, B is silent and keeps the 4 of the day before: 11, of which 4 are carried. The running row is that row,
    but for when it was asked."""
    report(warehouse, "B", DAY - ONE, 4)
    report(warehouse, "A", DAY, 7)
    assert close(warehouse)[CENSUS].rows == 1 + 1 + 2 + 2
    when = at(DAY + ONE, 6).replace(tzinfo=None)
    assert [(row[2], row[3], row[4], row[5]) for row in closed(warehouse)] == [
        ("nation", None, 11, 1),
        ("region", None, 11, 1),
        ("trust", "A HF", 7, 0),
        ("trust", "B HF", 4, 1),
        ("unit", "A HF", 7, 0),
        ("unit", "B HF", 4, 1),
    ]
    assert {(row[0], row[1], row[7]) for row in closed(warehouse)} == {(DAY, when, when)}
    running = warehouse.rows(f"SELECT * EXCEPT as_known_at FROM {CENSUS} WHERE day = '{DAY}' ORDER BY ALL")
    kept = warehouse.rows(f"SELECT * EXCEPT (closed_on, closed_at, as_known_at) FROM {CENSUS}_closed ORDER BY ALL")
    assert kept == running
    assert changes(warehouse, "1") == []


def test_closing_again_changes_nothing(warehouse: Warehouse) -> None:
    report(warehouse, "A", DAY, 7)
    first = close(warehouse)[CENSUS]
    before = closed(warehouse)
    report(warehouse, "A", DAY, 9, revision=1, received_at=at(DAY + ONE, 9))
    again = close(warehouse, now=at(DAY + ONE, 10))[CENSUS]
    assert (again.hash, again.closed_at, again.new) == (first.hash, first.closed_at, False)
    assert closed(warehouse) == before


def test_what_came_after_the_close_is_told(warehouse: Warehouse) -> None:
    """Closed with A's 7 and B's 4 of the day before. At 9 B's own figure for the day comes, 6: 13, and nothing is
    carried any more. At 10 A corrects itself to 5: 11 again, and only what is carried differs."""
    report(warehouse, "B", DAY - ONE, 4)
    report(warehouse, "A", DAY, 7)
    close(warehouse)
    nine, ten = at(DAY + ONE, 9), at(DAY + ONE, 10)
    report(warehouse, "B", DAY, 6, received_at=nine)
    assert changes(warehouse) == [(DAY, "occupied", 11, 13, 2, 1, 0, 0, nine.replace(tzinfo=None))]
    report(warehouse, "A", DAY, 5, revision=1, action="amend", received_at=ten)
    assert changes(warehouse) == []
    told = (1, 1, 0, ten.replace(tzinfo=None))
    assert changes(warehouse, "level = 'nation'") == [
        (DAY, "imputed", 1, 0, -1, *told),
        (DAY, "imputed_age_days", 1, None, -1, *told),
        (DAY, "imputed_occupied", 4, 0, -4, *told),
        (DAY, "imputed_share", 0.5, 0, -0.5, *told),
        (DAY, "units_reporting", 1, 2, 1, *told),
    ]


def test_a_correction_is_told_for_the_closed_days_that_carry_it_on(warehouse: Warehouse) -> None:
    """B's 4 of Tuesday stands for Wednesday too. On Friday it becomes 3: both closed days have one less, and why.
    Thursday, not closed, has no row."""
    report(warehouse, "B", DAY - ONE, 4)
    close(warehouse, DAY - ONE)
    close(warehouse)
    friday = at(DAY + 2 * ONE, 9)
    report(warehouse, "B", DAY - ONE, 3, revision=1, action="amend", received_at=friday)
    told = (4, 3, -1, 0, 1, 0, friday.replace(tzinfo=None))
    assert changes(warehouse) == [(DAY - ONE, "occupied", *told), (DAY, "occupied", *told)]


def test_a_report_concerns_no_day_after_it_was_told_and_none_before_the_first_close(warehouse: Warehouse) -> None:
    """A figure of Monday, told on Friday, concerns Monday and, as Tuesday is the first day that was closed, Tuesday to
    Friday; one that fills in a day of a year ago only that day and Tuesday to Friday."""
    monday, friday = date(2026, 5, 11), date(2026, 5, 15)
    close(warehouse, monday + ONE)
    report(warehouse, "A", monday, 4, received_at=at(friday, 9))
    long_ago = monday - 365 * ONE
    report(warehouse, "B", long_ago, 4, received_at=at(friday, 9))
    days = warehouse.values("SELECT arraySort(days) FROM register_events WHERE family = 'capacity' ORDER BY days")
    carried = [monday + number * ONE for number in range(1, 5)]
    assert days == [[long_ago, *carried], [monday, *carried]]


def test_without_a_close_a_report_concerns_its_own_day(warehouse: Warehouse) -> None:
    report(warehouse, "A", DAY, 4, received_at=at(DAY + 3 * ONE, 9))
    assert warehouse.values("SELECT days FROM register_events WHERE family = 'capacity'") == [[DAY]]


def test_days_that_were_missed_are_closed_as_they_are_then(warehouse: Warehouse) -> None:
    """Nothing closes for two days. On the third morning both are: with the correction that came meanwhile, and A's last
    figure carried into the second."""
    close(warehouse, DAY - ONE)
    report(warehouse, "A", DAY, 7)
    report(warehouse, "A", DAY, 8, revision=1, action="amend", received_at=at(DAY + ONE, 9))
    morning = at(DAY + 2 * ONE, 7)
    closer = Closer(warehouse.client, AT, lambda: morning)
    assert closer.missed() == [DAY, DAY + ONE]
    for day in closer.missed():
        closer.close(day)
    nation = [(row[0], row[4], row[5]) for row in closed(warehouse) if row[2] == "nation"]
    assert nation == [(DAY, 8, 0), (DAY + ONE, 8, 1)]
    assert changes(warehouse, "1") == []


@pytest.mark.parametrize("relation", ["closed_figures", "register_changes"])
def test_the_registers_relations_hold_nothing_of_it(warehouse: Warehouse, relation: str) -> None:
    """So that preparedness can be switched off without them (R16)."""
    report(warehouse, "A", DAY, 7)
    close(warehouse)
    report(warehouse, "A", DAY, 8, revision=1, action="amend", received_at=at(DAY + ONE, 9))
    assert changes(warehouse) != []
    assert warehouse.values(f"SELECT count() FROM {relation} WHERE view = '{CENSUS}'") == [0]
    assert warehouse.values("SELECT DISTINCT view FROM preparedness_closed_figures") == [CENSUS]


def test_a_report_that_was_of_another_day_is_told_for_the_days_that_carried_it(warehouse: Warehouse) -> None:
    """A has 9 on Tuesday and 4 on Wednesday; Wednesday and Thursday close with 4. On Saturday the 4 turns out to be of
    Friday: both have 9 again, and why."""
    report(warehouse, "A", DAY - ONE, 9)
    report(warehouse, "A", DAY, 4)
    close(warehouse)
    close(warehouse, DAY + ONE)
    saturday = at(DAY + 3 * ONE, 9)
    moved = {"subject_id": f"A/{DAY}", "revision": 1, "action": "amend", "received_at": saturday}
    report(warehouse, "A", DAY + 2 * ONE, 4, **moved)
    told = (4, 9, 5, 0, 1, 0, saturday.replace(tzinfo=None))
    assert changes(warehouse) == [(DAY, "occupied", *told), (DAY + ONE, "occupied", *told)]
