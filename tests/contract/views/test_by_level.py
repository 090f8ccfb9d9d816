"""Daily figures by level, with the units behind them, on a case that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from stored import Warehouse, notify

MONDAY = date(2026, 3, 9)
NORTH, SOUTH = {"region": "Nord", "health_trust": "UNN"}, {"region": "Sør", "health_trust": "Ahus"}
FIELDS = ("units_expected", "units_reporting", "units_unexpected")


def visit(warehouse: Warehouse, unit: str, day: date, patient: str, **changes: Any) -> None:
    """An outpatient contact of a unit at noon (UTC)."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    fields = {
        **(NORTH if unit.startswith("n") else SOUTH),
        "reporter": "983974899" if unit.startswith("n") else "983971636",
        "subject_id": f"{unit}-{day}-{patient}",
        "unit": unit,
        "unit_name": f"Unit {unit}",
        "occurred_at": noon,
        "innDatoTid": noon,
        "utDatoTid": noon,
        "received_at": noon,
        "declared_known_at": None,
        "omsorgsniva": "3",
        "home_municipality": "5501",
        "patient_key": patient,
    }
    warehouse.accept("episode", **{**fields, **changes})


@pytest.fixture
def told(warehouse: Warehouse) -> Warehouse:
    """On Monday n1 saw a twice and b, in two municipalities, and n3, which is new, saw a; s1 is usually there on
    Mondays and was silent. n2 was there on one Monday only."""
    for weeks in (1, 2):
        visit(warehouse, "n1", MONDAY - timedelta(weeks=weeks), "c")
        visit(warehouse, "s1", MONDAY - timedelta(weeks=weeks), "d")
    visit(warehouse, "n2", MONDAY - timedelta(weeks=3), "e")
    visit(warehouse, "n1", MONDAY, "a")
    visit(warehouse, "n1", MONDAY, "a", subject_id="again", sex="1")
    visit(warehouse, "n1", MONDAY, "b", home_municipality="5601")
    visit(warehouse, "n3", MONDAY, "a")
    return warehouse


def asked(level: str, day: date = MONDAY, view: str = "npr_contacts_by_level") -> str:
    return f"{view}(level = '{level}', from = '{day}', to = '{day}')"


def test_the_nation_counts_each_patient_once_and_tells_who_is_missing(told: Warehouse) -> None:
    [row] = told.rows(f"SELECT * FROM {asked('nation')}")
    assert (row["day"], row["region"], row["unit"], row["home_municipality"]) == (MONDAY, None, None, None)
    assert (row["contacts"], row["patients"], row["ended"], row["open"]) == (4, 2, 4, 0)
    # n1 and s1 were there on two of four Mondays, n2 on one; n3 never
    assert [row[name] for name in FIELDS] == [2, 1, 1]
    assert row["repaired_share"] == 0
    assert row["updated_at"] == datetime(2026, 3, 9, 12)  # noqa: DTZ001  as the driver gives it


def test_a_region_from_which_nothing_came_has_a_row(told: Warehouse) -> None:
    rows = {row["region"]: row for row in told.rows(f"SELECT * FROM {asked('region')}")}
    assert {region: (row["contacts"], row["patients"]) for region, row in rows.items()} == {
        "Nord": (4, 2),
        "Sør": (0, 0),
    }
    assert {region: [row[name] for name in FIELDS] for region, row in rows.items()} == {
        "Nord": [1, 1, 1],
        "Sør": [1, 0, 0],
    }
    assert (rows["Sør"]["repaired_share"], rows["Sør"]["updated_at"]) == (None, None)


def test_units_have_their_names_also_where_they_are_silent(told: Warehouse) -> None:
    columns = "health_trust, unit, unit_name, contacts, units_expected, units_reporting"
    rows = told.tuples(f"SELECT {columns} FROM {asked('unit')} ORDER BY unit")
    assert rows == [
        ("UNN", "n1", "Unit n1", 3, 1, 1),
        ("UNN", "n3", "Unit n3", 1, 0, 0),
        ("Ahus", "s1", "Unit s1", 0, 1, 0),
    ]


def test_of_a_home_municipality_no_unit_is_expected(told: Warehouse) -> None:
    rows = told.tuples(
        "SELECT home_municipality, contacts, patients, units_expected, units_reporting, units_unexpected "
        f"FROM {asked('home_municipality')} ORDER BY home_municipality"
    )
    assert rows == [("5501", 3, 1, None, None, None), ("5601", 1, 1, None, None, None)]


def test_places_without_a_name_are_one_row_with_their_units(told: Warehouse) -> None:
    """A private hospital, in no region: its contact and its unit are of one row, not of two."""
    visit(told, "x1", MONDAY, "a", region=None, health_trust=None)
    rows = told.tuples(f"SELECT contacts, units_unexpected FROM {asked('trust')} WHERE health_trust IS NULL")
    assert rows == [(1, 1)]


def test_what_came_later_was_not_known_then(told: Warehouse) -> None:
    known = told.rows(
        f"SELECT contacts, units_reporting, units_expected FROM npr_contacts_by_level_known_at(level = 'nation', "
        f"from = '{MONDAY}', to = '{MONDAY}', at = '2026-03-09 11:00:00')"
    )
    assert known == [{"contacts": 0, "units_reporting": 0, "units_expected": 2}]


def test_a_day_that_has_not_come_has_no_row(told: Warehouse) -> None:
    """Also where the same weekdays before would have units expected."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    for weeks in (1, 2, 3):
        visit(told, "n1", tomorrow - timedelta(weeks=weeks), "a")
    last = f"SELECT units_expected FROM {asked('nation', tomorrow - timedelta(weeks=1))}"
    assert told.values(last) == [1]
    assert told.rows(f"SELECT * FROM {asked('nation', tomorrow)}") == []


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_unit_that_moved_to_another_trust_is_one_unit_of_the_nation(warehouse: Warehouse, moved: int) -> None:
    """It reports every Monday, and is of the other region from so many weeks before this one on."""
    for weeks in (0, 1, 2):
        visit(warehouse, "u", MONDAY - timedelta(weeks=weeks), "a", **(SOUTH if weeks <= moved else NORTH))
    units = ", ".join(FIELDS)
    assert warehouse.tuples(f"SELECT {units} FROM {asked('nation')}") == [(1, 1, 0)]
    of_regions = dict(warehouse.tuples(f"SELECT region, ({units}) FROM {asked('region')}"))
    assert (
        of_regions
        == {
            0: {"Nord": (1, 0, 0), "Sør": (0, 0, 1)},
            1: {"Sør": (0, 0, 1)},
            2: {"Sør": (1, 1, 0)},
        }[moved]
    )


def test_a_unit_of_two_municipalities_is_one_of_the_nation_and_one_of_each(warehouse: Warehouse) -> None:
    for weeks, places in ((2, ("4601", None)), (1, ("4601", None)), (0, ("4601",))):
        noon = datetime(2026, 3, 9, 12, tzinfo=UTC) - timedelta(weeks=weeks)
        for place in places:
            name, known = f"{weeks}-{place}", {"received_at": noon, "declared_known_at": None}
            fields = {"kommuneNr": place, "unit": "u", "occurred_at": noon, "datoTidStart": noon}
            warehouse.accept("consultation", subject_id=name, **fields, **known)
    units, view = ", ".join(FIELDS), "kpr_consultations_by_level"
    assert warehouse.tuples(f"SELECT {units} FROM {asked('nation', view=view)}") == [(1, 1, 0)]
    each = warehouse.tuples(f"SELECT kommuneNr, {units} FROM {asked('municipality', view=view)} ORDER BY kommuneNr")
    assert each == [("4601", 1, 1, 0), (None, 1, 0, 0)]


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (asked("county"), "level is one of nation, region, trust, unit, home_municipality"),
        (asked("trust", view="kpr_kad_by_level"), "level is one of nation, municipality, home_municipality"),
        ("preparedness_capacity(level = 'county')", "level is one of nation, region, trust, unit"),
        (
            "preparedness_census(level = 'county', from = '2026-03-01', to = '2026-03-02', known_at = '2026-03-03')",
            "level is one of nation, region, trust, unit",
        ),
        (
            "quality_units(families = 'episode,ward', from = '2026-03-01', to = '2026-03-02')",
            "families are some of episode",
        ),
    ],
)
def test_what_there_is_not_is_said(warehouse: Warehouse, relation: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said):
        warehouse.rows(f"SELECT * FROM {relation}")


def test_municipal_figures_are_of_the_municipality_that_provides(warehouse: Warehouse) -> None:
    """Two nights of KAD in 4601 of a person from 4602: occupied on the 9th and 10th, ended on the 11th."""
    for kind, day in (("TjenesteStart", 9), ("TjenesteSlutt", 11)):
        noon = datetime(2026, 3, day, 12, tzinfo=UTC)
        warehouse.accept(
            "service",
            subject_id=kind,
            hendelse=kind,
            tjenesteID="kad-1",
            tjenesteType="25",
            hendelseDato=noon.date(),
            kommuneNr="4601",
            home_municipality="4602",
            occurred_at=noon,
            received_at=noon,
            declared_known_at=None,
            patient_key="a",
        )
    rows = warehouse.tuples(
        "SELECT day, kommuneNr, started, ended, occupied, persons, units_unexpected "
        "FROM kpr_kad_by_level(level = 'municipality', from = '2026-03-09', to = '2026-03-11') ORDER BY day"
    )
    assert rows == [
        (date(2026, 3, 9), "4601", 1, 0, 1, 1, 1),
        (date(2026, 3, 10), "4601", 0, 0, 1, 1, 0),
        (date(2026, 3, 11), "4601", 0, 1, 0, 0, 1),
    ]


def test_services_of_two_municipalities_under_one_number_are_two(warehouse: Warehouse) -> None:
    """A tjenesteID is its reporter's own: service 1 of Oslo and service 1 of Bergen, of one person who moved."""
    for reporter, place in (("964338531", "0301"), ("958935420", "4601")):
        sent = {"reporter": reporter, "kommuneNr": place, "patient_key": "a"}
        notify(warehouse, "1", "TjenesteStart", MONDAY, **sent)
    figures = "SELECT services, persons FROM " + asked("nation", view="kpr_services_by_level")
    assert warehouse.tuples(figures) == [(2, 1)]
    each = "SELECT kommuneNr, services FROM " + asked("municipality", view="kpr_services_by_level")
    assert sorted(warehouse.tuples(each)) == [("0301", 1), ("4601", 1)]


@pytest.mark.parametrize("time", ["{day}T00:00:00+01:00", "{before}T23:30:00Z", "{day} 23:30:00", "{day}T22:30:00Z"])
def test_a_time_with_its_zone_is_of_its_norwegian_day(told: Warehouse, time: str) -> None:
    """Monday from midnight to half past eleven, in three ways of writing it."""
    asked_for = time.format(day=MONDAY, before=MONDAY - timedelta(days=1))
    period = f"from = '{asked_for}', to = '{asked_for}'"
    assert told.tuples(f"SELECT day, contacts FROM npr_contacts_by_level(level = 'nation', {period})") == [(MONDAY, 4)]
    units = f"SELECT days_reporting FROM quality_units(families = 'episode', {period}) WHERE events > 0"
    assert told.values(units) == [[MONDAY]] * 2
    explained = f"explain_npr_contacts_daily(unit = 'n1', at = '{asked_for}', known_at = '2026-04-01')"
    assert told.values(f"SELECT count() FROM {explained}") == [3]
    told.accept("capacity", subject_id="c", resource="bed", as_of=datetime(2026, 3, 9, 7, tzinfo=UTC), occupied=5)
    census = f"preparedness_census(level = 'nation', {period}, known_at = '2030-01-01')"
    assert told.tuples(f"SELECT date, occupied FROM {census}") == [(MONDAY, 5)]
    notify(told, "s", "TjenesteStart", MONDAY)
    assert told.values(f"SELECT active FROM kpr_services_active_at(at = '{asked_for}')") == [1]


def test_the_days_of_each_unit(told: Warehouse) -> None:
    rows = told.tuples(
        "SELECT unit, days_reporting, days_expected, days_silent, events FROM quality_units(families = 'episode', "
        "from = '2026-03-02', to = '2026-03-16') ORDER BY unit"
    )
    week_before, week_after = date(2026, 3, 2), date(2026, 3, 16)
    assert rows == [
        ("n1", [week_before, MONDAY], [MONDAY, week_after], [week_after], 4),
        ("n2", [], [], [], 0),
        ("n3", [MONDAY], [], [], 1),
        ("s1", [week_before], [MONDAY, week_after], [MONDAY, week_after], 1),
    ]
