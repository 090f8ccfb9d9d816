"""The events behind a figure: all of them, and no others."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from outcomes import AT
from stored import Warehouse, move

from helsepuls.explaining import VIEWS, Explained, explain
from schemas.rules import catalogue

CODE = catalogue()[0].code
HOUR = timedelta(hours=1)
OSLO = ZoneInfo("Europe/Oslo")


class Asking:
    """As `runtime.warehouse.Reader`, over the engine in this process."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._client = warehouse.client

    def records(self, query: str, parameters: Any = None) -> list[dict[str, Any]]:
        return list(self._client.query(query, parameters=parameters).named_results())


def told(warehouse: Warehouse, view: str, unit: str, at: datetime, known_at: datetime = AT + 99 * HOUR) -> Explained:
    return explain(Asking(warehouse), view, unit, at, known_at)


def bed(warehouse: Warehouse, day: int, occupied: int | None, hour: int = 8, **changes: Any) -> None:
    counted = datetime(2026, 3, day, hour, tzinfo=OSLO)
    fields = {"resource": "bed", "category": "covid", "declared_known_at": counted, "reporter": "983971636"}
    warehouse.accept(
        "capacity",
        **{**fields, "unit": "A", "subject_id": f"A/{day}/{hour}", "as_of": counted, "occupied": occupied, **changes},
    )


def test_the_movements_of_those_who_are_there_and_of_those_who_left(warehouse: Warehouse) -> None:
    """s1 came to A from B, s2 is on leave from A, s3 left A; s4 is in B and has nothing to do with A."""
    move(warehouse, "s1", 1, "admit", "B", 0)
    move(warehouse, "s1", 2, "transfer", "A", 1)
    move(warehouse, "s2", 1, "admit", "A", 0)
    move(warehouse, "s2", 2, "leave_start", "A", 2)
    move(warehouse, "s3", 1, "admit", "A", 0)
    move(warehouse, "s3", 2, "discharge", "A", 2)
    move(warehouse, "s4", 1, "admit", "B", 0)
    move(warehouse, "s1", 3, "transfer", "B", 9)
    found = told(warehouse, "preparedness_occupancy", "A", AT + 3 * HOUR)
    roles = sorted((event["subject_id"], event["role"], event["patients"]) for event in found.events)
    assert roles == [
        ("s1/1", "patient", 0),
        ("s1/2", "patient", 1),
        ("s2/1", "on_leave", 0),
        ("s2/2", "on_leave", 0),
        ("s3/1", "left", 0),
        ("s3/2", "left", 0),
    ]
    (figure,) = found.figures
    assert figure["patients"] == sum(event["patients"] for event in found.events) == 1
    assert found.rules_releases == ["test"]
    assert found.reference_releases == ["test"]
    assert {(event["source_topic"], event["family"]) for event in found.events} == {("raw.movement", "movement")}


def test_reports_flags_and_broken_rules(warehouse: Warehouse) -> None:
    repair = [{"code": CODE, "severity": "repair", "field": "innmateHast"}]
    move(warehouse, "s1", 2, "transfer", "A", 1, problems=repair)
    warehouse.accept("capacity", subject_id="c", unit="A", resource="bed", category="all", as_of=AT, occupied=7)
    warehouse.accept("capacity", subject_id="d", unit="A", resource="ventilator", category="all", as_of=AT, occupied=3)
    found = told(warehouse, "preparedness_reconciled", "A", AT + 2 * HOUR)
    assert [(e["role"], e["patients"], e["what"]) for e in found.events if e["family"] == "capacity"] == [
        ("report", 7, "bed all")
    ]
    assert found.imputed == ["stay s1: no admission"]
    (rule,) = found.rules
    assert (rule["code"], rule["severity"], rule["field"], bool(rule["rule"])) == (
        CODE,
        "repair",
        "innmateHast",
        True,
    )


def test_what_was_not_known_then_explains_nothing(warehouse: Warehouse) -> None:
    move(warehouse, "s1", 1, "admit", "A", 0, received_at=AT + 5 * HOUR)
    assert told(warehouse, "preparedness_occupancy", "A", AT + HOUR, AT + 2 * HOUR).figures == []
    assert len(told(warehouse, "preparedness_occupancy", "A", AT + HOUR, AT + 6 * HOUR).events) == 1


def test_the_report_that_the_census_used_and_those_that_it_did_not(warehouse: Warehouse) -> None:
    """On the 23rd 5, corrected to 6, beside another count at 15:00; on the 24th unknown: 6 is carried forward."""
    bed(warehouse, 22, 4)
    bed(warehouse, 23, 5)
    bed(warehouse, 23, 6, revision=1)
    bed(warehouse, 23, 9, hour=15)
    bed(warehouse, 24, None)
    bed(warehouse, 25, 8)
    day = datetime(2026, 3, 23, 12, tzinfo=OSLO)
    found = told(warehouse, "preparedness_census", "A", day)
    assert sorted((event["role"], event["patients"]) for event in found.events) == [
        ("figure", 6),
        ("other_report", 9),
        ("replaced", 5),
    ]
    assert found.figures[0]["occupied"] == 6
    after = told(warehouse, "preparedness_census", "A", day + timedelta(days=1))
    assert sorted((event["role"], event["patients"]) for event in after.events) == [
        ("carried_forward", 6),
        ("replaced", 5),
        ("unknown", None),
    ]
    assert after.figures[0]["occupied"] == 6
    assert after.imputed == [
        "bed covid 2026-03-23: 6 is carried forward, the unit has no figure of its own for the day"
    ]


def test_snapshots_of_today_and_those_that_are_carried_forward(warehouse: Warehouse) -> None:
    """At noon of the 23rd: the count of the 23rd at 8, not the earlier one; the other category's is of the 20th."""
    bed(warehouse, 20, 3, category="all", subject_id="all")
    bed(warehouse, 22, 4)
    bed(warehouse, 23, 5)
    bed(warehouse, 23, 9, hour=15)
    found = told(warehouse, "preparedness_capacity", "A", datetime(2026, 3, 23, 12, tzinfo=OSLO))
    events = [(event["role"], event["patients"], event["what"]) for event in found.events]
    assert sorted(events) == [("carried_forward", 3, "bed all"), ("figure", 5, "bed covid")]
    assert sum(figure["occupied"] for figure in found.figures) == 8
    assert len(found.imputed) == 1


def test_contacts_of_a_unit_and_of_its_reporter(warehouse: Warehouse) -> None:
    """On the 23rd (Norwegian) unit U has two contacts, one of them cancelled later; V of the same reporter has one."""
    day = datetime(2026, 3, 23, 12, tzinfo=OSLO)
    visit: dict[str, Any] = {"reporter": "983971636", "innDatoTid": day, "omsorgsniva": "3", "received_at": day}
    warehouse.accept("episode", **visit, subject_id="a", unit="U")
    warehouse.accept("episode", **visit, subject_id="b", unit="U")
    warehouse.accept("episode", **{**visit, "received_at": day + 3 * HOUR}, subject_id="b", action="cancel", revision=1)
    warehouse.accept("episode", **visit, subject_id="c", unit="V")
    warehouse.accept("episode", **{**visit, "innDatoTid": day + 12 * HOUR}, subject_id="d", unit="U")

    def subjects(unit: str, known: datetime) -> list[str]:
        found = told(warehouse, "npr_contacts_daily", unit, day, known)
        assert sum(figure["contacts"] for figure in found.figures) == len(found.events)
        return sorted(event["subject_id"] for event in found.events)

    assert subjects("U", day + HOUR) == ["a", "b"]
    assert subjects("U", day + 4 * HOUR) == ["a"]
    assert subjects("983971636", day + 4 * HOUR) == ["a", "c"]


def test_figures_by_level_of_a_unit_and_of_a_municipality(warehouse: Warehouse) -> None:
    day = datetime(2026, 3, 23, 12, tzinfo=OSLO)
    visit: dict[str, Any] = {"innDatoTid": day, "omsorgsniva": "3", "received_at": day}
    for subject, unit, sex in (("a", "U", "1"), ("b", "U", "2"), ("c", "V", "1")):
        warehouse.accept("episode", **visit, subject_id=subject, unit=unit, sex=sex)
    change: dict[str, Any] = {"hendelse": "TjenesteStart", "hendelseDato": day.date(), "received_at": day}
    for subject, place in (("s", "0301"), ("t", "4601")):
        warehouse.accept("service", **change, subject_id=subject, kommuneNr=place, tjenesteType="1")

    found = told(warehouse, "npr_contacts_by_level", "U", day, day + HOUR)
    assert [(figure["unit"], figure["contacts"]) for figure in found.figures] == [("U", 2)]
    assert sorted(event["subject_id"] for event in found.events) == ["a", "b"]
    found = told(warehouse, "kpr_services_by_level", "0301", day, day + HOUR)
    assert [(figure["kommuneNr"], figure["started"]) for figure in found.figures] == [("0301", 1)]
    assert [event["subject_id"] for event in found.events] == ["s"]
    assert told(warehouse, "npr_contacts_by_level", "U", day, day - HOUR).figures == []


def test_figures_by_level_of_a_reporter_that_is_a_unit_too(warehouse: Warehouse) -> None:
    """R reports two contacts of its own and three of V: five events, of two figures."""
    day = datetime(2026, 3, 23, 12, tzinfo=OSLO)
    sent: dict[str, Any] = {"reporter": "983971636", "innDatoTid": day, "omsorgsniva": "3", "received_at": day}
    for number in range(5):
        warehouse.accept("episode", **sent, subject_id=str(number), unit="983971636" if number < 2 else "V")
    for view in ("npr_contacts_daily", "npr_contacts_by_level"):
        found = told(warehouse, view, "983971636", day, day + HOUR)
        assert sorted((figure["unit"], figure["contacts"]) for figure in found.figures) == [("983971636", 2), ("V", 3)]
        assert sum(event["patients"] for event in found.events) == 5


def test_acute_beds_of_a_municipality(warehouse: Warehouse) -> None:
    """On the 24th a lies in 0301 (two starts were told, and a pause), b leaves it; c came later, d lies elsewhere."""
    told_at = datetime(2026, 3, 23, 12, tzinfo=OSLO)

    def notify(subject: str, service: str, what: str, day: int, place: str = "0301") -> None:
        on = date(2026, 3, day)
        change = {
            "hendelse": what,
            "hendelseDato": on,
            "received_at": told_at,
            "kommuneNr": place,
            "tjenesteID": service,
        }
        warehouse.accept("service", **change, subject_id=subject, tjenesteType="25")

    notify("a1", "a", "TjenesteStart", 22)
    notify("a2", "a", "TjenesteStart", 23)
    notify("a3", "a", "MidlertidigStoppFra", 23)
    notify("b1", "b", "TjenesteStart", 23)
    notify("b2", "b", "TjenesteSlutt", 24)
    notify("c1", "c", "TjenesteStart", 25)
    notify("d1", "d", "TjenesteStart", 22, "4601")
    day = datetime(2026, 3, 24, 12, tzinfo=OSLO)
    for view in ("kpr_kad_daily", "kpr_kad_by_level"):
        found = told(warehouse, view, "0301", day, day + 48 * HOUR)
        events = sorted((event["subject_id"], event["patients"]) for event in found.events)
        assert events == [("a1", 1), ("a2", 0), ("a3", 0), ("b1", 0), ("b2", 0)]
        (figure,) = found.figures
        assert (figure["occupied"], figure["ended"]) == (1, 1)
    assert found.imputed == [
        "notification a1: several starts",
        "notification a2: several starts",
        "notification a3: several starts",
    ]


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_view_that_can_be_explained_can_be_asked(warehouse: Warehouse, view: str) -> None:
    found = told(warehouse, view, "A", AT)
    assert (found.figures, found.events) == ([], [])


def test_a_view_that_cannot_be_explained_is_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(KeyError):
        told(warehouse, "receipts", "A", AT)


def test_stays_with_their_movements(warehouse: Warehouse) -> None:
    """a, of an episode and movements, came and lay there; b, of movements alone, left; c came on the day after."""
    day = datetime(2026, 3, 23, 12, tzinfo=OSLO)
    start = (day - AT) / HOUR
    stay = {"reporter": "983971636", "unit": "U", "omsorgsniva": "1", "innDatoTid": day, "utDatoTid": None}
    warehouse.accept("episode", **stay, subject_id="a", declared_known_at=day)
    move(warehouse, "a", 1, "admit", "A", start, unit="U", declared_known_at=day)
    move(warehouse, "b", 1, "admit", "A", start - 48, unit="U", declared_known_at=day)
    move(warehouse, "b", 2, "discharge", "A", start + 1, unit="U", declared_known_at=day)
    move(warehouse, "c", 1, "admit", "A", start + 24, unit="U", declared_known_at=day)
    found = told(warehouse, "npr_stays_daily", "U", day)
    events = sorted((event["subject_id"], event["role"], event["patients"]) for event in found.events)
    assert events == [
        ("a", "stay", 1),
        ("a/1", "movement", 0),
        ("b/1", "movement", 1),
        ("b/2", "movement", 0),
    ]
    totals = {name: sum(figure[name] for figure in found.figures) for name in ("admissions", "discharges", "in_bed")}
    assert totals == {"admissions": 1, "discharges": 1, "in_bed": 1}


def test_nights_of_a_patient_who_is_ready_for_discharge(warehouse: Warehouse) -> None:
    """a was ready on the 22nd and left on the 24th: two nights, the 22nd and the 23rd; b was never ready."""
    came, ready, left = (datetime(2026, 3, day, 12, tzinfo=OSLO) for day in (20, 22, 24))
    stay = {"reporter": "983971636", "unit": "U", "omsorgsniva": "1", "innDatoTid": came, "utDatoTid": left}
    told_of = {"typeTidspunkt": "2", "tidspunkt": ready}
    warehouse.accept("episode", **stay, subject_id="a", declared_known_at=left, tidspunkter=[told_of])
    warehouse.accept("episode", **stay, subject_id="b", declared_known_at=left, tidspunkter=[])
    for day, nights in ((21, 0), (22, 1), (23, 1), (24, 0)):
        found = told(warehouse, "npr_discharge_ready_daily", "U", datetime(2026, 3, day, 12, tzinfo=OSLO))
        assert [(event["subject_id"], event["what"]) for event in found.events] == [
            ("a", "ready since 2026-03-22")
        ] * nights
        assert sum(figure["bed_days"] for figure in found.figures) == nights


def test_waits_of_a_month(warehouse: Warehouse) -> None:
    """a waits from February on, b's wait ended in March, c's in February, d begins in April."""
    begin, end = date(2026, 2, 10), date(2026, 3, 5)
    wait: dict[str, Any] = {"reporter": "983971636", "unit": "U", "fagomrade": "010", "declared_known_at": None}
    for name, began, ended in (
        ("a", begin, None),
        ("b", begin, end),
        ("c", begin, date(2026, 2, 20)),
        ("d", date(2026, 4, 2), None),
    ):
        warehouse.accept("referral", **wait, subject_id=name, ansienDato=began, ventetidSluttDato=ended)
    found = told(warehouse, "npr_waiting", "U", datetime(2026, 3, 23, 12, tzinfo=OSLO))
    assert sorted((event["subject_id"], event["role"]) for event in found.events) == [("a", "waiting"), ("b", "ended")]
    assert [(figure["waiting"], figure["ended"]) for figure in found.figures] == [(1, 1)]


def test_two_movements_in_the_same_millisecond_are_one_patient(warehouse: Warehouse) -> None:
    move(warehouse, "s1", 1, "admit", "A", 0)
    move(warehouse, "s1", 2, "transfer", "A", 0)
    found = told(warehouse, "preparedness_occupancy", "A", AT + HOUR)
    assert sum(event["patients"] for event in found.events) == found.figures[0]["patients"] == 1


def test_who_was_in_the_unit_and_was_moved_on_is_among_those_who_left(warehouse: Warehouse) -> None:
    move(warehouse, "s1", 1, "admit", "A", 0)
    move(warehouse, "s1", 2, "transfer", "B", 1)
    found = told(warehouse, "preparedness_occupancy", "A", AT + 3 * HOUR)
    assert {(event["role"], event["patients"]) for event in found.events} == {("left", 0)}


def test_what_happened_to_referrals_on_a_day(warehouse: Warehouse) -> None:
    """On the 23rd a was received and assessed and began to wait, b's wait ended, c's deadline broke. Nothing happened
    to d; e, whose end is before its beginning, is no wait; f is another unit's. On the 20th all was still to come."""
    day, noon = date(2026, 3, 23), datetime(2026, 3, 23, 12, tzinfo=OSLO)
    none = {"mottaksDato": None, "vurdDato": None, "fristStartBehandling": None, "ventetidSluttDato": None}
    for name, dates in (
        ("a", {"mottaksDato": day, "ansienDato": day, "vurdDato": day}),
        ("b", {"ansienDato": date(2026, 3, 1), "ventetidSluttDato": day}),
        ("c", {"ansienDato": date(2026, 3, 1), "fristStartBehandling": date(2026, 3, 22)}),
        ("d", {"ansienDato": date(2026, 3, 1)}),
        ("e", {"ansienDato": date(2026, 3, 24), "ventetidSluttDato": day}),
        ("f", {"unit": "V", "ansienDato": day}),
    ):
        sent: dict[str, Any] = {"reporter": "983971636", "unit": "U", "fagomrade": "010"}
        sent["declared_known_at"] = noon - 9 * 24 * HOUR
        warehouse.accept("referral", **{**sent, **none, "subject_id": name, **dates})
    found = told(warehouse, "npr_referrals_daily", "U", noon)
    assert sorted((event["subject_id"], event["what"], event["patients"]) for event in found.events) == [
        ("a", "010 received assessed waiting_started", 1),
        ("b", "010 ended", 1),
        ("c", "010 deadline_broken", 1),
    ]
    assert [figure["referrals"] for figure in found.figures] == [3]
    before = told(warehouse, "npr_referrals_daily", "U", noon, noon - 3 * 24 * HOUR)
    assert (before.figures, before.events) == ([], [])


def test_nights_of_a_patient_who_was_ready_twice(warehouse: Warehouse) -> None:
    """Ready on the 2nd, withdrawn on the 4th, ready anew on the 10th, left on the 12th: the nights of the 2nd, 3rd,
    10th and 11th, and no other."""
    points = [("2", 2), ("4", 4), ("2", 10)]
    times = [{"typeTidspunkt": kind, "tidspunkt": datetime(2026, 3, day, 12, tzinfo=OSLO)} for kind, day in points]
    came, left = datetime(2026, 3, 1, 12, tzinfo=OSLO), datetime(2026, 3, 12, 12, tzinfo=OSLO)
    stay = {"reporter": "983971636", "unit": "U", "omsorgsniva": "1", "innDatoTid": came, "utDatoTid": left}
    warehouse.accept("episode", **stay, subject_id="a", declared_known_at=left, tidspunkter=times)
    since = {2: 2, 3: 2, 10: 10, 11: 10}
    for day in range(1, 14):
        found = told(warehouse, "npr_discharge_ready_daily", "U", datetime(2026, 3, day, 12, tzinfo=OSLO))
        assert sum(figure["bed_days"] for figure in found.figures) == len(found.events) == (day in since)
        assert [event["what"] for event in found.events] == [
            f"ready since 2026-03-{since[day]:02}" for _ in found.events
        ]


def test_what_is_announced_explains_nothing_of_a_time_that_has_not_come(warehouse: Warehouse) -> None:
    """Known on 25 March: s lies there and will leave on the 29th, t will come on the 28th and leave on the 30th, the
    wait h will end on 10 June, and 5 patients were counted on the 25th. There is no figure of the 28th, of May or
    June."""
    seen = datetime(2026, 3, 25, 12, tzinfo=OSLO)
    stay = {"reporter": "983971636", "unit": "A", "omsorgsniva": "1", "declared_known_at": seen}
    for name, came, left in (("s", 20, 29), ("t", 28, 30)):
        times = {"innDatoTid": seen.replace(day=came), "utDatoTid": seen.replace(day=left)}
        warehouse.accept("episode", **stay, **times, subject_id=name)
    dates = {"ansienDato": date(2026, 3, 1), "ventetidSluttDato": date(2026, 6, 10)}
    wait = {"reporter": "983971636", "unit": "A", "declared_known_at": seen}
    warehouse.accept("referral", **wait, **dates, subject_id="h")
    bed(warehouse, 25, 5)

    def found(view: str, at: datetime) -> tuple[int, int]:
        explained = told(warehouse, view, "A", at, seen)
        return len(explained.figures), len(explained.events)

    assert found("npr_stays_daily", seen) == found("npr_waiting", seen) == found("preparedness_census", seen) == (1, 1)
    assert found("npr_stays_daily", seen.replace(day=28)) == (0, 0)
    assert found("preparedness_census", seen.replace(day=28)) == (0, 0)
    assert found("npr_waiting", seen.replace(month=5)) == found("npr_waiting", seen.replace(month=6)) == (0, 0)
