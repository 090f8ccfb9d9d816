"""Which stays are behind the occupancy, where each is, and what does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from outcomes import AT
from stored import Warehouse, move

HOUR = timedelta(hours=1)
NOW = f"{AT:%Y-%m-%d %H:%M:%S}"


def stays(warehouse: Warehouse, hours: float) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.rows(f"SELECT * FROM preparedness_stays_at(at = '{AT + hours * HOUR:%Y-%m-%d %H:%M:%S}')")
    return {row["stay"]: (row["place"], row["inside"], row["flags"]) for row in rows}


def test_a_stay_is_in_one_place_whatever_the_order_in_which_its_movements_came(warehouse: Warehouse) -> None:
    """b, without a ward, is in its treatment unit; the last movement of c names none, so it is where it was."""
    move(warehouse, "a", 2, "transfer", "B", 2)
    move(warehouse, "a", 1, "admit", "A", 0)
    move(warehouse, "b", 1, "admit", None, 0)
    move(warehouse, "c", 1, "admit", "A", 0)
    move(warehouse, "c", 2, "leave_start", None, 1)
    assert stays(warehouse, 1) == {
        "a": ("A", True, []),
        "b": ("974706490", True, []),
        "c": ("A", True, []),
    }
    assert stays(warehouse, 3)["a"] == ("B", True, [])


def test_what_does_not_fit_is_flagged_and_counts_by_the_stated_rule(warehouse: Warehouse) -> None:
    """A transfer without admission is inside; a movement after the discharge brings the patient back; who came more
    than a year ago is inside until a discharge comes; a discharge alone is outside."""
    move(warehouse, "no beginning", 2, "transfer", "A", 0)
    move(warehouse, "back", 1, "admit", "A", 0)
    move(warehouse, "back", 2, "discharge", "A", 1)
    move(warehouse, "back", 3, "transfer", "B", 2)
    move(warehouse, "long", 1, "admit", "A", -24 * 366 + 3)
    move(warehouse, "not so long", 1, "admit", "A", -24 * 365 + 4)
    move(warehouse, "only out", 2, "discharge", "A", 0)
    assert stays(warehouse, 3) == {
        "no beginning": ("A", True, ["no_admission"]),
        "back": ("B", True, ["moved_after_discharge"]),
        "long": ("A", True, ["stays_over_a_year"]),
        "not so long": ("A", True, []),
        "only out": ("A", False, ["no_admission"]),
    }
    assert stays(warehouse, 1)["back"] == ("A", False, [])


def test_the_reports_that_count_are_the_newest_before_the_time(warehouse: Warehouse) -> None:
    """Of bed the figure for all counts and not its parts, of intensive care the parts without covid; the report of
    later is none yet."""
    for number, (resource, category, hours) in enumerate(
        [
            ("bed", "all", 0),
            ("bed", "adult", 1),
            ("bed", "all", 2),
            ("bed", "all", 9),
            ("icu_bed", "adult", 0),
            ("icu_bed", "covid", 0),
            ("ventilator", "all", 0),
        ]
    ):
        at = AT + hours * HOUR
        cell = {"subject_id": str(number), "unit": "A", "resource": resource, "category": category, "as_of": at}
        warehouse.accept("capacity", reporter="983971636", received_at=AT, **cell)
    asked = f"(at = '{AT + 3 * HOUR:%Y-%m-%d %H:%M:%S}')"
    rows = warehouse.rows(
        f"SELECT resource, category, age_minutes FROM preparedness_reported_at{asked} ORDER BY resource"
    )
    assert [tuple(row.values()) for row in rows] == [("bed", "all", 60), ("icu_bed", "adult", 180)]


def test_a_patient_is_in_one_bed_at_a_time(warehouse: Warehouse) -> None:
    """p came to A two days ago and was never discharged, and came to B two hours ago, where p is known by another
    number that was merged into p's yesterday: in B, and the older is flagged. q is on leave from A, and in B: both are
    true."""
    move(warehouse, "s1", 1, "admit", "A", -48, patient_key="p")
    move(warehouse, "s2", 1, "admit", "B", -2, patient_key="p before")
    move(warehouse, "merging", 1, "merge", None, -24, patient_key="p", prior_patient_key="p before")
    move(warehouse, "l1", 1, "admit", "A", -48, patient_key="q")
    move(warehouse, "l1", 2, "leave_start", "A", -40, patient_key="q")
    move(warehouse, "l2", 1, "admit", "B", -30, patient_key="q")
    beds = f"SELECT unit, patients, on_leave, flagged FROM preparedness_occupancy_at(at = '{NOW}') ORDER BY unit"
    assert warehouse.tuples(beds) == [("A", 0, 1, 0), ("B", 2, 0, 1)]
    flags = f"SELECT stay, patient_key, inside, flags FROM preparedness_stays_at(at = '{NOW}') ORDER BY stay"
    assert warehouse.tuples(flags) == [
        ("l1", "q", True, []),
        ("l2", "q", True, []),
        ("s1", "p", False, ["in_another_bed"]),
        ("s2", "p", True, ["merged"]),
    ]


def test_a_stay_that_its_movement_ended_is_not_open(warehouse: Warehouse) -> None:
    """The only movement tells the end of the stay: nobody is in the bed, so the stay is not open either."""
    move(warehouse, "x", 1, "admit", "A", -48, utDatoTid=AT - 10 * HOUR)
    assert warehouse.values(f"SELECT inside FROM preparedness_stays_at(at = '{NOW}')") == [False]
    assert warehouse.values(f"SELECT open FROM npr_stays_known_at(at = '{NOW}')") == [False]


def test_a_ward_that_changed_trust_belongs_to_the_new_one(warehouse: Warehouse) -> None:
    move(warehouse, "old", 1, "admit", "A", -48, health_trust="Vest HF", region="Vest", unit_name="Z")
    move(warehouse, "old", 2, "discharge", "A", -40, health_trust="Vest HF", region="Vest", unit_name="Z")
    move(warehouse, "new", 1, "admit", "A", -2, health_trust="Nord HF", region="Nord", unit_name="Y")
    found = f"SELECT unit_name, health_trust, region, patients FROM preparedness_occupancy_at(at = '{NOW}')"
    assert warehouse.tuples(found) == [("Y", "Nord HF", "Nord", 1)]
