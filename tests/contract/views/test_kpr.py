"""The KPR views, on cases that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from stored import Warehouse, notify

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)
NOON = "2026-03-30 10:00:00"


def march(day: int) -> date:
    return date(2026, 3, day)


def test_a_service_assembled_from_its_notifications(warehouse: Warehouse) -> None:
    """Started on the 2nd, paused from the 5th to the 9th and from the 20th on, with another provider since the 10th."""
    notify(warehouse, "s", "MidlertidigStoppTil", march(9), midlertidigStoppID="p1")
    notify(warehouse, "s", "MidlertidigStoppFra", march(5), midlertidigStoppID="p1")
    notify(warehouse, "s", "MidlertidigStoppFra", march(20), midlertidigStoppID="p2", tjenesteOrgNr=None)
    notify(warehouse, "s", "TjenesteutforerEndret", march(10), tjenesteOrgNr="874600952")
    notify(warehouse, "s", "TjenesteStart", march(2))
    (row,) = warehouse.rows(f"SELECT * FROM kpr_services_known_at(at = '{NOON}')")
    assert (row["started_on"], row["ended_on"], row["state"]) == (march(2), None, "paused")
    assert [tuple(pause.values()) if isinstance(pause, dict) else pause for pause in row["pauses"]] == [
        (march(5), march(9)),
        (march(20), None),
    ]
    assert (row["provider"], row["flags"]) == ("874600952", [])


def test_states_and_flags(warehouse: Warehouse) -> None:
    notify(warehouse, "active", "TjenesteStart", march(2))
    notify(warehouse, "ended", "TjenesteStart", march(2))
    notify(warehouse, "ended", "TjenesteSlutt", march(9))
    notify(warehouse, "headless", "TjenesteSlutt", march(9))
    notify(warehouse, "backwards", "TjenesteStart", march(9))
    notify(warehouse, "backwards", "TjenesteSlutt", march(2))
    notify(warehouse, "twice", "TjenesteStart", march(3))
    notify(warehouse, "twice", "TjenesteStart", march(2))
    notify(warehouse, "resumed", "TjenesteStart", march(2))
    notify(warehouse, "resumed", "MidlertidigStoppTil", march(9), midlertidigStoppID="p")
    rows = warehouse.rows(f"SELECT * FROM kpr_services_known_at(at = '{NOON}')")
    assert {row["tjenesteID"]: (row["state"], row["flags"]) for row in rows} == {
        "active": ("active", []),
        "ended": ("ended", []),
        "headless": ("unknown", ["no_start"]),
        "backwards": ("ended", ["ends_before_it_starts"]),
        "twice": ("active", ["several_starts"]),
        "resumed": ("active", ["resumed_without_pause"]),
    }
    assert warehouse.values("SELECT started_on FROM kpr_services WHERE tjenesteID = 'twice'") == [march(2)]


def test_a_cancelled_notification_never_was(warehouse: Warehouse) -> None:
    notify(warehouse, "s", "TjenesteStart", march(2))
    notify(warehouse, "s", "TjenesteSlutt", march(9))
    later = datetime(2026, 3, 15, tzinfo=UTC)
    notify(warehouse, "s", "TjenesteSlutt", march(9), revision=1, action="cancel", received_at=later)
    assert warehouse.values("SELECT ended_on FROM kpr_services") == [None]
    assert warehouse.values("SELECT ended_on FROM kpr_services_known_at(at = '2026-03-14 00:00:00')") == [march(9)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, []),
        (2, [("15", 1, 0)]),
        (5, [("15", 1, 1)]),  # a is paused from the 5th on, b began on the 5th
        (9, [("15", 2, 0)]),
        (12, [("15", 1, 0)]),  # the day of its end is none of the service
    ],
)
def test_services_in_force_on_a_date(warehouse: Warehouse, day: int, expected: list[Any]) -> None:
    notify(warehouse, "a", "TjenesteStart", march(2))
    notify(warehouse, "a", "MidlertidigStoppFra", march(5), midlertidigStoppID="p")
    notify(warehouse, "a", "MidlertidigStoppTil", march(9), midlertidigStoppID="p")
    notify(warehouse, "a", "TjenesteSlutt", march(12))
    notify(warehouse, "b", "TjenesteStart", march(5))
    rows = warehouse.rows(f"SELECT tjenesteType, active, paused FROM kpr_services_active_at(at = '{march(day)}')")
    assert [tuple(row.values()) for row in rows] == expected


def test_acute_beds_by_day(warehouse: Warehouse) -> None:
    """a from the 10th to the 12th, b comes and goes on the 11th, another kind of service is none."""
    for service, first, last in (("a", 10, 12), ("b", 11, 11)):
        notify(warehouse, service, "TjenesteStart", march(first), tjenesteType="25")
        notify(warehouse, service, "TjenesteSlutt", march(last), tjenesteType="25")
    notify(warehouse, "c", "TjenesteStart", march(10))
    told = "SELECT day, started, ended, occupied, persons FROM kpr_kad_daily ORDER BY day"
    assert [tuple(row.values()) for row in warehouse.rows(told)] == [
        (march(10), 1, 0, 1, 1),
        (march(11), 1, 1, 1, 1),
        (march(12), 0, 1, 0, 0),
    ]


def test_acute_beds_stay_by_stay(warehouse: Warehouse) -> None:
    """Seen on the 30th. a: from the 10th to the 12th, two nights, since the 11th at another provider. b: came and left
    on the 11th. c: since the 28th, two nights so far. d: no start; e: ends before it begins; f: begins on the 31st. g
    is another kind of service."""
    woman = {"home_municipality": "3201", "sex": "2", "age_group": "70-79"}
    for service, first, last, kind in (
        ("a", 10, 12, "25"),
        ("b", 11, 11, "25"),
        ("c", 28, None, "25"),
        ("d", None, 12, "25"),
        ("e", 12, 10, "25"),
        ("f", 31, None, "25"),
        ("g", 10, 12, "15"),
    ):
        if first:
            notify(warehouse, service, "TjenesteStart", march(first), tjenesteType=kind, **woman)
        if last:
            notify(warehouse, service, "TjenesteSlutt", march(last), tjenesteType=kind, tjenesteOrgNr=None, **woman)
    notify(warehouse, "a", "TjenesteutforerEndret", march(11), tjenesteType="25", tjenesteOrgNr="874600952", **woman)
    rows = warehouse.rows(f"SELECT * FROM kpr_kad_known_at(at = '{NOON}') ORDER BY tjenesteID")
    assert [(row["tjenesteID"], row["started_on"], row["ended_on"], row["nights"]) for row in rows] == [
        ("a", march(10), march(12), 2),
        ("b", march(11), march(11), 0),
        ("c", march(28), None, 2),
        ("d", None, march(12), None),
        ("e", march(12), march(10), None),
        ("f", march(31), None, None),
    ]
    assert [row["provider"] for row in rows[:3]] == ["874600952", "974600951", "974600951"]
    told = ("kommuneNr", "home_municipality", "sex", "age_group", "state")
    assert [rows[0][name] for name in told] == ["0301", "3201", "2", "70-79", "ended"]
    daily = warehouse.rows(f"SELECT day, occupied FROM kpr_kad_daily_known_at(at = '{NOON}') ORDER BY day")
    assert [tuple(row.values()) for row in daily] == [
        (march(10), 1),
        (march(11), 1),
        (march(12), 0),
        (march(28), 1),
        (march(29), 1),
        (march(30), 1),
    ]


def test_acute_beds_by_the_persons_home_sex_and_age_group(warehouse: Warehouse) -> None:
    """In Oslo's beds on the 10th: two men and a woman of Oslo, and a man of Bærum whose age is not known; the newest
    notification that tells it decides, whatever came last: the one man moved, and had a birthday."""
    man = {"home_municipality": "0301", "sex": "1", "age_group": "60-69", "tjenesteType": "25"}
    notify(warehouse, "b", "MidlertidigStoppFra", march(11), midlertidigStoppID="p", **man)
    for service, changes in (
        ("a", man),
        ("b", {**man, "age_group": "50-59", "home_municipality": "1103", "received_at": KNOWN.replace(month=4)}),
        ("c", {**man, "sex": "2"}),
        ("d", {**man, "home_municipality": "3201", "age_group": None}),
    ):
        notify(warehouse, service, "TjenesteStart", march(10), **changes)
    notify(warehouse, "b", "MidlertidigStoppTil", march(12), midlertidigStoppID="p", **{**man, "age_group": None})
    told = "home_municipality, sex, age_group, started"
    rows = warehouse.rows(f"SELECT {told} FROM kpr_kad_daily WHERE day = '2026-03-10' ORDER BY 1, 2")
    assert [tuple(row.values()) for row in rows] == [
        ("0301", "1", "60-69", 2),
        ("0301", "2", "60-69", 1),
        ("3201", "1", None, 1),
    ]


def test_changes_of_services_by_the_persons_home_sex_and_age_group(warehouse: Warehouse) -> None:
    """On the 5th services begin for two women of Oslo in their eighties, a man of theirs and a woman of Bærum; between
    the two women's notifications the reporter got another name, which makes no other row."""
    woman = {"home_municipality": "0301", "sex": "2", "age_group": "80-89"}
    for service, person in (
        ("a", {**woman, "reporter_name": "Oslo kommune"}),
        ("b", {**woman, "reporter_name": "Oslo kommune, helseetaten"}),
        ("c", {**woman, "sex": "1"}),
        ("d", {**woman, "home_municipality": "3201", "age_group": None}),
    ):
        notify(warehouse, service, "TjenesteStart", march(5), **person)
    told = "SELECT home_municipality, sex, age_group, reporter_name, started FROM kpr_services_daily ORDER BY 1, 2"
    assert [tuple(row.values()) for row in warehouse.rows(told)] == [
        ("0301", "1", "80-89", None, 1),
        ("0301", "2", "80-89", "Oslo kommune, helseetaten", 2),
        ("3201", "2", None, None, 1),
    ]


def consult(warehouse: Warehouse, name: str, takster: list[str], kind: str | None = None, **changes: Any) -> None:
    fields = {
        "reporter": "964338531",
        "subject_id": name,
        "tjenestetype": "1",
        "datoTidStart": datetime(2026, 3, 5, 23, 30, tzinfo=UTC),  # half past midnight of the 6th in Norway
        "takster": takster,
        "kontakttype": kind,
        "kommuneNr": "0301",
        "home_municipality": "0301",
        "patient_key": "key",
        "received_at": KNOWN,
        "declared_known_at": None,
    }
    warehouse.accept("consultation", **{**fields, **changes})


@pytest.mark.parametrize(
    ("takster", "sent", "derived"),
    [
        (["2ad"], None, "3"),
        (["2fk", "11ak"], None, "4"),
        (["1g"], "3", "2"),
        (["1f", "2ad"], None, "5"),
        (["14"], None, "5"),
        (["600"], "3", "1"),
        ([], "6", "6"),
        ([], None, None),
    ],
)
def test_the_contact_type_follows_from_the_tariffs(
    warehouse: Warehouse, takster: list[str], sent: str | None, derived: str | None
) -> None:
    consult(warehouse, "c", takster, sent)
    (row,) = warehouse.rows("SELECT contact_type, contact_type_from, day, service FROM kpr_consultations")
    source = "takster" if takster else ("kontakttype" if sent else None)
    assert tuple(row.values()) == (derived, source, march(6), "general practitioner")


def test_consultations_by_day(warehouse: Warehouse) -> None:
    repair = [{"code": "X", "severity": "repair", "field": "bydel"}]
    consult(warehouse, "a", ["2ad"])
    consult(warehouse, "b", ["2ad"], problems=repair)
    consult(warehouse, "c", ["2ad"], tjenestetype="2")
    consult(warehouse, "d", ["2ad"])
    consult(warehouse, "d", ["2ad"], revision=1, action="cancel")
    told = "day, service, contact_type, consultations, persons, repaired_share"
    rows = warehouse.rows(f"SELECT {told} FROM kpr_consultations_daily ORDER BY service")
    assert [tuple(row.values()) for row in rows] == [
        (march(6), "emergency primary care", "3", 1, 1, 0),
        (march(6), "general practitioner", "3", 2, 1, 0.5),
    ]


def test_consultations_by_sex_and_age_group(warehouse: Warehouse) -> None:
    """Two girls and a boy of one age, and one of whom neither is known."""
    for name, sex, age in (("a", "2", "0-9"), ("b", "2", "0-9"), ("c", "1", "0-9"), ("d", None, None)):
        consult(warehouse, name, ["2ad"], sex=sex, age_group=age)
    told = "SELECT sex, age_group, consultations FROM kpr_consultations_daily ORDER BY sex NULLS LAST"
    assert [tuple(row.values()) for row in warehouse.rows(told)] == [("1", "0-9", 1), ("2", "0-9", 2), (None, None, 1)]


def test_a_pause_ends_with_the_first_resumption_after_it(warehouse: Warehouse) -> None:
    """Paused from the 2nd to the 5th and from the 15th to the 20th under one id: on the 10th it is active. The order in
    which notifications are stored (by subject_id) says nothing."""
    notify(warehouse, "s", "TjenesteStart", march(1))
    for name, what, day in (
        ("a", "MidlertidigStoppTil", march(20)),
        ("b", "MidlertidigStoppTil", march(5)),
        ("c", "MidlertidigStoppFra", march(2)),
        ("d", "MidlertidigStoppFra", march(15)),
    ):
        notify(warehouse, "s", what, day, midlertidigStoppID="p", subject_id=name)
    found = (
        "SELECT active, paused FROM kpr_services_active_known_at(at = '2026-03-10', known_at = '2026-03-25 12:00:00')"
    )
    assert warehouse.tuples(found) == [(1, 0)]


def test_kinds_of_service_have_the_names_of_their_list(warehouse: Warehouse) -> None:
    """As KUHR claims name them; 11 is in no list."""
    for kind in ("1", "9", "10", "11", "12", "13"):
        warehouse.accept("consultation", subject_id=kind, tjenestetype=kind)
    found = "SELECT tjenestetype, service FROM kpr_consultations"
    assert warehouse.tuples(found + " ORDER BY toUInt8(tjenestetype)") == [
        ("1", "general practitioner"),
        ("9", "health station and school health"),
        ("10", "speech therapy"),
        ("11", "unknown"),
        ("12", "audio pedagogy"),
        ("13", "orthoptics"),
    ]


def test_a_service_of_next_month_is_not_active(warehouse: Warehouse) -> None:
    notify(warehouse, "s", "TjenesteStart", date(2026, 4, 20))
    assert warehouse.values("SELECT state FROM kpr_services_known_at(at = '2026-03-10 12:00:00')") != ["active"]


def test_persons_with_two_services_are_counted_once(warehouse: Warehouse) -> None:
    for service in ("a", "b"):
        notify(warehouse, service, "TjenesteStart", march(2), patient_key="key")
    told = "SELECT active, persons FROM kpr_services_active_at(at = '2026-03-05')"
    assert warehouse.tuples(told) == [(2, 1)]


def test_a_pause_that_ends_today_is_over(warehouse: Warehouse) -> None:
    notify(warehouse, "s", "TjenesteStart", march(2))
    notify(warehouse, "s", "MidlertidigStoppFra", march(5), midlertidigStoppID="p")
    notify(warehouse, "s", "MidlertidigStoppTil", march(30), midlertidigStoppID="p")
    assert warehouse.values(f"SELECT state FROM kpr_services_known_at(at = '{NOON}')") == ["active"]
    assert warehouse.values("SELECT state FROM kpr_services_known_at(at = '2026-03-29 10:00:00')") == ["paused"]


def test_a_number_that_a_rule_took_out_names_no_municipality(warehouse: Warehouse) -> None:
    """Oslo's acute bed, of which a later notification had a municipality that there is not (KPR-12: -1); of another
    none was ever right."""
    kad = {"tjenesteType": "25", "midlertidigStoppID": "p"}
    notify(warehouse, "s", "TjenesteStart", march(2), **kad, kommuneNr="0301")
    notify(warehouse, "s", "MidlertidigStoppFra", march(4), **kad, kommuneNr="-1")
    notify(warehouse, "t", "TjenesteStart", march(3), **kad, kommuneNr="-1")
    for view in ("kpr_services", "kpr_kad"):
        assert warehouse.tuples(f"SELECT tjenesteID, kommuneNr FROM {view} ORDER BY tjenesteID") == [
            ("s", "0301"),
            ("t", "-1"),
        ]
    daily = "SELECT kommuneNr, occupied FROM kpr_kad_daily WHERE day = '2026-03-02'"
    assert warehouse.tuples(daily) == [("0301", 1)]
