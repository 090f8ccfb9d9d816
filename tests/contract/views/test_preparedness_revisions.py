"""The reporting-delay triangle and the usual size of a later correction."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stored import Warehouse

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 3, 23)
DAY = timedelta(days=1)


def report(
    warehouse: Warehouse, unit: str, day: date, occupied: int | None, known_after: timedelta, **changes: Any
) -> None:
    counted = datetime(day.year, day.month, day.day, 8, tzinfo=OSLO)
    fields = {
        "reporter": "983971636",
        "unit": unit,
        "resource": "bed",
        "category": "covid",
        "as_of": counted,
        "subject_id": f"{unit}/{day}",
        "occupied": occupied,
        "declared_known_at": counted + known_after,
    }
    warehouse.accept("capacity", **{**fields, **changes})


def triangle(warehouse: Warehouse, relation: str = "preparedness_revisions") -> dict[int, tuple[Any, ...]]:
    rows = warehouse.rows(f"SELECT * FROM {relation} ORDER BY unit, lag_days")
    return {row["lag_days"]: (row["occupied"], row["change"], row["final"], row["to_come"]) for row in rows}


def test_what_was_known_on_each_of_the_days_after(warehouse: Warehouse) -> None:
    """Counted on Monday at 8: 5 is known the same day, 7 from Tuesday 23:59 on, cancelled on Thursday, 6 on Friday."""
    hour = timedelta(hours=1)
    report(warehouse, "A", MONDAY, 5, timedelta(0))
    report(warehouse, "A", MONDAY, 7, 40 * hour - timedelta(minutes=1), revision=1)
    report(warehouse, "A", MONDAY, None, 75 * hour, revision=2, action="cancel")
    report(warehouse, "A", MONDAY, 6, 100 * hour, revision=3)
    found = triangle(warehouse)
    assert sorted(found) == list(range(15))
    assert [found[lag] for lag in range(6)] == [
        (5, None, 6, 1),
        (7, 2, 6, -1),
        (7, 0, 6, -1),
        (None, None, 6, None),
        (6, None, 6, 0),
        (6, 0, 6, 0),
    ]
    assert warehouse.values("SELECT lag_days FROM preparedness_revisions WHERE change != 0") == [1]
    rows = warehouse.rows("SELECT date, known_on FROM preparedness_revisions WHERE lag_days = 1")
    assert rows == [{"date": MONDAY, "known_on": MONDAY + timedelta(days=1)}]


def test_days_that_have_not_come_have_no_row_and_the_past_is_as_it_was_known(warehouse: Warehouse) -> None:
    """On Wednesday noon lags 0 to 2 are there, and the figure that came on Thursday is in none of them."""
    report(warehouse, "A", MONDAY, 5, timedelta(0))
    report(warehouse, "A", MONDAY, 9, timedelta(days=3), revision=1)
    found = triangle(warehouse, "preparedness_revisions_known_at(at = '2026-03-25 11:00:00')")
    assert found == {0: (5, None, 5, 0), 1: (5, 0, 5, 0), 2: (5, 0, 5, 0)}


def test_a_figure_that_came_late_was_unknown_before(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5, timedelta(days=2))
    found = triangle(warehouse)
    assert [found[lag][:2] for lag in range(4)] == [(None, None), (None, None), (5, None), (5, 0)]


def test_how_much_figures_still_change(warehouse: Warehouse) -> None:
    """Two units over two days. A: 10 becomes 14 after a day. B: 20 stays. Next day A: 10 becomes 8 after a day; B comes
    after two days with 20. At lag 0: figures 3, of which 2 change, by 4 and -2: mean (4 - 2 + 0) / 3; sizes 4, 2 and 0:
    median 2, and 90 % lies at 2 + 0.8 x 2. Then 10 + 20 + 10 = 40 of 14 + 20 + 8 = 42."""
    day = timedelta(days=1)
    for unit, on, first, last in (("A", 0, 10, 14), ("B", 0, 20, 20), ("A", 1, 10, 8)):
        report(warehouse, unit, MONDAY + on * day, first, timedelta(0))
        report(warehouse, unit, MONDAY + on * day, last, day, revision=1)
    report(warehouse, "B", MONDAY + day, 20, 2 * day)
    rows = {row["lag_days"]: row for row in warehouse.rows("SELECT * FROM preparedness_revision_sizes")}
    assert len(rows) == 15
    now = rows[0]
    assert (now["figures"], now["missing"], now["changed_share"]) == (3, 1, 2 / 3)
    assert (now["mean_to_come"], now["typical"], round(now["large"], 9)) == (2 / 3, 2, 3.6)
    assert now["share_of_newest"] == 40 / 42
    later = rows[2]
    assert (later["figures"], later["missing"], later["changed_share"], later["mean_to_come"]) == (4, 0, 0, 0)


def test_a_day_counts_for_the_sizes_when_it_has_been_known_for_two_weeks(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5, timedelta(0))
    sizes = "SELECT count() FROM preparedness_revision_sizes_known_at(at = '{} 12:00:00')"
    assert warehouse.values(sizes.format(MONDAY + timedelta(days=13))) == [0]
    assert warehouse.values(sizes.format(MONDAY + timedelta(days=14))) == [15]


def test_final_is_the_newest_figure_of_the_day_also_when_another_report_tells_it(warehouse: Warehouse) -> None:
    """At 07:00 it was 5, known at once; the count of 08:00, 9, came the next day and is the day's figure from then
    on."""
    report(warehouse, "A", MONDAY, 5, timedelta(), subject_id="7", as_of=datetime(2026, 3, 23, 7, tzinfo=OSLO))
    report(warehouse, "A", MONDAY, 9, DAY, subject_id="8")
    found = triangle(warehouse)
    assert [found[lag] for lag in range(2)] == [(5, None, 9, 4), (9, 4, 9, 0)]
    sizes = "SELECT changed_share, mean_to_come FROM preparedness_revision_sizes WHERE lag_days = 0"
    assert warehouse.tuples(sizes) == [(1, 4)]


def test_a_figure_that_was_moved_to_another_unit_or_day_is_no_longer_the_first_ones(warehouse: Warehouse) -> None:
    """1 is corrected from A to B, 2 from Monday to Sunday, a day later each."""
    sunday = datetime(2026, 3, 22, 8, tzinfo=OSLO)
    report(warehouse, "A", MONDAY, 5, timedelta(), subject_id="1")
    report(warehouse, "B", MONDAY, 5, DAY, subject_id="1", revision=1)
    report(warehouse, "C", MONDAY, 7, timedelta(), subject_id="2")
    report(warehouse, "C", MONDAY, 7, DAY, subject_id="2", revision=1, as_of=sunday)
    found = warehouse.tuples(
        "SELECT unit, date, occupied FROM preparedness_revisions WHERE lag_days = 3 ORDER BY unit, date"
    )
    assert [row for row in found if row[2] is not None] == [
        ("B", MONDAY, 5),
        ("C", MONDAY - DAY, 7),
    ]


def test_a_report_that_was_cancelled_leaves_the_day_to_another(warehouse: Warehouse) -> None:
    """The count of 08:00 was cancelled on Tuesday: from then on that of 10:00 is the day's figure."""
    report(warehouse, "A", MONDAY, 5, timedelta(), subject_id="8")
    report(warehouse, "A", MONDAY, 9, timedelta(), subject_id="10", as_of=datetime(2026, 3, 23, 10, tzinfo=OSLO))
    report(warehouse, "A", MONDAY, 5, DAY, subject_id="8", revision=1, action="cancel")
    assert [triangle(warehouse)[lag] for lag in range(2)] == [(5, None, 9, 4), (9, 4, 9, 0)]


def test_what_comes_at_midnight_is_of_the_next_day(warehouse: Warehouse) -> None:
    """Counted at 8, told at 24:00: 16 hours later, to the millisecond."""
    report(warehouse, "A", MONDAY, 5, timedelta(hours=16))
    report(warehouse, "B", MONDAY, 6, timedelta(hours=16) - timedelta(milliseconds=1))
    told = "SELECT unit, occupied FROM preparedness_revisions WHERE lag_days = 0 ORDER BY unit"
    assert warehouse.tuples(told) == [("A", None), ("B", 6)]
