"""The NPR views, on cases that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from npr_cases import TRUST, at, oslo
from stored import Warehouse

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)


def episode(warehouse: Warehouse, visit: str, begin: datetime | None, end: datetime | None, **changes: Any) -> None:
    fields = {
        **TRUST,
        "subject_id": visit,
        "unit": "974706490",
        "unit_name": "Ahus Nordbyhagen",
        "innDatoTid": begin,
        "utDatoTid": end,
        "omsorgsniva": "1",
        "innmateHast": "1",
        "sector": "som",
        "home_municipality": "3222",
        "patient_key": f"key-{visit}",
        "tidspunkter": [],
        "declared_known_at": None,
        "received_at": KNOWN,
    }
    warehouse.accept("episode", **{**fields, **changes})


def move(warehouse: Warehouse, visit: str, number: int, kind: str, when: datetime, **changes: Any) -> None:
    fields = {
        **TRUST,
        "subject_id": f"{visit}/{number}",
        "episode_id": visit,
        "movement_type": kind,
        "occurred_at": when,
        "unit": "974706490",
        "tjenesteenhetID": "A",
        "patient_class": "I",
        "omsorgsniva": "1",
        "received_at": KNOWN,
        "declared_known_at": None,
    }
    warehouse.accept("movement", **{**fields, **changes})


def test_each_contact_with_its_kind_codes_and_day(warehouse: Warehouse) -> None:
    """23:30 UTC on 31 March is the first of April in Norway."""
    code = {"akse": None, "kodeverk": "D", "kodeVersjon": None}
    codes = [
        {"tilstNr": "2", "kodeNr": "1", **code, "kodeVerdi": "E119"},
        {"tilstNr": "1", "kodeNr": "1", **code, "kodeVerdi": "J189"},
    ]
    procedure = {"kodeverk": "K", "kodeVerdi": "TGE00", "utfortDatoTid": None}
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    episode(warehouse, "stay", late, None, tilstander=codes, prosedyrer=[procedure])
    for visit, level in (("day", "2"), ("out", "3"), ("radiation", "8"), ("none", None)):
        episode(warehouse, visit, late, late, omsorgsniva=level, tilstander=[])
    rows = {row["subject_id"]: row for row in warehouse.rows("SELECT * FROM npr_contacts")}
    assert {visit: row["kind"] for visit, row in rows.items()} == {
        "stay": "stay",
        "day": "day_treatment",
        "out": "outpatient",
        "radiation": "outpatient",
        "none": None,
    }
    stay = rows["stay"]
    assert (stay["day"], stay["ended_day"], stay["main_diagnosis"]) == (date(2026, 4, 1), None, "J189")
    assert (stay["diagnoses"], stay["procedures"]) == (["D:E119", "D:J189"], ["K:TGE00"])
    assert rows["out"]["main_diagnosis"] is None


def test_days_count_current_versions_by_unit_and_municipality(warehouse: Warehouse) -> None:
    """Of three contacts of the 5th one is amended to the 6th, one is cancelled; before that all three counted."""
    for visit, place in (("a", "3222"), ("b", "3222"), ("c", "0301")):
        episode(warehouse, visit, oslo(5), None, home_municipality=place)
    later = KNOWN + timedelta(days=9)
    repair = [{"code": "X", "severity": "repair", "field": "debitor"}]
    episode(warehouse, "a", oslo(6), None, revision=1, received_at=later, problems=repair)
    episode(warehouse, "b", None, None, revision=1, action="cancel", received_at=later)
    told = "SELECT day, home_municipality, contacts, repaired_share FROM npr_contacts_daily{} ORDER BY day, 2"
    now = [tuple(row.values()) for row in warehouse.rows(told.format(""))]
    assert now == [(date(2026, 3, 5), "0301", 1, 0), (date(2026, 3, 6), "3222", 1, 1)]
    then = [
        tuple(row.values())[1:3] for row in warehouse.rows(told.format("_known_at" + at(later - timedelta(days=1))))
    ]
    assert then == [("0301", 1), ("3222", 2)]


def test_patients_of_each_sex_and_age_group_by_day(warehouse: Warehouse) -> None:
    """Four come on the 5th at noon, are ready at once and leave on the 6th: two women in their thirties, a man in his
    eighties, and one of whom neither is known. All lie there in the night of the 5th."""
    people = {"a": ("2", "30-39"), "b": ("2", "30-39"), "c": ("1", "80-89"), "d": (None, None)}
    for visit, (sex, age) in people.items():
        ready = [point("2", oslo(5, 13))]
        episode(warehouse, visit, oslo(5), oslo(6), sex=sex, age_group=age, tidspunkter=ready)
    expected = [("1", "80-89", 1), ("2", "30-39", 2), (None, None, 1)]
    for view, figure in (
        ("npr_contacts_daily", "contacts"),
        ("npr_stays_daily", "in_bed"),
        ("npr_discharge_ready_daily", "bed_days"),
    ):
        told = f"SELECT sex, age_group, {figure} FROM {view} WHERE day = '2026-03-05' ORDER BY sex NULLS LAST"
        assert [tuple(row.values()) for row in warehouse.rows(told)] == expected, view


def test_a_stay_of_its_movements_in_the_order_in_which_they_happened(warehouse: Warehouse) -> None:
    """In at noon on the 28th, to B, on leave from 18 to 8 o'clock on the 29th, which has 23 hours: 13 hours of leave,
    out at noon: 23 hours and one night. The admission comes last, and the episode says other hours, within a day."""
    episode(warehouse, "v", oslo(28, 11), oslo(29, 13), utDatoTid=oslo(29, 13))
    move(warehouse, "v", 5, "discharge", oslo(29))
    move(warehouse, "v", 2, "transfer", oslo(28, 14), tjenesteenhetID="B")
    move(warehouse, "v", 3, "leave_start", oslo(28, 18), tjenesteenhetID="B")
    move(warehouse, "v", 4, "leave_end", oslo(29, 8), tjenesteenhetID="B")
    move(warehouse, "v", 1, "admit", oslo(28))
    (row,) = warehouse.rows("SELECT * FROM npr_stays")
    assert (row["hours"], row["nights"], row["leave_hours"], row["transfers"]) == (23, 1, 13, 1)
    assert (row["wards"], row["open"], row["flags"]) == (["A", "B", "A"], 0, [])
    assert (row["from_episode"], row["from_movements"], row["sector"]) == (1, 1, "som")


def test_what_does_not_fit_is_flagged_and_counted_by_the_stated_rule(warehouse: Warehouse) -> None:
    episode(warehouse, "nine years", datetime(2017, 3, 1, tzinfo=UTC), oslo(1))
    episode(warehouse, "backwards", oslo(5), oslo(4))
    move(warehouse, "only out", 2, "discharge", oslo(6))
    move(warehouse, "twice in", 1, "admit", oslo(6, 8))
    move(warehouse, "twice in", 2, "admit", oslo(6, 9))
    move(warehouse, "back again", 1, "admit", oslo(6, 8))
    move(warehouse, "back again", 2, "discharge", oslo(6, 9))
    move(warehouse, "back again", 3, "transfer", oslo(6, 10))
    episode(warehouse, "other time", oslo(1), None)
    move(warehouse, "other time", 1, "admit", oslo(5))
    move(warehouse, "outpatient", 1, "admit", oslo(5), patient_class="O")
    rows = {row["stay"]: row for row in warehouse.rows("SELECT * FROM npr_stays_known_at" + at(oslo(7)))}
    assert {stay: row["flags"] for stay, row in rows.items()} == {
        "nine years": ["over_a_year"],
        "backwards": ["discharge_before_admission"],
        "only out": ["no_admission"],
        "twice in": ["several_admissions"],
        "back again": ["moved_after_discharge"],
        "other time": ["times_differ"],
    }
    assert (rows["backwards"]["hours"], rows["backwards"]["nights"]) == (None, None)
    assert rows["back again"]["discharged_at"] is None
    assert rows["other time"]["admitted_at"] == oslo(5).replace(tzinfo=None)
    assert rows["twice in"]["admitted_at"] == oslo(6, 8).replace(tzinfo=None)
    assert rows["only out"]["nights"] == 0


def test_where_the_movements_do_not_say_the_level_of_care_the_episode_does(warehouse: Warehouse) -> None:
    """Outpatients and day patients whose movements carry neither class nor level are no stays; one whose episode is not
    known, or says no level either, is; so is one whose movement says that it is an inpatient."""
    silent = {"patient_class": None, "omsorgsniva": None}
    for visit, level, said in (
        ("outpatient", "3", silent),
        ("radiation", "8", silent),
        ("day", "2", silent),
        ("stay", "1", silent),
        ("unknown", None, silent),
        ("said", "3", {"patient_class": "I", "omsorgsniva": None}),
    ):
        episode(warehouse, visit, oslo(5), None, omsorgsniva=level)
        move(warehouse, visit, 1, "admit", oslo(5), **said)
    move(warehouse, "alone", 1, "admit", oslo(5), **silent)
    asked = at(oslo(7))
    found = warehouse.values(f"SELECT stay FROM npr_stays_known_at{asked} ORDER BY stay")
    assert found == ["alone", "said", "stay", "unknown"]
    first_day = f"SELECT sum(admissions) FROM npr_stays_daily_known_at{asked} WHERE day = '2026-03-05'"
    assert warehouse.values(first_day) == [4]


def test_stays_by_day(warehouse: Warehouse) -> None:
    """a lies there from the 27th to the 29th, b from the 28th on; asked on the 30th at noon, which has not ended."""
    episode(warehouse, "a", oslo(27), oslo(29))
    episode(warehouse, "b", oslo(28, 23), None)
    asked = "SELECT day, admissions, discharges, in_bed, open FROM npr_stays_daily_known_at{} ORDER BY day"
    found = [tuple(row.values()) for row in warehouse.rows(asked.format(at(oslo(30))))]
    assert found == [
        (date(2026, 3, 27), 1, 0, 1, 0),
        (date(2026, 3, 28), 1, 0, 2, 1),
        (date(2026, 3, 29), 0, 1, 1, 1),
        (date(2026, 3, 30), 0, 0, 0, 0),
    ]


def point(kind: str, when: datetime) -> dict[str, Any]:
    return {"typeTidspunkt": kind, "tidspunkt": when}


def test_bed_days_after_ready_for_discharge(warehouse: Warehouse) -> None:
    """a: ready on the 27th, left on the 29th: two nights, one of them an hour shorter. b: ready on the 25th, withdrawn
    on the 26th, ready anew on the 28th, still there on the 30th: one and two. c: ready on the 25th, withdrawn for
    good: one. d: an outpatient. e: ready and withdrawn in the same instant: none."""
    episode(warehouse, "a", oslo(20), oslo(29), tidspunkter=[point("1", oslo(20)), point("2", oslo(27, 23))])
    again = [point("2", oslo(25)), point("4", oslo(26)), point("2", oslo(28, 10))]
    episode(warehouse, "b", oslo(20), None, tidspunkter=again, home_municipality="0301")
    episode(warehouse, "c", oslo(20), None, tidspunkter=[point("2", oslo(25)), point("4", oslo(26))])
    episode(warehouse, "d", oslo(20), oslo(29), tidspunkter=[point("2", oslo(27))], omsorgsniva="3")
    episode(warehouse, "e", oslo(20), oslo(29), tidspunkter=[point("4", oslo(27)), point("2", oslo(27))])
    rows = warehouse.rows(
        f"SELECT subject_id, days, withdrawn_at IS NULL FROM npr_discharge_ready_known_at{at(oslo(30))} ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [("a", 2, 1), ("b", 3, 1), ("c", 1, 0), ("e", 0, 0)]
    daily = warehouse.rows(
        "SELECT day, home_municipality, bed_days, became_ready "
        f"FROM npr_discharge_ready_daily_known_at{at(oslo(30))} ORDER BY day, 2"
    )
    assert [tuple(row.values()) for row in daily] == [
        (date(2026, 3, 25), "0301", 1, 1),
        (date(2026, 3, 25), "3222", 1, 1),
        (date(2026, 3, 27), "3222", 1, 1),
        (date(2026, 3, 28), "0301", 1, 1),
        (date(2026, 3, 28), "3222", 1, 0),
        (date(2026, 3, 29), "0301", 1, 0),
    ]


def test_a_stay_that_its_episode_ended_is_in_no_bed(warehouse: Warehouse) -> None:
    """The discharge movement is missing; the episode ended on the 5th. On the 9th npr_stays has it closed."""
    episode(warehouse, "v", oslo(1), oslo(5))
    move(warehouse, "v", 1, "admit", oslo(1))
    assert warehouse.values(f"SELECT open FROM npr_stays_known_at{at(oslo(9))}") == [False]
    beds = "SELECT sum(patients) FROM preparedness_occupancy_at"
    assert warehouse.values(beds + at(oslo(4))) == [1]
    assert warehouse.values(beds + at(oslo(9))) == [0]


def test_day_patients_are_no_inpatients(warehouse: Warehouse) -> None:
    """Day treatment (8406: 2), by HL7 class D and by level alone: npr_contacts says day_treatment."""
    for visit, class_ in (("class", "D"), ("level", None)):
        episode(warehouse, visit, oslo(1), oslo(1, 14), omsorgsniva="2")
        move(warehouse, visit, 1, "admit", oslo(1), patient_class=class_, omsorgsniva="2")
    assert warehouse.values("SELECT DISTINCT kind FROM npr_contacts") == ["day_treatment"]
    assert warehouse.values(f"SELECT stay FROM npr_stays_known_at{at(oslo(9))}") == []
    assert warehouse.values(f"SELECT sum(patients) FROM preparedness_occupancy_at{at(oslo(1, 13))}") == [0]


def test_an_outpatient_who_became_an_inpatient_was_admitted_then(warehouse: Warehouse) -> None:
    """Registered on the 1st as an outpatient, an inpatient since the 2nd: as in preparedness_occupancy."""
    move(warehouse, "v", 1, "admit", oslo(1), patient_class="O", omsorgsniva="3")
    move(warehouse, "v", 2, "class_change", oslo(2, 20))
    assert warehouse.values(f"SELECT sum(patients) FROM preparedness_occupancy_at{at(oslo(2))}") == [0]
    assert warehouse.values(f"SELECT admitted_day FROM npr_stays_known_at{at(oslo(9))}") == [date(2026, 3, 2)]


def test_nights_that_have_not_come_are_not_counted(warehouse: Warehouse) -> None:
    """Seen on the 25th at noon: the discharge is announced for the 29th. The last night that is over is that to the
    25th."""
    episode(warehouse, "v", oslo(20), oslo(29), tidspunkter=[point("2", oslo(23))])
    stays = f"SELECT max(day), sum(in_bed) FROM npr_stays_daily_known_at{at(oslo(25))} WHERE in_bed > 0"
    assert warehouse.tuples(stays) == [(date(2026, 3, 24), 5)]
    ready = f"SELECT max(day), sum(bed_days) FROM npr_discharge_ready_daily_known_at{at(oslo(25))}"
    assert warehouse.tuples(ready) == [(date(2026, 3, 24), 2)]


def test_what_is_announced_of_a_readiness_counts_from_then_on(warehouse: Warehouse) -> None:
    """a is to be ready on the 20th; b is ready since the 2nd, which is to be withdrawn on the 10th. On the 5th b alone
    is ready, and not withdrawn; on the 22nd a is, since two nights, and b was for eight."""
    episode(warehouse, "a", oslo(1), None, tidspunkter=[point("2", oslo(20))])
    episode(warehouse, "b", oslo(1), None, tidspunkter=[point("2", oslo(2)), point("4", oslo(10))])
    for day, ready, followed in (
        (5, [("b", date(2026, 3, 2), 3, True)], ["b"]),
        (22, [("a", date(2026, 3, 20), 2, True), ("b", date(2026, 3, 2), 8, False)], ["a"]),
    ):
        told = "SELECT subject_id, ready_day, days, withdrawn_at IS NULL FROM npr_discharge_ready_known_at"
        assert warehouse.tuples(f"{told}{at(oslo(day))} ORDER BY subject_id") == ready
        assert warehouse.values(f"SELECT subject_id FROM pathway_discharge_known_at{at(oslo(day))}") == followed


def test_a_stay_from_tomorrow_has_no_discharge_before_it(warehouse: Warehouse) -> None:
    episode(warehouse, "v", oslo(28), None)
    move(warehouse, "w", 1, "admit", oslo(1))
    move(warehouse, "w", 2, "leave_start", oslo(20))
    found = f"SELECT stay, flags, leave_hours FROM npr_stays_known_at{at(oslo(9))} ORDER BY stay"
    assert warehouse.tuples(found) == [("v", [], 0), ("w", [], 0)]


def test_leave_ends_with_the_stay(warehouse: Warehouse) -> None:
    """On leave since the 4th, and the episode ended on the 5th, without a discharge among its movements: one day away
    of four, not all days since. w is still away on the 20th, and x too: it is to leave on the 25th."""
    for visit, end in (("v", oslo(5)), ("w", None), ("x", oslo(25))):
        episode(warehouse, visit, oslo(1), end)
        move(warehouse, visit, 1, "admit", oslo(1))
        move(warehouse, visit, 2, "leave_start", oslo(4))
    found = f"SELECT stay, leave_hours FROM npr_stays_known_at{at(oslo(20))} ORDER BY stay"
    assert warehouse.tuples(found) == [("v", 24), ("w", 16 * 24), ("x", 16 * 24)]


def test_times_differ_at_the_discharge_too(warehouse: Warehouse) -> None:
    episode(warehouse, "v", oslo(1), oslo(12))
    move(warehouse, "v", 1, "admit", oslo(1))
    move(warehouse, "v", 2, "discharge", oslo(5))
    assert warehouse.values(f"SELECT flags FROM npr_stays_known_at{at(oslo(20))}") == [["times_differ"]]


@pytest.mark.parametrize(("minutes", "flags"), [(59, ["times_differ"]), (1, ["times_differ"]), (0, []), (-59, [])])
def test_times_differ_by_more_than_a_day(warehouse: Warehouse, minutes: int, flags: list[str]) -> None:
    """The movement is a day and some minutes before the episode, whatever the clock says."""
    episode(warehouse, "v", oslo(2) + timedelta(minutes=minutes), oslo(5))
    move(warehouse, "v", 1, "admit", oslo(1))
    assert warehouse.values(f"SELECT flags FROM npr_stays_known_at{at(oslo(20))}") == [flags]


def test_a_discharge_in_the_minute_of_the_admission_and_before_it(warehouse: Warehouse) -> None:
    """By 20 seconds: flagged, without hours and nights, and in no daily figure."""
    episode(warehouse, "v", oslo(2) + timedelta(seconds=30), oslo(2) + timedelta(seconds=10))
    stay = f"SELECT flags, hours, nights FROM npr_stays_known_at{at(oslo(20))}"
    assert warehouse.tuples(stay) == [(["discharge_before_admission"], None, None)]
    assert warehouse.rows("SELECT * FROM npr_stays_daily") == []


def test_a_patient_who_left_lies_there_no_more_though_the_episode_is_open(warehouse: Warehouse) -> None:
    """Ready on the 2nd, discharged by movement on the 3rd, the episode not yet amended: one bed-day, not eight."""
    episode(warehouse, "v", oslo(1), None, tidspunkter=[point("2", oslo(2))])
    move(warehouse, "v", 1, "admit", oslo(1))
    move(warehouse, "v", 2, "discharge", oslo(3))
    assert warehouse.values(f"SELECT days FROM npr_discharge_ready_known_at{at(oslo(10))}") == [1]


def test_ready_told_again_is_ready_since_the_first_time(warehouse: Warehouse) -> None:
    episode(warehouse, "v", oslo(1), None, tidspunkter=[point("2", oslo(2)), point("2", oslo(8))])
    told = f"SELECT days, ready_day, length(periods) FROM npr_discharge_ready_known_at{at(oslo(10))}"
    assert warehouse.tuples(told) == [(8, date(2026, 3, 2), 1)]


def test_the_main_diagnosis_is_the_first_code_of_the_first_condition(warehouse: Warehouse) -> None:
    code = {"akse": None, "kodeverk": "D", "kodeVersjon": None}
    codes = [
        {"tilstNr": "1", "kodeNr": "2", **code, "kodeVerdi": "E119"},
        {"tilstNr": "1", "kodeNr": "1", **code, "kodeVerdi": "J189"},
    ]
    episode(warehouse, "v", oslo(5), None, tilstander=codes)
    assert warehouse.values("SELECT main_diagnosis FROM npr_contacts") == ["J189"]


def test_shares_of_stays_that_are_flagged_or_repaired(warehouse: Warehouse) -> None:
    """Of the four stays of the 5th one has two admissions, and one a field that was set to null."""
    repair = [{"code": "X", "severity": "repair", "field": "debitor"}]
    ready = {"tidspunkter": [point("2", oslo(5))]}
    for visit in ("a", "b", "c"):
        episode(warehouse, visit, oslo(5), oslo(6), **ready)
    episode(warehouse, "repaired", oslo(5), oslo(6), **ready, problems=repair)
    move(warehouse, "a", 1, "admit", oslo(5, 11))
    move(warehouse, "a", 2, "admit", oslo(5))
    move(warehouse, "a", 3, "discharge", oslo(6))
    shares = "SELECT flagged_share, repaired_share FROM npr_stays_daily WHERE day = '2026-03-05'"
    assert warehouse.tuples(shares) == [(0.25, 0.25)]
    assert warehouse.tuples("SELECT bed_days, repaired_share FROM npr_discharge_ready_daily") == [(4, 0.25)]
    assert warehouse.values("SELECT repaired_share FROM npr_contacts_daily") == [0.25]


def test_the_end_that_the_last_movement_tells_ends_the_readiness_too(warehouse: Warehouse) -> None:
    """Ready on the 2nd; the only movement tells that the stay ended on the 4th, the episode is open: as in
    npr_stays."""
    episode(warehouse, "v", oslo(1), None, tidspunkter=[point("2", oslo(2))])
    move(warehouse, "v", 1, "admit", oslo(1), utDatoTid=oslo(4))
    told = "SELECT discharged_at FROM {}_known_at" + at(oslo(10))
    ends = oslo(4).replace(tzinfo=None)
    assert warehouse.values(told.format("npr_discharge_ready")) == warehouse.values(told.format("npr_stays")) == [ends]
    assert warehouse.values(f"SELECT days FROM npr_discharge_ready_known_at{at(oslo(10))}") == [2]


def test_an_outpatients_discharge_ends_no_stay(warehouse: Warehouse) -> None:
    """The episode is a stay, its movements say outpatient: they are none of a stay's, so it is open in both views, and
    ready for discharge on the nights from the 2nd to the 10th."""
    episode(warehouse, "v", oslo(1), None, tidspunkter=[point("2", oslo(2))])
    for number, kind, day in ((1, "admit", 1), (2, "discharge", 3)):
        move(warehouse, "v", number, kind, oslo(day), patient_class="O", omsorgsniva="3")
    told = "SELECT discharged_at FROM {}_known_at" + at(oslo(10))
    assert warehouse.values(told.format("npr_stays")) == warehouse.values(told.format("npr_discharge_ready")) == [None]
    assert warehouse.values(f"SELECT days FROM npr_discharge_ready_known_at{at(oslo(10))}") == [8]
