"""Referrals: waiting by referral, by month and by day, on small cases with the answer worked out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from npr_cases import TRUST, at, oslo
from stored import Warehouse


def referral(warehouse: Warehouse, name: str, begin: date | None, end: date | None = None, **changes: Any) -> None:
    fields = {
        **TRUST,
        "subject_id": name,
        "unit": "974706490",
        "fagomrade": "010",
        "ansienDato": begin,
        "mottaksDato": None,
        "ventetidSluttDato": end,
        "ventetidSluttKode": "1" if end else None,
        "fristStartBehandling": None,
        "utsettelser": [],
        "declared_known_at": None,
        "received_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    warehouse.accept("referral", **{**fields, **changes})


def test_the_waiting_of_each_referral(warehouse: Warehouse) -> None:
    """Seen on 10 March: a waited 1 to 11 February; b waits since 1 March and its deadline, the 5th, has passed."""
    why = [{"utsettKode": code, "utsettDato": date(2026, 2, 5)} for code in ("1", "3", "1")]
    referral(
        warehouse, "a", date(2026, 2, 1), date(2026, 2, 11), utsettelser=why, fristStartBehandling=date(2026, 2, 11)
    )
    referral(warehouse, "b", None, mottaksDato=date(2026, 3, 1), fristStartBehandling=date(2026, 3, 5))
    referral(warehouse, "c", date(2026, 3, 5), date(2026, 3, 4))
    referral(warehouse, "d", None)
    rows = {row["subject_id"]: row for row in warehouse.rows("SELECT * FROM npr_referrals_known_at" + at(oslo(10)))}
    assert {name: (row["days"], row["deadline_broken"], row["flags"]) for name, row in rows.items()} == {
        "a": (10, False, []),
        "b": (9, True, []),
        "c": (None, None, ["ends_before_it_begins"]),
        "d": (None, None, ["no_beginning"]),
    }
    assert (rows["a"]["postponed"], rows["a"]["postponed_for_capacity"]) == (3, 2)
    assert [rows[name]["deadline_broken_on"] for name in "abcd"] == [None, date(2026, 3, 6), None, None]


def test_a_referral_shows_what_was_sent_of_it(warehouse: Warehouse) -> None:
    """One of a package pathway that was declined, and later offered a date all the same."""
    sent = {
        "henvisningsperiodeID": "HP-1",
        "henvID": "H-1",
        "debitor": "1",
        "henvType": "10",
        "henvFraTjeneste": "28",
        "frittBehandlingsvalg": "2",
        "pakkeforlop": "1",
        "komNrHjem": "3030",
        "bydel": None,
        "home_municipality": "3205",
        "catchment_trust": "Akershus universitetssykehus HF",
        "ansienDato": date(2026, 2, 1),
        "avvistKode": "2",
        "tildeltDato": date(2026, 3, 20),
        "utsettelser": [{"utsettKode": "1", "utsettDato": date(2026, 3, 10)}],
    }
    referral(warehouse, "a", None, **sent)
    (row,) = warehouse.rows(f"SELECT {', '.join(sent)} FROM npr_referrals")
    assert row == sent


def test_waiting_by_month_has_a_row_for_each_and_its_medians(warehouse: Warehouse) -> None:
    """a: 10 January to 20 March (69 days). b: 25 January to 14 February (20 days), not treated. c: since 1 February.
    End of January: a 21 and b 6 days: median 13.5. End of February: a 49 and c 27: 38. On 25 March c: 52."""
    referral(warehouse, "a", date(2026, 1, 10), date(2026, 3, 20), fristStartBehandling=date(2026, 2, 15))
    referral(warehouse, "b", date(2026, 1, 25), date(2026, 2, 14), ventetidSluttKode="2")
    referral(warehouse, "c", date(2026, 2, 1))
    referral(warehouse, "gone", date(2026, 1, 1))
    referral(warehouse, "gone", None, revision=1, action="cancel", received_at=datetime(2026, 1, 2, tzinfo=UTC))
    told = (
        "month, started, ended, treated, waiting, median_days_waited, median_days_waiting, deadline_broken, "
        "postponed_for_capacity"
    )
    rows = warehouse.rows(f"SELECT {told} FROM npr_waiting_known_at{at(oslo(25))} ORDER BY month")
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 1, 1), 2, 0, 0, 2, None, 13.5, 0, 0),
        (date(2026, 2, 1), 1, 1, 0, 2, 20, 38, 1, 0),
        (date(2026, 3, 1), 0, 1, 1, 1, 69, 52, 1, 0),
    ]


def test_what_happened_to_referrals_by_day(warehouse: Warehouse) -> None:
    """Seen on 25 March. a: received and begun to wait on the 2nd, assessed on the 5th, deadline the 9th, treated on the
    12th: broken on the 10th. b: from another place, waits since 20 February, received on the 2nd; deadline the 12th, on
    which it ended with code 3: kept. c: waits since the 5th, its deadline, the 24th, broke today. d: ended on the 4th,
    before it began on the 5th: received and no more. e: deadline in February, before it began on the 2nd: broken as
    soon as it waits; ended on the 5th with a code that is not known. f: waits since 20 February, assessed on the 12th;
    its end is planned for the 26th, which has not come. gone was cancelled."""
    march = {day: date(2026, 3, day) for day in range(1, 27)}
    repair = [{"code": "X", "severity": "repair", "field": "ventetidSluttKode"}]
    for name, begin, end, changes in (
        ("a", march[2], march[12], {"mottaksDato": march[2], "vurdDato": march[5], "fristStartBehandling": march[9]}),
        (
            "b",
            date(2026, 2, 20),
            march[12],
            {"mottaksDato": march[2], "fristStartBehandling": march[12], "ventetidSluttKode": "3"},
        ),
        ("c", march[5], None, {"fristStartBehandling": march[24]}),
        ("d", march[5], march[4], {"mottaksDato": march[4]}),
        (
            "e",
            march[2],
            march[5],
            {"fristStartBehandling": date(2026, 2, 27), "ventetidSluttKode": "-1", "problems": repair},
        ),
        ("f", date(2026, 2, 20), march[26], {"vurdDato": march[12]}),
        ("gone", march[2], None, {}),
    ):
        referral(warehouse, name, begin, end, **{"vurdDato": None, **changes})
    referral(warehouse, "gone", None, revision=1, action="cancel", received_at=datetime(2026, 1, 2, tzinfo=UTC))
    told = (
        "day, referrals, received, assessed, waiting_started, ended, treated, ended_otherwise, deadline_broken, "
        "repaired_share"
    )
    rows = warehouse.rows(f"SELECT {told} FROM npr_referrals_daily_known_at{at(oslo(25))} ORDER BY day")
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 2, 20), 2, 0, 0, 2, 0, 0, 0, 0, 0),
        (march[2], 3, 2, 0, 2, 0, 0, 0, 1, 1 / 3),
        (march[4], 1, 1, 0, 0, 0, 0, 0, 0, 0),
        (march[5], 3, 0, 1, 1, 1, 0, 0, 0, 1 / 3),
        (march[10], 1, 0, 0, 0, 0, 0, 0, 1, 0),
        (march[12], 3, 0, 1, 0, 2, 1, 1, 0, 0),
        (march[25], 1, 0, 0, 0, 0, 0, 0, 1, 0),
    ]


def test_referrals_by_field_sector_home_sex_and_age_group(warehouse: Warehouse) -> None:
    """Six of a day: two alike, and four that differ from them in one thing each."""
    alike = {
        "mottaksDato": date(2026, 3, 2),
        "fagomrade": "010",
        "sector": "som",
        "home_municipality": "3222",
        "sex": "2",
        "age_group": "30-39",
    }
    other = {"fagomrade": "050", "sector": "vop", "home_municipality": None, "sex": "1", "age_group": "40-49"}
    for name, changes in enumerate([{}, {}, *({field: value} for field, value in other.items())]):
        referral(warehouse, str(name), None, **{**alike, **changes})
    counts = "SELECT {} FROM npr_referrals_daily ORDER BY referrals DESC"
    assert warehouse.values(counts.format("received")) == [2, 1, 1, 1, 1, 1]
    grain = [name for name in alike if name != "mottaksDato"]
    cells = [tuple(row.values()) for row in warehouse.rows(counts.format(", ".join(grain)))]
    usual = tuple(alike[name] for name in grain)
    assert cells[0] == usual
    assert sorted(cells[1:], key=repr) == sorted(
        (tuple({**alike, field: value}[name] for name in grain) for field, value in other.items()), key=repr
    )


def test_months_that_have_not_come_have_no_waiting(warehouse: Warehouse) -> None:
    """Seen on 25 March: a wait is to end in June."""
    referral(warehouse, "b", date(2026, 3, 10), date(2026, 6, 2))
    assert warehouse.tuples(f"SELECT month, waiting FROM npr_waiting_known_at{at(oslo(25))}") == [(date(2026, 3, 1), 1)]


def test_a_referral_that_begins_tomorrow_has_no_end(warehouse: Warehouse) -> None:
    referral(warehouse, "c", date(2026, 3, 28))
    assert warehouse.values(f"SELECT flags FROM npr_referrals_known_at{at(oslo(25))}") == [[]]


def test_who_was_declined_does_not_wait(warehouse: Warehouse) -> None:
    """Declined on the 15th without an end of waiting: five days were waited."""
    referral(warehouse, "a", date(2026, 1, 10), vurdDato=date(2026, 1, 15), avvistKode="1")
    assert warehouse.values(f"SELECT days FROM npr_referrals_known_at{at(oslo(25))}") == [5]
    assert warehouse.values(f"SELECT sum(waiting) FROM npr_waiting_known_at{at(oslo(25))}") == [0]


def test_postponed_waits_and_mean_days_of_a_month(warehouse: Warehouse) -> None:
    """a, waiting since January, was postponed for lack of capacity in February: so in February's row and March's, not
    in January's. b was postponed for another reason. c and d ended in March after 10 and 20 days, e after 60: mean
    30."""
    for name, code in (("a", "1"), ("b", "3")):
        why = [{"utsettKode": code, "utsettDato": date(2026, 2, 5)}]
        referral(warehouse, name, date(2026, 1, 10), utsettelser=why)
    for name, days in (("c", 10), ("d", 20), ("e", 60)):
        referral(warehouse, name, date(2026, 3, 20) - timedelta(days=days), date(2026, 3, 20))
    told = "SELECT month, postponed_for_capacity, mean_days_waited"
    assert warehouse.tuples(f"{told} FROM npr_waiting_known_at{at(oslo(25))} ORDER BY month") == [
        (date(2026, 1, 1), 0, None),
        (date(2026, 2, 1), 1, None),
        (date(2026, 3, 1), 1, 30),
    ]


def test_a_deadline_is_broken_on_the_day_after_it(warehouse: Warehouse) -> None:
    """Seen on the 25th: a's deadline is that day, b's was the day before."""
    for name, deadline in (("a", 25), ("b", 24)):
        referral(warehouse, name, date(2026, 3, 1), fristStartBehandling=date(2026, 3, deadline))
    told = f"SELECT subject_id, deadline_broken FROM npr_referrals_known_at{at(oslo(25))} ORDER BY subject_id"
    assert warehouse.tuples(told) == [("a", False), ("b", True)]
    assert warehouse.values(f"SELECT sum(deadline_broken) FROM npr_waiting_known_at{at(oslo(25))}") == [1]
