"""The official daily census, on small cases that can be counted by hand, and against its rules in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from documentation import ROOT, blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored import Warehouse

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 3, 23)
DAY = timedelta(days=1)
AHUS = {"reporter": "983971636", "health_trust": "Akershus universitetssykehus HF", "region": "Helse Sør-Øst RHF"}
OUS = {"reporter": "993467049", "health_trust": "Oslo universitetssykehus HF", "region": "Helse Sør-Øst RHF"}
BERGEN = {"reporter": "983974724", "health_trust": "Helse Bergen HF", "region": "Helse Vest RHF"}


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    """A Norwegian time of day."""
    return datetime.combine(day, time(hour, minute), OSLO).astimezone(UTC)


def report(warehouse: Warehouse, unit: str, day: date, occupied: int | None, hour: int = 8, **changes: Any) -> None:
    counted = at(day, hour)
    fields = {
        **AHUS,
        "unit": unit,
        "unit_name": unit,
        "resource": "bed",
        "category": "covid",
        "as_of": counted,
        "subject_id": f"{unit}/{counted:%Y%m%d%H}/{changes.get('resource', 'bed')}/{changes.get('category', 'covid')}",
        "occupied": occupied,
        "admissions": None,
        "discharges": None,
        "late": False,
        "declared_known_at": counted,
        "received_at": counted,
    }
    warehouse.accept("capacity", **{**fields, **changes})


def census(warehouse: Warehouse, level: str, first: date, last: date, known: datetime | None = None) -> list[Any]:
    when = f"'{known:%Y-%m-%d %H:%M:%S}'" if known else "'2030-01-01 00:00:00'"
    arguments = f"level = '{level}', from = '{first}', to = '{last}', known_at = {when}"
    return warehouse.rows(f"SELECT * FROM preparedness_census({arguments}) ORDER BY date, region, trust, unit_name")


def test_a_figure_counts_until_the_next_report(warehouse: Warehouse) -> None:
    """Monday A tells of flows alone, which is no figure yet. Tuesday it has 3 at 08:00 (9 at noon is further off),
    Thursday it does not know and 2 came, Saturday it has 5, which counts until now."""
    report(warehouse, "A", MONDAY, None, admissions=1)
    report(warehouse, "A", MONDAY + DAY, 3)
    report(warehouse, "A", MONDAY + DAY, 9, hour=12)
    report(warehouse, "A", MONDAY + 3 * DAY, None, admissions=2)
    report(warehouse, "A", MONDAY + 5 * DAY, 5, origin="imputed")
    rows = warehouse.tuples(
        "SELECT day, until, counted_on, occupied, admissions, told_imputed FROM "
        f"preparedness_census_figures_known_at(at = '{at(MONDAY + 6 * DAY):%Y-%m-%d %H:%M:%S}') ORDER BY day"
    )
    assert rows == [
        (MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + DAY, 3, None, False),
        (MONDAY + 3 * DAY, MONDAY + 4 * DAY, MONDAY + DAY, 3, 2, False),
        (MONDAY + 5 * DAY, MONDAY + 6 * DAY, MONDAY + 5 * DAY, 5, None, True),
    ]


def test_levels_add_up_and_a_missing_unit_keeps_its_last_figure(warehouse: Warehouse) -> None:
    """Tuesday A and B report 3 and 4, Bergen's C 5: nation 12. Wednesday B is silent, keeps its 4: 2 + 4 + 6 = 12.
    Thursday B is silent again and C reports unknown: 1 + 4 + 6, both carried, the oldest is two days old."""
    tuesday, wednesday, thursday = (MONDAY + timedelta(days=n) for n in (1, 2, 3))
    for unit, day, patients, of in (
        ("A", tuesday, 3, AHUS),
        ("B", tuesday, 4, OUS),
        ("C", tuesday, 5, BERGEN),
        ("A", wednesday, 2, AHUS),
        ("C", wednesday, 6, BERGEN),
        ("A", thursday, 1, AHUS),
        ("C", thursday, None, BERGEN),
    ):
        report(warehouse, unit, day, patients, **of)
    nation = census(warehouse, "nation", MONDAY, thursday)
    assert [(row["date"], row["occupied"]) for row in nation] == [(tuesday, 12), (wednesday, 12), (thursday, 11)]
    told = ("units_reporting", "units_expected", "imputed", "imputed_occupied", "imputed_age_days")
    assert [tuple(row[name] for name in told) for row in nation] == [
        (3, 3, 0, 0, None),
        (2, 3, 1, 4, 1),
        (1, 3, 2, 10, 2),
    ]
    assert {(row["region"], row["trust"], row["unit"]) for row in nation} == {(None, None, None)}
    regions = census(warehouse, "region", thursday, thursday)
    assert [(row["region"], row["occupied"]) for row in regions] == [("Helse Sør-Øst RHF", 5), ("Helse Vest RHF", 6)]
    trusts = census(warehouse, "trust", thursday, thursday)
    assert [(row["trust"], row["occupied"]) for row in trusts] == [
        (AHUS["health_trust"], 1),
        (OUS["health_trust"], 4),
        (BERGEN["health_trust"], 6),
    ]
    units = census(warehouse, "unit", thursday, thursday)
    assert [(row["unit_name"], row["occupied"], row["imputed"]) for row in units] == [
        ("A", 1, 0),
        ("B", 4, 1),
        ("C", 6, 1),
    ]


def test_a_figure_that_its_own_unit_calls_imputed_is_imputed(warehouse: Warehouse) -> None:
    """Monday A counts 3, B imputes 4 itself: 7 patients, of them 4 imputed and of the day. Tuesday neither tells: both
    are carried, a day old. Wednesday B has counted 2 and A has derived 5 from its movements: nothing is imputed."""
    for unit, day, patients, origin in (
        ("A", 0, 3, "reported"),
        ("B", 0, 4, "imputed"),
        ("A", 2, 5, "derived"),
        ("B", 2, 2, "reported"),
    ):
        report(warehouse, unit, MONDAY + day * DAY, patients, origin=origin)
    told = ("occupied", "units_reporting", "imputed", "imputed_occupied", "imputed_age_days", "imputed_share")
    assert [tuple(row[name] for name in told) for row in census(warehouse, "nation", MONDAY, MONDAY + 2 * DAY)] == [
        (7, 2, 1, 4, 0, 0.5),
        (7, 0, 2, 7, 1, 1.0),
        (7, 2, 0, 0, None, 0.0),
    ]


def test_the_report_nearest_to_eight_counts_also_on_a_day_of_23_hours(warehouse: Warehouse) -> None:
    """29 March 2026 has no hour from 2 to 3: 08:00 there is 06:00 UTC, on the day before it is 07:00 UTC."""
    for day in (date(2026, 3, 28), date(2026, 3, 29)):
        report(warehouse, "A", day, 10, hour=5)
        report(warehouse, "A", day, 20, hour=9)
        report(warehouse, "A", day, 30, hour=23)
    assert [row["occupied"] for row in census(warehouse, "unit", date(2026, 3, 28), date(2026, 3, 29))] == [20, 20]


def test_the_mean_is_of_seven_calendar_days_and_null_until_there_are(warehouse: Warehouse) -> None:
    """7 on Monday, then 0: the Sunday after is the first with seven days, mean 1; Monday's figure then leaves."""
    report(warehouse, "A", MONDAY, 7)
    report(warehouse, "A", MONDAY + timedelta(days=1), 0)
    means = [row["mean_7d"] for row in census(warehouse, "nation", MONDAY, MONDAY + timedelta(days=7))]
    assert means == [None] * 6 + [1.0, 0.0]
    alone = census(warehouse, "nation", MONDAY + timedelta(days=6), MONDAY + timedelta(days=6))
    assert [row["mean_7d"] for row in alone] == [1.0], "the days before the first one asked for count"


def test_corrections_and_what_was_known(warehouse: Warehouse) -> None:
    """A correction within four days is none of the late ones, one after them is, and so is one that says so."""
    report(warehouse, "A", MONDAY, 5)
    report(warehouse, "A", MONDAY, 6, revision=1, declared_known_at=at(MONDAY + timedelta(days=4)))
    within = at(MONDAY + timedelta(days=4), 12)
    assert [(r["occupied"], r["late"]) for r in census(warehouse, "unit", MONDAY, MONDAY, within)] == [(6, 0)]
    before = census(warehouse, "unit", MONDAY, MONDAY, at(MONDAY, 12))
    assert [(r["occupied"], r["late"], r["complete"]) for r in before] == [(5, 0, False)]
    report(warehouse, "A", MONDAY, 7, revision=2, declared_known_at=at(MONDAY + timedelta(days=5)))
    assert [(r["occupied"], r["late"]) for r in census(warehouse, "unit", MONDAY, MONDAY)] == [(7, 1)]
    report(warehouse, "B", MONDAY, 1, late=True)
    assert [r["late"] for r in census(warehouse, "unit", MONDAY, MONDAY)] == [1, 1]


def test_a_cancelled_figure_is_none(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    report(warehouse, "A", MONDAY + timedelta(days=1), 9)
    report(warehouse, "A", MONDAY + timedelta(days=1), None, revision=1, action="cancel")
    found = census(warehouse, "unit", MONDAY, MONDAY + timedelta(days=1))
    assert [(row["occupied"], row["imputed"]) for row in found] == [(5, 0), (5, 1)]


def test_a_day_is_complete_at_13_of_the_next_norwegian_day(warehouse: Warehouse) -> None:
    """The day after 28 March 2026 has 23 hours: its 13:00 is 11:00 UTC."""
    day = date(2026, 3, 28)
    report(warehouse, "A", day, 5)
    for moment, complete in ((at(day + timedelta(days=1), 12, 59), False), (at(day + timedelta(days=1), 13), True)):
        assert [row["complete"] for row in census(warehouse, "nation", day, day, moment)] == [complete]


def test_flows_are_added_over_units_and_not_carried_forward(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5, admissions=2, discharges=None)
    report(warehouse, "B", MONDAY, 5, admissions=3, discharges=1)
    report(warehouse, "B", MONDAY + timedelta(days=1), 5)
    told = ("admissions", "admissions_units", "discharges", "discharges_units")
    found = census(warehouse, "nation", MONDAY, MONDAY + timedelta(days=1))
    assert [tuple(row[name] for name in told) for row in found] == [(5, 2, 1, 1), (None, 0, None, 0)]


def test_resources_and_categories_are_kept_apart(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    report(warehouse, "A", MONDAY, 2, resource="icu_bed")
    report(warehouse, "A", MONDAY, 9, category="all")
    report(warehouse, "A", MONDAY, 4, resource="ventilator")
    found = {(row["resource"], row["category"]): row["occupied"] for row in census(warehouse, "nation", MONDAY, MONDAY)}
    assert found == {("bed", "covid"): 5, ("icu_bed", "covid"): 2, ("bed", "all"): 9}


def test_a_level_there_is_not_is_refused(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    with pytest.raises(DatabaseError, match="level is one of nation, region, trust, unit"):
        census(warehouse, "hospital", MONDAY, MONDAY)


REPORTS = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.integers(0, 9),
        st.sampled_from([6, 8, 15]),
        st.one_of(st.none(), st.integers(0, 5)),
        st.integers(0, 2),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REPORTS)
def test_as_the_rules_say_whatever_is_reported(warehouse: Warehouse, reports: list[Any]) -> None:
    """Units, day, hour, patients, revision: reports with the greatest revision count, the later one of equals."""
    for kind in ("log_accepted", "state"):
        warehouse.client.command(f"TRUNCATE TABLE {kind}_capacity")
    cells: dict[tuple[str, int, int], tuple[int, int, int | None]] = {}
    for number, (unit, day, hour, patients, revision) in enumerate(reports):
        report(warehouse, unit, MONDAY + timedelta(days=day), patients, hour, revision=revision)
        version = (revision, number, patients)
        cells[unit, day, hour] = max(cells.get((unit, day, hour), version), version, key=lambda v: v[:2])
    counts: dict[tuple[str, int], int | None] = {}
    for unit, day in {(unit, day) for unit, day, _ in cells}:
        hours = [hour for u, d, hour in cells if (u, d) == (unit, day)]
        counts[unit, day] = cells[unit, day, min(hours, key=lambda hour: (abs(hour - 8), hour))][2]
    expected: dict[int, int] = defaultdict(int)
    for unit in {unit for unit, _ in counts}:
        last = None
        for day in range(12):
            last = value if (value := counts.get((unit, day))) is not None else last
            if last is not None:
                expected[day] += last
    found = census(warehouse, "nation", MONDAY, MONDAY + timedelta(days=11))
    assert {(row["date"] - MONDAY).days: row["occupied"] for row in found} == expected


def test_flows_count_although_the_patients_are_unknown(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    report(warehouse, "A", MONDAY + DAY, None, admissions=3)
    row = census(warehouse, "nation", MONDAY, MONDAY + DAY)[1]
    assert (row["occupied"], row["imputed"]) == (5, 1)
    assert (row["admissions"], row["admissions_units"]) == (3, 1)


def test_the_mean_of_a_trust_that_had_the_unit_before_is_of_calendar_days(warehouse: Warehouse) -> None:
    """North on the first four days, South on the next four, North again: on the 3rd day of that North has 3 days of
    the last seven, so no mean (not that of days 1 to 4 and 9 to 11)."""
    for day in range(11):
        trust = "South" if 4 <= day < 8 else "North"
        report(warehouse, "A", MONDAY + day * DAY, 7 if day < 4 else 70, health_trust=trust)
    rows = census(warehouse, "trust", MONDAY, MONDAY + 10 * DAY)
    assert (rows[-1]["trust"], rows[-1]["mean_7d"]) == ("North", None)


def test_units_of_two_reporters_are_two_units(warehouse: Warehouse) -> None:
    report(warehouse, "MED", MONDAY, 5)
    report(warehouse, "MED", MONDAY, 50, reporter="974706490")
    rows = census(warehouse, "unit", MONDAY, MONDAY)
    assert sorted(row["occupied"] for row in rows) == [5, 50]


def documented(word: str) -> str:
    """The one query of the analysts' page that has the word."""
    [query] = [block.body for block in blocks(ROOT / "docs" / "for-analysts.md", "sql") if word in block.body]
    return query.replace("now64(3, 'UTC')", "'2030-01-01 00:00:00'")


def test_figures_that_are_carried_for_longer_than_a_week_can_be_left_out_as_the_page_says(warehouse: Warehouse) -> None:
    """On 1 March A and B report 5 and 9, then only A, until the 9th. The rules carry B on for ever: 14. Without figures
    older than seven days B is there until the 8th, and A until the 16th, seven days after its last report."""
    first = date(2026, 3, 1)
    report(warehouse, "B", first, 9)
    for number in range(9):
        report(warehouse, "A", first + number * DAY, 5)
    official = census(warehouse, "nation", first, date(2026, 3, 31))
    assert {row["occupied"] for row in official} == {14}
    assert official[-1]["imputed_age_days"] == 30
    trust = AHUS["health_trust"]
    found = {row["date"].day: row for row in warehouse.rows(documented("ifNull(imputed_age_days, 0) <= 7"))}
    assert set(found) == set(range(1, 17))
    told = [(found[day]["trust"], found[day]["patients"], found[day]["units_imputed"]) for day in (1, 8, 9, 10, 16)]
    assert told == [(trust, 14, 0), (trust, 14, 1), (trust, 5, 0), (trust, 5, 1), (trust, 5, 1)]


def test_the_page_asks_for_units_that_are_silent_for_long(warehouse: Warehouse) -> None:
    """On 31 March A's figure is 29 days old, B's 28."""
    report(warehouse, "A", date(2026, 3, 2), 5)
    report(warehouse, "B", date(2026, 3, 3), 9)
    found = [(row["unit_name"], row["occupied"], row["imputed_age_days"]) for row in warehouse.rows(documented("> 28"))]
    assert found == [("A", 5, 29)]


def test_days_that_have_not_come_have_no_census(warehouse: Warehouse) -> None:
    report(warehouse, "A", MONDAY, 5)
    rows = census(warehouse, "nation", MONDAY, MONDAY + 5 * DAY, at(MONDAY + DAY, 9))
    assert [row["date"] for row in rows] == [MONDAY, MONDAY + DAY]
