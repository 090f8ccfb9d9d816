"""Derived and reported patients beside each other, and which of them is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from outcomes import AT
from stored import Warehouse, move

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = f"{AT:%Y-%m-%d %H:%M:%S}"


def told(warehouse: Warehouse, name: str, occupied: int, age: timedelta, **cell: Any) -> None:
    """What ward A said of that age."""
    fields = {"reporter": "983971636", "unit": "A", "resource": "bed", "category": "all"}
    warehouse.accept(
        "capacity",
        **{**fields, "subject_id": name, "as_of": AT - age, "occupied": occupied, "received_at": AT - age, **cell},
    )


def beds(warehouse: Warehouse, derived: int | None, reported: int | None, age: timedelta, **changes: Any) -> None:
    """A ward in which so many were admitted at AT - 48 h, and the ward's own count of that age."""
    for number in range(derived or 0):
        move(warehouse, f"stay-{number}", 1, "admit", "A", -48, received_at=AT - 48 * HOUR)
    if reported is not None:
        fields = {"physical": 40, "staffed": 30, "blocked": 2, "available": None, **changes}
        told(warehouse, "cell", reported, age, **fields)


def reconciled(warehouse: Warehouse, at: datetime = AT) -> dict[str, Any]:
    (row,) = warehouse.rows(f"SELECT * FROM preparedness_reconciled_at(at = '{at:%Y-%m-%d %H:%M:%S}')")
    return row


@pytest.mark.parametrize(
    ("derived", "reported", "hours", "used", "reason", "cap_04"),
    [
        (20, 20, 1, 20, "agree", False),
        (20, 25, 1, 20, "agree", False),  # 5 patients are allowed, though it is a fifth
        (20, 26, 1, 26, "differ_reported_is_recent", True),
        (20, 26, 24, 26, "differ_reported_is_recent", True),
        (20, 26, 25, 20, "differ_report_is_old", True),
        (None, 7, 1, 7, "only_reported", False),
        (9, None, 1, 9, "only_derived", False),
        (6, 0, 1, 0, "differ_reported_is_recent", True),
    ],
)
def test_which_figure_is_used_and_why(
    warehouse: Warehouse,
    derived: int | None,
    reported: int | None,
    hours: int,
    used: int,
    reason: str,
    cap_04: bool,
) -> None:
    beds(warehouse, derived, reported, hours * HOUR)
    row = reconciled(warehouse)
    assert (row["derived"], row["reported"]) == (derived, reported)
    assert (row["used"], row["reason"], row["cap_04"]) == (used, reason, cap_04)
    assert row["source"] == ("reported" if used == reported and reason != "agree" else "derived")
    assert row["minutes_since_last_event"] == (60 * hours if reported is not None else 48 * 60)


def test_a_tenth_is_allowed_where_it_is_more_than_five(warehouse: Warehouse) -> None:
    """66 against 60 is a tenth: agrees. 67 would be more."""
    beds(warehouse, 66, 60, HOUR)
    assert reconciled(warehouse)["reason"] == "agree"
    move(warehouse, "one-more", 1, "admit", "A", -1)
    assert reconciled(warehouse)["cap_04"]


def test_occupancy_and_free_beds_of_the_figure_that_is_used(warehouse: Warehouse) -> None:
    """24 of 30 staffed beds: 0.8; 30 - 24 - 2 blocked are free. Blocked unknown: so is what is free."""
    beds(warehouse, 24, 24, HOUR)
    row = reconciled(warehouse)
    assert (row["occupancy"], row["free"], row["difference"], row["relative"]) == (0.8, 4, 0, 0)
    beds(warehouse, None, 24, HOUR, blocked=None, revision=1)
    row = reconciled(warehouse)
    assert (row["occupancy"], row["free"]) == (0.8, None)


def test_a_figure_that_nobody_counted_is_not_reported(warehouse: Warehouse) -> None:
    """Imputed or derived by the sender, it does not stand beside what is derived here."""
    beds(warehouse, 1, None, HOUR)
    told(warehouse, "imputed", 40, HOUR, origin="imputed")
    told(warehouse, "derived", 40, HOUR, origin="derived", resource="icu_bed")
    assert (reconciled(warehouse)["reported"], reconciled(warehouse)["used"]) == (None, 1)
    told(warehouse, "manual", 3, HOUR, origin="manual")
    assert reconciled(warehouse)["reported"] == 3


def test_as_it_was_known(warehouse: Warehouse) -> None:
    """A report of 7:00 that came at 11:00 was not known at 10:00."""
    beds(warehouse, 20, None, HOUR)
    beds(warehouse, None, 30, HOUR, received_at=AT + HOUR, declared_known_at=None)
    told = "SELECT reported, used FROM preparedness_reconciled_known_at(at = '{0}', known_at = '{1}')"
    moment = f"{AT:%Y-%m-%d %H:%M:%S}"
    assert warehouse.rows(told.format(moment, moment)) == [{"reported": None, "used": 20}]
    assert warehouse.rows(told.format(moment, f"{AT + 2 * HOUR:%Y-%m-%d %H:%M:%S}")) == [{"reported": 30, "used": 30}]
    assert reconciled(warehouse)["used"] == 30


def test_minutes_since_the_newest_of_several_reports(warehouse: Warehouse) -> None:
    told(warehouse, "bed", 3, HOUR)
    told(warehouse, "icu", 3, 6 * HOUR, resource="icu_bed")
    (row,) = warehouse.rows(f"SELECT * FROM preparedness_reconciled_at(at = '{NOW}')")
    assert (row["reported_age_minutes"], row["minutes_since_last_event"]) == (360, 60)


def test_a_total_of_last_year_does_not_hide_the_parts_of_today(warehouse: Warehouse) -> None:
    told(warehouse, "old", 30, 400 * DAY)
    told(warehouse, "new", 3, HOUR, category="adult")
    assert warehouse.values(f"SELECT reported FROM preparedness_reconciled_at(at = '{NOW}')") == [3]


def test_patients_by_age_and_by_sector_are_the_same_patients(warehouse: Warehouse) -> None:
    """10 adults and 2 children are 12 patients, whatever wards they lie in: 11 somatic, 1 psychiatric."""
    for category, patients in (("adult", 10), ("child", 2), ("somatic", 11), ("psych", 1)):
        told(warehouse, category, patients, HOUR, category=category)
    assert warehouse.values(f"SELECT reported FROM preparedness_reconciled_at(at = '{NOW}')") == [12]
