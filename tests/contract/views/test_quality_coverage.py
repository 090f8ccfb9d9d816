"""quality_coverage, on a case that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from stored import Warehouse

A, B, C, D = "983971636", "993467049", "974749025", "974795787"
MONDAY = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
AT = "(at = '2026-03-10 12:00:00')"
"""A Tuesday: Monday is over."""


def events(warehouse: Warehouse, reporter: str, weeks_before: int, count: int, delay: timedelta = timedelta()) -> None:
    for number in range(count):
        occurred = MONDAY - timedelta(weeks=weeks_before, minutes=number)
        warehouse.accept(
            "consultation",
            reporter=reporter,
            subject_id=f"{weeks_before}/{number}",
            occurred_at=occurred,
            received_at=occurred + delay,
        )


def test_who_is_silent_and_how_much_is_missing(warehouse: Warehouse) -> None:
    """Usual of A: the median of 4, 4, 6, 2 is 4. Of B: of 1, 1, 0, 0 it is 0.5. Of C: of 9, 0, 0, 0 it is 0. D: new."""
    for weeks, count in enumerate((4, 4, 6, 2), start=1):
        events(warehouse, A, weeks, count)
    events(warehouse, B, 1, 1)
    events(warehouse, B, 3, 1)
    events(warehouse, C, 2, 9)
    events(warehouse, A, 0, 2)
    events(warehouse, A, 5, 50)  # longer ago than the four weeks
    events(warehouse, D, 0, 1, delay=timedelta(hours=25))
    [row] = warehouse.rows(f"SELECT * FROM quality_coverage_known_at{AT} WHERE day = '2026-03-09'")
    assert (row["family"], row["day"], row["day_over"]) == ("consultation", date(2026, 3, 9), True)
    assert (row["units_expected"], row["units_reporting"], row["units_unexpected"]) == (2, 1, 1)
    assert (row["events"], row["events_usual"], row["silent"]) == (3, 4.5, [B])
    assert round(row["completeness"], 3) == 0.667
    assert round(row["in_time_share"], 3) == 0.667
    assert round(row["mean_delay_hours"], 3) == 8.333


def test_a_day_on_which_all_are_silent_has_its_row(warehouse: Warehouse) -> None:
    for weeks in (1, 2, 3, 4):
        events(warehouse, A, weeks, 2)
    [row] = warehouse.rows(f"SELECT * FROM quality_coverage_known_at{AT} WHERE day = '2026-03-09'")
    assert (row["events"], row["completeness"], row["silent"]) == (0, 0.0, [A])
    assert (row["in_time_share"], row["mean_delay_hours"], row["updated_at"]) == (None, None, None)


def test_today_is_not_over_and_a_cancelled_event_does_not_count(warehouse: Warehouse) -> None:
    events(warehouse, A, 0, 2)
    warehouse.accept(
        "consultation",
        reporter=A,
        subject_id="0/1",
        revision=9,
        action="cancel",
        occurred_at=MONDAY,
        received_at=MONDAY + timedelta(hours=1),
    )
    [row] = warehouse.rows("SELECT * FROM quality_coverage_known_at(at = '2026-03-09 12:00:00') WHERE events > 0")
    assert (row["events"], row["day_over"], row["units_expected"], row["units_unexpected"]) == (1, False, 0, 1)


def test_what_came_later_was_not_known_then(warehouse: Warehouse) -> None:
    events(warehouse, A, 0, 1, delay=timedelta(days=3))
    assert warehouse.rows(f"SELECT * FROM quality_coverage_known_at{AT}") == []
    [later] = warehouse.rows("SELECT events, in_time_share FROM quality_coverage_known_at(at = '2026-03-13 12:00:00')")
    assert later == {"events": 1, "in_time_share": 0.0}


def amend(warehouse: Warehouse, number: int, after: timedelta) -> None:
    """Of an event of Monday, so long after it occurred."""
    warehouse.accept(
        "consultation",
        reporter=A,
        subject_id=f"0/{number}",
        revision=1,
        action="amend",
        occurred_at=MONDAY - timedelta(minutes=number),
        received_at=MONDAY + after,
    )


def test_an_amendment_does_not_make_an_event_late(warehouse: Warehouse) -> None:
    """When the first version of an amended event came is not told: it counts, and its delay does not."""
    events(warehouse, A, 0, 2, delay=timedelta(hours=1))
    amend(warehouse, 1, timedelta(hours=25))
    asked = f"SELECT events, in_time_share, mean_delay_hours FROM quality_coverage_known_at{AT} WHERE events > 0"
    assert warehouse.rows(asked) == [{"events": 2, "in_time_share": 1.0, "mean_delay_hours": 1.0}]
    amend(warehouse, 0, timedelta(hours=25))
    assert warehouse.rows(asked) == [{"events": 2, "in_time_share": None, "mean_delay_hours": None}]


def test_those_who_usually_send_most_are_the_first_of_the_silent(warehouse: Warehouse) -> None:
    for reporter, usual in ((A, 2), (B, 5), (C, 3)):
        for weeks in (1, 2, 3, 4):
            events(warehouse, reporter, weeks, usual)
    told = f"SELECT silent FROM quality_coverage_known_at{AT} WHERE day = '2026-03-09'"
    assert warehouse.values(told) == [[B, C, A]]
