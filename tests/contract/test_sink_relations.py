"""What the public relations answer, over the real engine."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outcomes import AT, accepted, duplicate, receipt, rejected
from stored import Warehouse

from schemas.types import DUPLICATES_TOPIC, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic
from sinks import relations

HOUR = timedelta(hours=1)


# --- outcomes ------------------------------------------------------------------------------------------------------


def test_one_row_per_raw_event_and_outcome(warehouse: Warehouse) -> None:
    warehouse.store(accepted_topic("episode"), accepted("episode", 1))
    warehouse.store(REJECTED_TOPIC, rejected(2), rejected(3, event_id=None, reporter=None))
    warehouse.store(DUPLICATES_TOPIC, duplicate(4))
    found = warehouse.rows("SELECT * FROM outcomes ORDER BY source_offset")
    assert [(row["source_offset"], row["outcome"]) for row in found] == [
        (1, "accepted"),
        (2, "rejected"),
        (3, "rejected"),
        (4, "duplicate"),
    ]
    assert {(row["source_topic"], row["source_partition"], row["family"]) for row in found} == {
        ("raw.episode", 0, "episode")
    }
    assert [row["codes"] for row in found] == [[], ["EPI-01"], ["EPI-01"], []]
    assert (found[2]["event_id"], found[2]["reporter"]) == (None, None)
    assert all(row["received_at"] == AT.replace(tzinfo=None) and row["inserted_at"] for row in found)


def test_an_outcome_written_twice_is_one_row_and_the_last_one_counts(warehouse: Warehouse) -> None:
    first, again = accepted("episode", 1), accepted("episode", 1, processed_at=AT + HOUR)
    warehouse.store(accepted_topic("episode"), first, again)
    warehouse.store(REJECTED_TOPIC, rejected(2), rejected(2))
    warehouse.store(DUPLICATES_TOPIC, duplicate(3), duplicate(3))
    warehouse.store(RECEIPTS_TOPIC, receipt(0, 3), receipt(0, 3, processed_at=AT + 40 * 24 * HOUR))
    assert warehouse.values("SELECT count() FROM outcomes") == [3]
    assert warehouse.values("SELECT processed_at FROM accepted_episode") == [(AT + HOUR).replace(tzinfo=None)]
    assert [warehouse.values(f"SELECT count() FROM {r}") for r in ("rejected", "duplicates", "receipts")] == [[1]] * 3
    warehouse.client.command("OPTIMIZE TABLE log_accepted_episode FINAL")
    assert warehouse.values("SELECT count() FROM accepted_episode") == [1]


def test_a_raw_event_with_two_outcomes_shows_as_two_rows(warehouse: Warehouse) -> None:
    """So that an audit can see what must not be."""
    warehouse.store(accepted_topic("episode"), accepted("episode", 1))
    warehouse.store(DUPLICATES_TOPIC, duplicate(1))
    assert warehouse.values("SELECT outcome FROM outcomes ORDER BY outcome") == ["accepted", "duplicate"]


def test_problems_of_an_accepted_event_are_in_its_outcome(warehouse: Warehouse) -> None:
    problems = [
        {"code": "CODE-01", "severity": "repair", "field": "debitor"},
        {"code": "SEQ-02", "severity": "warn", "field": "sequence"},
    ]
    warehouse.accept("episode", problems=problems)
    row = warehouse.rows("SELECT codes, severities FROM outcomes")[0]
    assert row == {"codes": ["CODE-01", "SEQ-02"], "severities": ["repair", "warn"]}


# --- versions ------------------------------------------------------------------------------------------------------


def capacity(warehouse: Warehouse, occupied: int | None, **changes: Any) -> None:
    warehouse.accept("capacity", **{"subject_id": "cell", "reporter": "983971636", "occupied": occupied, **changes})


def test_current_is_the_greatest_revision_then_known_at_then_offset(warehouse: Warehouse) -> None:
    current = "SELECT occupied FROM capacity_current"
    capacity(warehouse, 1, revision=1, declared_known_at=AT)
    capacity(warehouse, 2, revision=0, declared_known_at=AT + HOUR)
    assert warehouse.values(current) == [1]
    capacity(warehouse, 3, revision=1, declared_known_at=AT + HOUR)
    assert warehouse.values(current) == [3]
    capacity(warehouse, 4, revision=1, declared_known_at=AT)
    assert warehouse.values(current) == [3]
    capacity(warehouse, 5, revision=1, declared_known_at=AT + HOUR)
    assert warehouse.values(current) == [5]
    assert warehouse.values("SELECT count() FROM accepted_capacity") == [5]


def test_a_correction_to_unknown_stays_unknown(warehouse: Warehouse) -> None:
    """An aggregate that passes over nulls would bring the old figure back."""
    capacity(warehouse, 7, revision=0)
    capacity(warehouse, None, revision=1)
    assert warehouse.values("SELECT occupied FROM capacity_current") == [None]


def test_cancelled_is_gone_until_it_is_reported_anew(warehouse: Warehouse) -> None:
    capacity(warehouse, 7, revision=0)
    capacity(warehouse, None, revision=1, action="cancel")
    assert warehouse.values("SELECT occupied FROM capacity_current") == []
    capacity(warehouse, 8, revision=2, action="amend")
    assert warehouse.values("SELECT occupied FROM capacity_current") == [8]


def test_subjects_are_kept_apart_by_reporter(warehouse: Warehouse) -> None:
    capacity(warehouse, 1, reporter="983971636")
    capacity(warehouse, 2, reporter="993467049")
    assert warehouse.values("SELECT occupied FROM capacity_current ORDER BY reporter") == [1, 2]


MOMENTS = {
    "text": "'2026-05-13 13:00:00'",
    "text with fraction": "'2026-05-13 13:00:00.000'",
    "ISO 8601": "'2026-05-13T13:00:00Z'",
    "ISO 8601 elsewhere": "'2026-05-13T15:00:00+02:00'",
    "DateTime64": "toDateTime64('2026-05-13 13:00:00', 3, 'UTC')",
    "DateTime": "toDateTime('2026-05-13 13:00:00', 'UTC')",
    "parameter": "{at:DateTime64(3, 'UTC')}",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_known_at_an_earlier_time(warehouse: Warehouse, moment: str) -> None:
    """A cell goes A, B, A over three deliveries, the last two declared to be of later times."""
    for hours, occupied in ((0, 10), (1, 20), (2, 10)):
        capacity(warehouse, occupied, declared_known_at=AT + hours * HOUR)
    query = f"SELECT occupied FROM capacity_known_at(at = {MOMENTS[moment]})"
    found = warehouse.client.query(query, parameters={"at": "2026-05-13 13:00:00"}).result_rows
    assert [row[0] for row in found] == [20], "what became known at that very moment is known"


def test_nothing_was_known_before_it_came_and_a_cancellation_only_later(warehouse: Warehouse) -> None:
    capacity(warehouse, 10, revision=0, received_at=AT)
    capacity(warehouse, None, revision=1, action="cancel", received_at=AT + HOUR)
    known = "SELECT occupied FROM capacity_known_at(at = '{}')"
    assert warehouse.values(known.format("2026-05-13 11:59:59.999")) == []
    assert warehouse.values(known.format("2026-05-13 12:30:00")) == [10]
    assert warehouse.values(known.format("2026-05-13 13:00:00")) == []


VERSION = st.tuples(
    st.sampled_from(["a", "b"]),  # subject
    st.integers(0, 2),  # revision
    st.integers(0, 3),  # hours after AT when it became known
    st.sampled_from(["report", "amend", "cancel"]),
    st.one_of(st.none(), st.integers(0, 9)),  # occupied
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=st.lists(VERSION, max_size=8), hours=st.integers(0, 3))
def test_current_and_known_at_are_what_the_words_say(warehouse: Warehouse, versions: list[Any], hours: int) -> None:
    for kind in ("log_accepted", "state"):
        warehouse.client.command(f"TRUNCATE TABLE {kind}_capacity")
    facts = []
    for subject, revision, after, action, occupied in versions:
        offset = next(warehouse.raw_offsets)
        known = AT + after * HOUR
        record = accepted(
            "capacity",
            offset,
            subject_id=subject,
            revision=revision,
            declared_known_at=known,
            action=action,
            occupied=occupied,
        )
        warehouse.store(accepted_topic("capacity"), record)
        facts.append((subject, (revision, known, offset), action, occupied))

    def expected(until: datetime) -> dict[str, int | None]:
        newest: dict[str, Any] = {}
        for subject, place, action, occupied in facts:
            if place[1] <= until and (subject not in newest or newest[subject][0] < place):
                newest[subject] = (place, action, occupied)
        return {subject: occupied for subject, (_, action, occupied) in newest.items() if action != "cancel"}

    def found(relation: str) -> dict[str, int | None]:
        return dict(warehouse.client.query(f"SELECT subject_id, occupied FROM {relation}").result_rows)

    at = AT + hours * HOUR
    assert found("capacity_current") == expected(AT + 9 * HOUR)
    assert found(f"capacity_known_at(at = '{at:%Y-%m-%d %H:%M:%S}')") == expected(at)


# --- registers -----------------------------------------------------------------------------------------------------


def test_contacts_are_counted_by_the_norwegian_day_they_began(warehouse: Warehouse) -> None:
    late = datetime.fromisoformat("2026-05-13T22:30:00Z")  # half past midnight in Oslo
    common = {
        "reporter": "983971636",
        "omsorgsniva": "3",
        "innmateHast": "4",
        "unit": "u",
        "unit_name": None,
        "sector": "som",
    }
    warehouse.accept("episode", **common, subject_id="1", innDatoTid=late, utDatoTid=None, patient_key="a" * 32)
    warehouse.accept("episode", **common, subject_id="2", innDatoTid=late, utDatoTid=late + HOUR, patient_key="a" * 32)
    warehouse.accept(
        "episode", **common, subject_id="3", innDatoTid=late, utDatoTid=None, patient_key=None, action="cancel"
    )
    warehouse.accept("episode", **common, subject_id="4", innDatoTid=None, utDatoTid=None)
    rows = warehouse.rows("SELECT * FROM npr_contacts_daily")
    assert [(r["day"], r["contacts"], r["patients"], r["ended"], r["open"]) for r in rows] == [
        (date(2026, 5, 14), 2, 1, 1, 1)
    ]
    assert rows[0]["known_at"] == AT.replace(tzinfo=None)


def test_service_changes_are_counted_by_kind(warehouse: Warehouse) -> None:
    common = {"kommuneNr": "0301", "tjenesteType": "15", "hendelseDato": date(2026, 5, 13), "reporter": "983971636"}
    for number, change in enumerate(("TjenesteStart", "TjenesteStart", "MidlertidigStoppFra", "TjenesteSlutt")):
        warehouse.accept(
            "service", **common, subject_id=f"{number}/{change}", hendelse=change, tjenesteID=f"{number % 2}"
        )
    warehouse.accept(
        "service", **common, subject_id="0/TjenesteStart", hendelse="TjenesteStart", revision=9, action="cancel"
    )
    row = warehouse.rows("SELECT * FROM kpr_services_daily")[0]
    assert (row["day"], row["started"], row["paused"], row["resumed"], row["ended"]) == (date(2026, 5, 13), 1, 1, 0, 1)
    assert row["services"] == 2


def move(warehouse: Warehouse, stay: str, kind: str, ward: str | None, hours: float, **changes: Any) -> None:
    told = {"reporter": "983971636", "unit": "983971636", "patient_class": "I", "utDatoTid": None, "omsorgsniva": "1"}
    at = AT + hours * HOUR
    values = {
        "subject_id": f"{stay}/{kind}/{hours}",
        "episode_id": stay,
        "occurred_at": at,
        "tjenesteenhetID": ward,
        "patient_key": stay,
    }
    warehouse.accept("movement", **{**told, **values, "movement_type": kind, **changes})


def occupancy(warehouse: Warehouse, hours: float) -> dict[str, tuple[int | None, int | None]]:
    at = AT + hours * HOUR
    query = f"SELECT unit, patients, on_leave FROM preparedness_occupancy_at(at = '{at:%Y-%m-%d %H:%M:%S}')"
    return {unit: (patients, leave) for unit, patients, leave in warehouse.client.query(query).result_rows}


def test_patients_are_where_their_last_movement_put_them(warehouse: Warehouse) -> None:
    move(warehouse, "s1", "admit", "A", 0)
    move(warehouse, "s1", "transfer", "B", 2)
    move(warehouse, "s1", "discharge", "B", 4)
    move(warehouse, "s2", "admit", "A", 1)
    move(warehouse, "s2", "leave_start", None, 3)
    move(warehouse, "s2", "leave_end", None, 5)
    assert occupancy(warehouse, -1) == {}
    assert occupancy(warehouse, 0) == {"A": (1, 0)}
    assert occupancy(warehouse, 1) == {"A": (2, 0)}
    assert occupancy(warehouse, 2) == {"A": (1, 0), "B": (1, 0)}
    assert occupancy(warehouse, 3) == {"A": (0, 1), "B": (1, 0)}
    assert occupancy(warehouse, 4) == {"A": (0, 1), "B": (0, 0)}
    assert occupancy(warehouse, 5) == {"A": (1, 0), "B": (0, 0)}


def test_a_cancelled_movement_never_happened(warehouse: Warehouse) -> None:
    move(warehouse, "s1", "admit", "A", 0)
    move(warehouse, "s1", "discharge", "A", 1)
    assert occupancy(warehouse, 2) == {"A": (0, 0)}
    move(warehouse, "s1", "discharge", "A", 1, revision=1, action="cancel")
    assert occupancy(warehouse, 2) == {"A": (1, 0)}


def test_only_those_who_lie_in_a_bed_count(warehouse: Warehouse) -> None:
    move(warehouse, "out", "admit", "A", 0, patient_class="O")
    move(warehouse, "radiation", "admit", "A", 0, patient_class=None, omsorgsniva="8")
    move(warehouse, "planned", "pending_admit", "A", 0)
    move(warehouse, "ended", "admit", "A", 0, utDatoTid=AT + HOUR)
    move(warehouse, "unknown", "admit", "A", 0, patient_class=None)
    assert occupancy(warehouse, 0.5) == {"A": (2, 0)}
    assert occupancy(warehouse, 1) == {"A": (1, 0)}
    move(warehouse, "out", "class_change", None, 2, patient_class="I")
    assert occupancy(warehouse, 2) == {"A": (2, 0)}


def test_an_admission_and_a_transfer_in_the_same_millisecond(warehouse: Warehouse) -> None:
    move(warehouse, "s1", "transfer", "B", 0)
    move(warehouse, "s1", "admit", "A", 0)
    assert occupancy(warehouse, 0) == {"A": (0, 0), "B": (1, 0)}


def test_a_ward_that_all_have_left_is_empty_and_not_unknown(warehouse: Warehouse) -> None:
    move(warehouse, "s1", "admit", "A", 0)
    move(warehouse, "s1", "transfer", "B", 1)
    assert occupancy(warehouse, 1) == {"A": (0, 0), "B": (1, 0)}


def test_reported_capacity_stands_beside(warehouse: Warehouse) -> None:
    def report(category: str, hours: int, occupied: int | None, unit: str = "A", resource: str = "bed") -> None:
        at = AT + hours * HOUR
        warehouse.accept(
            "capacity",
            reporter="983971636",
            unit=unit,
            unit_name="Ward",
            resource=resource,
            category=category,
            as_of=at,
            occupied=occupied,
            staffed=10,
            subject_id=f"{unit}/{resource}/{category}/{hours}",
        )

    move(warehouse, "s1", "admit", "A", 0)
    report("adult", 0, 3)
    report("adult", 1, 4)
    report("child", 0, 2)
    report("covid", 1, 1)
    report("adult", 0, 5, resource="icu_bed")
    report("adult", 0, 99, resource="ventilator")
    report("all", 1, 7, unit="B")
    report("adult", 1, 6, unit="B")
    report("adult", 1, None, unit="C")
    report("child", 1, 1, unit="C")
    query = (
        "SELECT unit, patients, reported_occupied, reported_staffed, reported_as_of "
        f"FROM preparedness_occupancy_at(at = '{AT + 2 * HOUR:%Y-%m-%d %H:%M:%S}') ORDER BY unit"
    )
    found = [tuple(row) for row in warehouse.client.query(query).result_rows]
    naive = AT.replace(tzinfo=None)
    assert found == [
        ("A", 1, 4 + 2 + 5, 30, naive),
        ("B", None, 7, 10, naive + HOUR),
        ("C", None, None, 20, naive + HOUR),
    ]


def test_occupancy_now_is_occupancy_at_this_moment(warehouse: Warehouse) -> None:
    """Both ask the same; `now` is taken when the query runs, not when the view was made."""
    now = warehouse.values("SELECT now64(3, 'UTC')")[0]
    hours = (now - AT.replace(tzinfo=None)) / HOUR
    move(warehouse, "s1", "admit", "A", hours - 1)
    move(warehouse, "s2", "admit", "A", hours + 1)
    warehouse.keep()
    assert warehouse.values("SELECT patients FROM preparedness_occupancy") == [1]


def test_each_reporters_record(warehouse: Warehouse) -> None:
    repair = [{"code": "CODE-01", "severity": "repair", "field": "debitor"}]
    warn = [{"code": "SEQ-02", "severity": "warn", "field": "sequence"}]
    for problems in ([], [], repair, [*repair, *warn]):
        warehouse.accept("episode", reporter="983971636", reporter_name="Ahus", problems=problems)
    problem = {"severity": "reject", "field": "f", "message": "m"}
    for offset, codes in enumerate((["B-1"], ["A-1", "B-1"], ["B-1", "B-1"]), 100):
        warehouse.store(REJECTED_TOPIC, rejected(offset, problems=[{"code": code, **problem} for code in codes]))
    warehouse.store(DUPLICATES_TOPIC, duplicate(200))
    warehouse.store(REJECTED_TOPIC, rejected(300, reporter=None))
    rows = {row["reporter"]: row for row in warehouse.rows("SELECT * FROM quality_reporters")}
    assert set(rows) == {"983971636", None}
    row = rows["983971636"]
    assert (row["events"], row["accepted"], row["rejected"], row["duplicates"]) == (8, 4, 3, 1)
    assert (row["repaired"], row["warned"], row["repaired_share"], row["warned_share"]) == (2, 1, 0.5, 0.25)
    assert row["top_reject_codes"] == [("B-1", 3), ("A-1", 1)], "events that broke the rule, each counted once"
    assert row["reporter_name"] == "Ahus"
    assert rows[None]["repaired_share"] is None


def test_lineage_tells_of_every_column_that_there_is(migrated: Any) -> None:
    """What is read from the views' texts is held against what the engine says of them."""
    told: dict[str, set[str]] = {}
    for view, column, fields in migrated.query("SELECT view, column, fields FROM column_lineage").result_rows:
        told.setdefault(view, set()).add(column)
        assert all("." in field for field in fields)
    there = migrated.query(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND table IN "
        "(SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View')"
    ).result_rows
    plain = {view.name for view in relations.load(str(migrated.database)) if not re.search(r"\{\w+:", view.statement)}
    assert len(told.keys() & plain) > 15
    for view in told.keys() & plain:
        assert told[view] == {name for table, name in there if table == view}, view
