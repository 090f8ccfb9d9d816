"""The reference tables in the warehouse: as imported, replaced as a whole, joined with what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from stored import Warehouse

from reference import releases
from reference.places import places
from schemas.errors import Fatal, Retryable
from sinks.reference import References, bring

DAY = date(2026, 1, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
VIEWS = ("reference_municipalities", "reference_units", "reference_population")
UNIT = ("983971636", "Ahus", None, "Akershus HF", "Helse Sør-Øst RHF", "3222", 59.93, 10.99)
COMMUNITIES = [("3222", "Akershus"), ("3207", "Akershus"), ("4601", "Bergen")]
PEOPLE = [("3222", 40_000), ("3207", 60_000), ("4601", 290_000), ("5501", 78_000)]


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def imported(home: Path, table: str, rows: Sequence[tuple[Any, ...]], at: datetime = NOW) -> str:
    """As `helsepuls reference import`; returns the release."""
    frame = pl.DataFrame(rows, schema=releases.TABLES[table], orient="row")
    made, _ = releases.publish(home, table, frame, source="test", refused=0, valid_from=DAY, now=at)
    return made.release


def people(rows: Sequence[tuple[str, int]]) -> list[tuple[Any, ...]]:
    return [(code, DAY, None, None, count) for code, count in rows]


def test_before_an_import_there_is_what_is_shipped(warehouse: Warehouse, tmp_path: Path) -> None:
    for view in VIEWS:
        assert warehouse.values(f"SELECT count() FROM {view}") == [0], view
    References(tmp_path, warehouse.client).turn()
    shipped = releases.shipped()[0].release
    [oslo] = warehouse.rows("SELECT * FROM reference_municipalities WHERE kommuneNr = '0301'")
    slots = dict.fromkeys(("helsefellesskap", "catchment_trust", "population", "population_of"))
    known = {"kommuneNr": "0301", "name": "Oslo", "county": "03", "county_name": "Oslo", "release": shipped}
    assert oslo == {**known, **slots}
    [ahus] = warehouse.rows("SELECT * FROM reference_units WHERE orgnr = '983971636'")
    assert (ahus["name"], ahus["release"]) == ("Akershus universitetssykehus HF", shipped)
    assert {ahus[name] for name in ("kommuneNr", "latitude", "longitude", "catchment_population")} == {None}
    assert warehouse.values("SELECT count() FROM reference_population") == [0]


def test_an_import_is_there_without_a_restart(warehouse: Warehouse, tmp_path: Path) -> None:
    references = References(tmp_path, warehouse.client)
    references.turn()
    imported(tmp_path, "units", [UNIT])
    imported(tmp_path, "catchment", [("3222", None, "Helse Sør-Øst RHF", "Akershus HF", "Ahus", None)])
    imported(tmp_path, "helsefellesskap", COMMUNITIES)
    release = imported(tmp_path, "population", people(PEOPLE))
    references.turn()
    columns = "county_name, helsefellesskap, catchment_trust, population, population_of, release"
    told = f"SELECT {columns} FROM reference_municipalities WHERE kommuneNr = '3222'"
    assert warehouse.tuples(told) == [("Akershus", "Akershus", "Akershus HF", 40_000, DAY, release)]
    expected = {
        **dict(zip(("orgnr", "name", "hospital", "health_trust", "region", "kommuneNr"), UNIT, strict=False)),
        **{"latitude": 59.93, "longitude": 10.99, "catchment_population": 40_000, "release": release},
    }
    assert warehouse.rows("SELECT * FROM reference_units") == [expected]


def test_an_import_replaces_the_release_before_as_a_whole(warehouse: Warehouse, tmp_path: Path) -> None:
    references = References(tmp_path, warehouse.client)
    imported(tmp_path, "population", people(PEOPLE))
    references.turn()
    assert warehouse.values("SELECT count() FROM reference_population") == [4]
    later = imported(tmp_path, "population", people([("3222", 41_000)]), NOW + timedelta(days=1))
    references.turn()
    told = "SELECT kommuneNr, population FROM {} WHERE population IS NOT NULL"
    for view in ("reference_municipalities", "reference_population"):
        assert warehouse.tuples(told.format(view)) == [("3222", 41_000)], view
    for view in VIEWS:
        assert warehouse.tuples(f"SELECT DISTINCT release FROM {view}") == [(later,)], view


def test_what_was_imported_before_may_come_back(warehouse: Warehouse, tmp_path: Path) -> None:
    references = References(tmp_path, warehouse.client)
    for number, count in enumerate((1, 2, 1)):
        imported(tmp_path, "population", people([("3222", count)]), NOW)  # within one second: the name comes back too
        references.turn()
        assert warehouse.values("SELECT population FROM reference_population") == [count], number


def test_the_same_release_again_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    imported(tmp_path, "population", people(PEOPLE))
    for _ in range(2):  # as at a restart
        References(tmp_path, warehouse.client).turn()
    assert warehouse.values("SELECT count() FROM log_reference_loads") == [1]
    assert warehouse.values("SELECT count() FROM reference_population") == [4]


class Failing:
    """A client of which the insert into one table fails."""

    def __init__(self, client: Any, table: str) -> None:
        self.client, self.table = client, table

    def query(self, query: str) -> Any:
        return self.client.query(query)

    def insert_arrow(self, table: str, content: Any, *, settings: dict[str, Any]) -> None:
        if table == self.table:
            raise DatabaseError("Code: 241. DB::Exception: memory", code=241)
        self.client.insert_arrow(table, content, settings=settings)


@pytest.mark.parametrize("table", ["municipalities", "units", "population", "loads"])
def test_a_release_that_is_half_there_is_not_seen(warehouse: Warehouse, tmp_path: Path, table: str) -> None:
    imported(tmp_path, "units", [UNIT])
    imported(tmp_path, "population", people(PEOPLE))
    References(tmp_path, warehouse.client).turn()
    before = [warehouse.tuples(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS]
    imported(tmp_path, "units", [("991324968", *UNIT[1:])], NOW + timedelta(days=1))
    release = imported(tmp_path, "population", people([("3222", 1)]), NOW + timedelta(days=1))
    clock = Clock()
    failing = Failing(warehouse.client, f"log_reference_{table}")
    references = References(tmp_path, failing, clock)  # type: ignore[arg-type]  # what it uses of a client
    references.turn()
    assert [warehouse.tuples(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS] == before
    failing.table = ""
    references.turn()
    assert [warehouse.tuples(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS] == before, "not at once again"
    clock.now += timedelta(seconds=60)
    references.turn()
    for view in VIEWS:
        assert warehouse.tuples(f"SELECT DISTINCT release FROM {view}") == [(release,)], view
    assert warehouse.tuples("SELECT kommuneNr, population FROM reference_population") == [("3222", 1)]


def test_a_damaged_release_leaves_what_is_there(warehouse: Warehouse, tmp_path: Path) -> None:
    imported(tmp_path, "population", people(PEOPLE))
    references = References(tmp_path, warehouse.client)
    references.turn()
    release = imported(tmp_path, "population", people([("3222", 1)]), NOW + timedelta(days=1))
    (tmp_path / "reference" / release / "population.csv").write_text("kommune\n")
    with pytest.raises(Fatal):
        releases.frames(tmp_path, release)
    references.turn()
    assert warehouse.values("SELECT count() FROM reference_population") == [4]


def test_a_failure_to_ask_is_told_as_one_that_passes(warehouse: Warehouse, tmp_path: Path) -> None:
    class Busy:
        def query(self, _query: str) -> Any:
            raise DatabaseError("Code: 202. DB::Exception: too many", code=202)

    with pytest.raises(Retryable, match="reference tables"):
        bring(Busy(), places("r", releases.shipped()[1]))  # type: ignore[arg-type]  # what it uses of a client


def contacts(warehouse: Warehouse, visit: str, municipality: str | None, **changes: Any) -> None:
    fields = {"subject_id": visit, "innDatoTid": datetime(2026, 3, 2, 9, tzinfo=UTC), "home_municipality": municipality}
    warehouse.accept("episode", **{**fields, **changes})


def test_contacts_per_1000_inhabitants_by_health_community(warehouse: Warehouse, tmp_path: Path) -> None:
    """Akershus: 4 + 1 contacts of 40 000 + 60 000 inhabitants, 0.05. Bergen: 1 of the 290 000 of one municipality, and
    none of another, of which the population is not known: not known. Of no community: those of Tromsø."""
    imported(tmp_path, "helsefellesskap", [*COMMUNITIES, ("4640", "Bergen")])
    imported(tmp_path, "population", people(PEOPLE))
    References(tmp_path, warehouse.client).turn()
    homes = ["3222"] * 4 + ["3207", "4601", "5501", None]
    for number, home in enumerate(homes):
        contacts(warehouse, f"v{number}", home)
    query = """
    SELECT helsefellesskap, sum(daily.contacts) AS contacts,
        if(countIf(places.population IS NULL) = 0, round(1000 * contacts / sum(places.population), 3), NULL) AS per_1000
    FROM reference_municipalities AS places
    LEFT JOIN (
        SELECT home_municipality, sum(contacts) AS contacts FROM npr_contacts_daily WHERE day = '2026-03-02'
        GROUP BY home_municipality) AS daily ON daily.home_municipality = places.kommuneNr
    WHERE helsefellesskap IS NOT NULL
    GROUP BY helsefellesskap
    ORDER BY helsefellesskap
    """
    assert warehouse.tuples(query) == [("Akershus", 5, 0.05), ("Bergen", 1, None)]


def test_contacts_of_an_age_group_per_1000_of_it(warehouse: Warehouse, tmp_path: Path) -> None:
    """Two of the 4 000 women in their thirties, one of the 5 000 men."""
    rows = [("3222", DAY, "2", "30-39", 4_000), ("3222", DAY, "1", "30-39", 5_000), ("3222", DAY, "1", "40-49", 9)]
    imported(tmp_path, "population", rows)
    References(tmp_path, warehouse.client).turn()
    for number, sex in enumerate(("2", "2", "1")):
        contacts(warehouse, f"v{number}", "3222", sex=sex, age_group="30-39")
    query = """
    SELECT people.sex AS sex, 1000 * sum(daily.contacts) / any(people.population) AS per_1000
    FROM npr_contacts_daily AS daily
    INNER JOIN reference_population AS people
        ON people.kommuneNr = daily.home_municipality AND people.sex = daily.sex AND people.age_group = daily.age_group
    GROUP BY sex
    ORDER BY sex
    """
    assert warehouse.tuples(query) == [("1", 0.2), ("2", 0.5)]
    assert warehouse.values("SELECT population FROM reference_municipalities WHERE kommuneNr = '3222'") == [None]


def test_a_unit_is_found_by_the_number_that_events_name(warehouse: Warehouse, tmp_path: Path) -> None:
    imported(tmp_path, "units", [UNIT])
    References(tmp_path, warehouse.client).turn()
    contacts(warehouse, "v1", "3222", reporter="983971636")
    query = (
        "SELECT units.latitude, units.longitude FROM npr_contacts AS contacts_ "
        "INNER JOIN reference_units AS units ON units.orgnr = contacts_.reporter"
    )
    assert warehouse.tuples(query) == [(59.93, 10.99)]
