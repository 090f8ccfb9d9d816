"""From hospital to municipality, also of merged identities, on cases that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from stored import Warehouse, move, notify

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)
NOON = "2026-03-30 10:00:00"


def march(day: int) -> date:
    return date(2026, 3, day)


def stay(warehouse: Warehouse, name: str, ready: int, out: int | None, **changes: Any) -> None:
    fields = {
        "reporter": "983971636",
        "subject_id": name,
        "omsorgsniva": "1",
        "innDatoTid": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "utDatoTid": datetime(2026, 3, out, 10, tzinfo=UTC) if out else None,
        "tidspunkter": [{"typeTidspunkt": "2", "tidspunkt": datetime(2026, 3, ready, 10, tzinfo=UTC)}],
        "patient_key": f"key-{name}",
        "received_at": KNOWN,
        "declared_known_at": None,
    }
    warehouse.accept("episode", **{**fields, **changes})


def test_from_hospital_to_municipality(warehouse: Warehouse) -> None:
    """a: in on the 1st, ready on the 5th, out on the 9th, its first service since then on the 10th (that of the 4th
    was before). b: the service began while the patient was still in hospital. c: the patient is not known. d: none."""
    stay(warehouse, "a", 5, 9)
    stay(warehouse, "b", 5, 9)
    stay(warehouse, "c", 5, None, patient_key=None)
    stay(warehouse, "d", 5, None)
    notify(warehouse, "late", "TjenesteStart", march(20), patient_key="key-a")
    notify(warehouse, "next", "TjenesteStart", march(10), patient_key="key-a", tjenesteType="21")
    notify(warehouse, "before", "TjenesteStart", march(4), patient_key="key-a")
    notify(warehouse, "early", "TjenesteStart", march(7), patient_key="key-b")
    notify(warehouse, "unknown", "TjenesteStart", march(7), patient_key=None)
    notify(warehouse, "much later", "TjenesteStart", date(2026, 4, 5), patient_key="key-d")
    days = "days_admitted_to_ready, days_ready_to_discharge, days_ready_to_service, days_discharge_to_service"
    rows = warehouse.rows(f"SELECT subject_id, {days}, service_type FROM pathway_discharge ORDER BY subject_id")
    assert [tuple(row.values()) for row in rows] == [
        ("a", 4, 4, 5, 1, "21"),
        ("b", 4, 4, 2, -2, "15"),
        ("c", 4, None, None, None, None),
        ("d", 4, None, None, None, None),
    ]
    assert warehouse.values("SELECT count() FROM pathway_discharge WHERE service_started_on IS NULL") == [2]


def merge(warehouse: Warehouse, former: str, present: str, hours: float, **changes: Any) -> None:
    fields = {"prior_patient_key": former, "patient_key": present, **changes}
    move(warehouse, f"merge-{former}", 1, "merge", None, hours, **fields)


def test_a_patient_whose_identity_was_merged_is_one_person(warehouse: Warehouse) -> None:
    """a was admitted under a temporary number, merged into key-m, and that into key-n: the service of key-n is a's.
    b has an identity of its own. c's service was reported under the former identity. A merge taken back is none."""
    stay(warehouse, "a", 5, 9)
    stay(warehouse, "b", 5, 9)
    stay(warehouse, "c", 5, 9)
    stay(warehouse, "d", 5, 9)
    merge(warehouse, "key-a", "key-m", 1)
    merge(warehouse, "key-m", "key-n", 2)
    merge(warehouse, "key-old", "key-c", 3)
    merge(warehouse, "key-d", "key-wrong", 4)
    merge(warehouse, "key-d", "key-wrong", 4, action="cancel", revision=1)
    for person in ("key-n", "key-b", "key-old", "key-wrong"):
        notify(warehouse, person, "TjenesteStart", march(10), patient_key=person)
    rows = warehouse.rows(
        "SELECT subject_id, patient_key, merged, service_started_on FROM pathway_discharge ORDER BY subject_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("a", "key-n", True, march(10)),
        ("b", "key-b", False, march(10)),
        ("c", "key-c", True, march(10)),
        ("d", "key-d", False, None),
    ]


def test_an_identity_that_was_merged_three_times_is_one_person(warehouse: Warehouse) -> None:
    stay(warehouse, "a", 5, 9)
    for number, (former, present) in enumerate((("key-a", "key-b"), ("key-b", "key-c"), ("key-c", "key-d"))):
        merge(warehouse, former, present, number)
    notify(warehouse, "s", "TjenesteStart", march(10), patient_key="key-d")
    found = "SELECT patient_key, merged, service_started_on FROM pathway_discharge"
    assert warehouse.tuples(found) == [("key-d", True, march(10))]


def test_a_service_that_begins_in_the_thirty_days_after_follows_the_stay(warehouse: Warehouse) -> None:
    """Ready on the 9th of March: what begins on the 8th of April follows it, what begins on the 9th does not."""
    for name, begins in (("a", date(2026, 4, 8)), ("b", date(2026, 4, 9))):
        stay(warehouse, name, 9, 12)
        notify(warehouse, name, "TjenesteStart", begins, patient_key=f"key-{name}")
    told = "SELECT subject_id, service_started_on, days_ready_to_service FROM pathway_discharge ORDER BY subject_id"
    assert warehouse.tuples(told) == [("a", date(2026, 4, 8), 30), ("b", None, None)]


def test_an_identity_that_was_merged_and_merged_back_is_itself(warehouse: Warehouse) -> None:
    """a into b, and then b into a: who was b is a, and a is nobody else."""
    for number, (former, present) in enumerate((("key-a", "key-b"), ("key-b", "key-a"))):
        merge(warehouse, former, present, number)
    assert warehouse.tuples("SELECT former, present FROM npr_merged_patients") == [("key-b", "key-a")]
