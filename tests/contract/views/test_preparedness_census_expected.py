"""What to expect of a census figure, on cells that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stored import Warehouse

OSLO = ZoneInfo("Europe/Oslo")
FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
TODAY = FIRST + 30 * DAY
KNOWN = datetime.combine(TODAY, time(20), OSLO)


def report(warehouse: Warehouse, unit: str, day: date, occupied: int, after: int = 0, **changes: Any) -> None:
    """Counted at 8, known so many days later at noon."""
    counted = datetime.combine(day, time(8), OSLO).astimezone(UTC)
    told = datetime.combine(day + after * DAY, time(12), OSLO).astimezone(UTC)
    fields = {
        "reporter": "983971636",
        "health_trust": f"{unit} HF",
        "region": "Nord RHF",
        "unit": unit,
        "unit_name": unit,
        "resource": "bed",
        "category": "all",
        "as_of": counted,
        "subject_id": f"{unit}/{day}",
        "occupied": occupied,
        "received_at": told,
    }
    warehouse.accept("capacity", **{**fields, **changes})


def expected(warehouse: Warehouse, level: str, first: date = TODAY, columns: str = "") -> list[Any]:
    arguments = f"level = '{level}', from = '{first}', to = '{TODAY}', known_at = '{KNOWN.astimezone(UTC):%F %T}'"
    told = columns or "trust, occupied, past_days, expected_change, expected_low, expected_high"
    return warehouse.tuples(f"SELECT {told} FROM preparedness_census_expected({arguments}) ORDER BY ALL")


@pytest.fixture
def corrected(warehouse: Warehouse) -> Warehouse:
    """On eleven days A reports 10 and corrects it a day after, by 0, 1, … 10: mean 5, 10th percentile 1, 90th 9.
    B reports 20 on nine of these days (not the last two) and adds 2 after three days. Today A says 7, B 20."""
    for number in range(11):
        day = FIRST + number * DAY
        report(warehouse, "A", day, 10)
        report(warehouse, "A", day, 10 + number, 1, revision=1)
        if number < 9:
            report(warehouse, "B", day, 20)
            report(warehouse, "B", day, 22, 3, revision=1)
    report(warehouse, "A", TODAY, 7)
    report(warehouse, "B", TODAY, 20)
    return warehouse


def test_todays_figure_with_what_such_figures_became(corrected: Warehouse) -> None:
    """B has only nine days: too few. The nation's changes are 0 + 2, 1 + 2, … 8 + 2, and 9 and 10 without B: the mean
    is (55 + 18) / 11; in order 2, 3, 4 … 9, 9, 10, 10: the 10th percentile is 3, the 90th 10."""
    assert expected(corrected, "trust") == [("A HF", 7, 11, 5, 1, 9), ("B HF", 20, 9, None, None, None)]
    assert expected(corrected, "unit") == expected(corrected, "trust")
    for level in ("region", "nation"):
        assert expected(corrected, level) == [(None, 27, 11, 73 / 11, 3, 10)]


def test_a_figure_that_is_older_is_expected_to_change_less(corrected: Warehouse) -> None:
    """After a day A is corrected, and B only after three: of yesterday's nation 2 x 9 / 13 are to come, of that of
    three days ago nothing. What is 15 days old has no expectation."""
    for number in range(1, 16):
        report(corrected, "A", TODAY - number * DAY, 7)
    rows = expected(corrected, "nation", TODAY - 15 * DAY, "lag_days, past_days, expected_change")
    found = {lag: (days, change) for lag, days, change in rows}
    assert sorted(found) == list(range(16))
    # two of these days are 14 days old by now: thirteen past days, the two without a correction
    assert found[1] == (13, 18 / 13)
    assert found[3] == found[14] == (13, 0)
    assert found[15] == (0, None)


def test_nothing_is_foreseen_of_what_was_not_known_then(corrected: Warehouse) -> None:
    """13 days after the eleventh day that one does not count yet: ten days, of 0 to 9."""
    moment = f"{FIRST + 23 * DAY} 12:00:00"
    told = corrected.tuples(
        "SELECT past_days, expected_change FROM preparedness_census_expected("
        f"level = 'trust', from = '{FIRST + 23 * DAY}', to = '{FIRST + 23 * DAY}', known_at = '{moment}') "
        "WHERE trust = 'A HF'"
    )
    assert told == [(10, 4.5)]


def test_the_rest_of_the_row_is_the_census(corrected: Warehouse) -> None:
    columns = (
        "date, region, trust, reporter, unit, unit_name, resource, category, occupied, units_reporting, "
        "units_expected, imputed, imputed_age_days, complete, updated_at, as_known_at"
    )
    for level in ("nation", "region", "trust", "unit"):
        known = f"{KNOWN.astimezone(UTC):%F %T}"
        arguments = f"level = '{level}', from = '{FIRST}', to = '{TODAY}', known_at = '{known}'"
        census = corrected.tuples(f"SELECT {columns} FROM preparedness_census({arguments}) ORDER BY ALL")
        assert len(census) >= 31
        assert expected(corrected, level, FIRST, columns) == census
