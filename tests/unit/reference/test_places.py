"""A row per municipality and unit, on cases that can be counted by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from reference.places import Places, places
from reference.releases import TABLES, shipped
from reference.tables import AGE_GROUPS

OLD, NEW, DAY = date(2019, 12, 31), date(2020, 1, 1), date(2026, 1, 1)
MUNICIPALITIES = [
    ("0301", "Oslo", "03", None, None, None),
    ("1201", "Bergen", "12", None, OLD, "4601"),
    ("1231", "A neighbour", "12", None, OLD, "4601"),
    ("4601", "Bergen", "46", NEW, None, None),
    ("4602", "Kinn", "46", NEW, None, None),
    ("1507", "Split", "15", None, OLD, None),
    ("9801", "Elsewhere", "98", None, None, None),
]


def told(**rows: list[tuple[Any, ...]]) -> Places:
    given: Mapping[str, list[tuple[Any, ...]]] = {"municipalities": MUNICIPALITIES, **rows}
    tables = {name: pl.DataFrame(given.get(name, []), schema=schema, orient="row") for name, schema in TABLES.items()}
    return places("r1", tables)


def column(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    """By the first column."""
    return dict(frame.select(frame.columns[0], name).iter_rows())


def test_those_in_force_with_their_county() -> None:
    found = told()
    assert found.release == "r1"
    assert found.municipalities.select("kommuneNr", "name", "county", "county_name").rows() == [
        ("0301", "Oslo", "03", "Oslo"),
        ("4601", "Bergen", "46", "Vestland"),
        ("4602", "Kinn", "46", "Vestland"),
        ("9801", "Elsewhere", "98", None),
    ]


def test_what_was_not_imported_is_null() -> None:
    found = places("s", shipped()[1])
    assert len(found.municipalities) > 350
    assert found.municipalities["county_name"].null_count() == 0
    for name in ("helsefellesskap", "catchment_trust", "population", "population_of"):
        assert found.municipalities[name].null_count() == len(found.municipalities), name
    assert len(found.units) == 27
    for name in ("kommuneNr", "latitude", "longitude", "catchment_population"):
        assert found.units[name].null_count() == 27, name
    assert found.population.is_empty()


def test_the_health_community_of_a_former_municipality_is_that_of_its_successor() -> None:
    found = told(helsefellesskap=[("1201", "Bergen"), ("1231", "Bergen"), ("0301", "Oslo"), ("1507", "Lost")])
    assert column(found.municipalities, "helsefellesskap") == {
        "0301": "Oslo",
        "4601": "Bergen",
        "4602": None,
        "9801": None,
    }


def test_municipalities_that_were_merged_from_two_communities_have_none() -> None:
    found = told(helsefellesskap=[("1201", "Bergen"), ("1231", "Another")])
    assert column(found.municipalities, "helsefellesskap")["4601"] is None


def test_population_of_the_date() -> None:
    found = told(population=[("0301", DAY, None, None, 700), ("1201", DAY, None, None, 9)])
    rows = found.municipalities.select("kommuneNr", "population", "population_of").rows()
    assert rows[:2] == [("0301", 700, DAY), ("4601", None, None)], "1201 is no longer in force"
    assert found.population.rows() == [("0301", None, None, 700, DAY)]


def test_a_total_needs_all_of_its_parts() -> None:
    every = [("0301", DAY, sex, age, 10) for sex in ("1", "2") for age in AGE_GROUPS]
    lacks = [("4601", DAY, sex, age, 10) for sex in ("1", "2") for age in AGE_GROUPS[1:]]
    found = told(population=[*every, *lacks])
    assert column(found.municipalities, "population") == {"0301": 200, "4601": None, "4602": None, "9801": None}
    assert len(found.population) == 38
    by_sex = told(population=[("0301", DAY, "1", None, 3), ("0301", DAY, "2", None, 4), ("4601", DAY, "2", None, 5)])
    assert column(by_sex.municipalities, "population")["0301"] == 7
    assert column(by_sex.municipalities, "population")["4601"] is None


CATCHMENT = [
    ("4601", None, "Helse Vest RHF", "Helse Bergen HF", "Haukeland", None),
    ("4602", None, "Helse Vest RHF", "Helse Bergen HF", "Voss", None),
    ("0301", "030101", "Helse Sør-Øst RHF", "Oslo HF", "Ullevål", None),
]


def unit(number: str, hospital: str | None, trust: str | None, *place: Any) -> tuple[Any, ...]:
    return (number, f"Unit {number}", hospital, trust, "R", *(place or (None, None, None)))


UNITS = [
    unit("1", "Haukeland", "Helse Bergen HF", "1201", 60.4, 5.3),
    unit("2", "Voss", "Helse Bergen HF"),
    unit("3", None, "HELSE BERGEN HF", "1507", 60.0, 5.0),
    unit("4", "Ullevål", "Oslo HF"),
    unit("5", "No such", "Helse Bergen HF"),
    unit("6", None, None),
]


def test_the_trust_of_a_municipality_is_that_of_the_workers() -> None:
    assert column(told(catchment=CATCHMENT).municipalities, "catchment_trust") == {
        "0301": None,
        "4601": "Helse Bergen HF",
        "4602": "Helse Bergen HF",
        "9801": None,
    }


def test_a_unit_has_the_people_of_its_hospital_or_else_of_its_trust() -> None:
    people = [(code, DAY, None, None, count) for code, count in (("4601", 100), ("4602", 20), ("0301", 700))]
    found = told(units=UNITS, catchment=CATCHMENT, population=people)
    assert column(found.units, "catchment_population") == {"1": 100, "2": 20, "3": 120, "4": None, "5": None, "6": None}


def test_a_catchment_of_which_a_part_is_unknown_has_no_population() -> None:
    found = told(units=UNITS, catchment=CATCHMENT, population=[("4601", DAY, None, None, 100)])
    assert column(found.units, "catchment_population") == {"1": 100, **dict.fromkeys("23456")}


def test_a_municipality_that_two_trusts_share_counts_for_neither() -> None:
    shared = [*CATCHMENT[:2], ("4602", "460201", "Helse Vest RHF", "Helse Førde HF", "Førde", None)]
    people = [("4601", DAY, None, None, 100), ("4602", DAY, None, None, 20)]
    found = told(units=[*UNITS, unit("7", "Førde", "Helse Førde HF")], catchment=shared, population=people)
    assert column(found.units, "catchment_population") == {"1": 100, **dict.fromkeys("234567")}


@pytest.mark.parametrize(("number", "code"), [("1", "4601"), ("3", None), ("2", None)])
def test_a_unit_lies_in_the_municipality_of_today(number: str, code: str | None) -> None:
    assert column(told(units=UNITS).units, "kommuneNr")[number] == code


def test_coordinates_are_as_imported() -> None:
    found = told(units=UNITS).units
    assert found.select("latitude", "longitude").rows()[:2] == [(60.4, 5.3), (None, None)]
