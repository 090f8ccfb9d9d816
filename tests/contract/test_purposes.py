"""A purpose that is switched off: what serves it is not readable, by whatever name, and the rest is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from embedded import opened

from sinks import relations
from sinks.migrate import migrate
from sinks.warehouse.http import serve
from sinks.warehouse.limits import Limits


@pytest.fixture(scope="module")
def reader(engine_path: Path) -> Iterator[Any]:
    """A reader of an endpoint where preparedness is switched off."""
    with opened(engine_path) as client:
        migrate(client)
        name = str(client.database)
        off = relations.withheld(name, ["beredskap"])
        endpoint = serve(f"chdb://{engine_path}", "127.0.0.1", 0, Limits(), database=name, withheld=off)
        host, port = endpoint.url.removeprefix("http://").split(":")
        yield clickhouse_connect.get_client(host=host, port=int(port), database=name)
        endpoint.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM capacity_current",
        "SELECT * FROM `capacity_current`",
        "SELECT * FROM {database}.capacity_current",
        "SELECT * FROM {database}.state_capacity",
        "SELECT * FROM {database}.log_accepted_capacity",
        "SELECT * FROM {database}.kept_beds",
        "SELECT count() FROM npr_contacts WHERE unit IN (SELECT unit FROM capacity_current)",
        "SELECT * FROM capacity_known_at(at = '2026-01-01 00:00:00')",
        "SELECT * FROM preparedness_capacity(level = 'nation')",
        "SELECT * FROM {database}.preparedness_capacity_at(level = 'nation', at = '2026-01-01 00:00:00')",
        "SELECT * FROM preparedness_occupancy",
        "SELECT * FROM preparedness_census_daily_closed",
        "SELECT * FROM preparedness_closed_figures",
        "SELECT * FROM preparedness_changes",
        "SHOW CREATE VIEW preparedness_occupancy",
        "DESCRIBE TABLE preparedness_occupancy",
    ],
)
def test_what_serves_it_is_refused_with_what_to_do(reader: Any, query: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        reader.query(query.replace("{database}", reader.database))
    assert "497" in str(refused.value)
    assert "purpose beredskap" in str(refused.value)
    assert "sql.purposes_off" in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count() FROM npr_contacts",
        "SELECT count() FROM npr_stays_daily_closed",
        "SELECT count() FROM kpr_services",
        "SELECT count() FROM pathway_discharge",
        "SELECT count() FROM movement_current",
        "SELECT count() FROM outcomes",
        "SELECT count() FROM quality_coverage",
        "SELECT count() FROM closed_figures",
        "SELECT count() FROM register_changes",
    ],
)
def test_the_rest_is_readable(reader: Any, query: str) -> None:
    assert reader.query(query).result_rows == [(0,)]


def test_the_relations_of_a_purpose_can_be_asked_for(reader: Any) -> None:
    """What is told is what is refused."""
    query = "SELECT view FROM view_purposes WHERE has(purposes, 'beredskap')"
    told = {row[0] for row in reader.query(query).result_rows}
    off = relations.withheld(str(reader.database), ["beredskap"])
    assert told == {name for name in off if not name.startswith(("log_", "state_", "kept_"))}
    assert {"capacity_current", "preparedness_census", "preparedness_occupancy_at"} <= told


def test_who_needs_two_purposes_is_off_with_either() -> None:
    for purpose in ("npr", "kpr"):
        off = relations.withheld("helsepuls", [purpose])  # type: ignore[list-item]
        assert off["pathway_discharge"] == purpose
        assert off["closed_figures"] == purpose
        assert off["register_changes"] == purpose
        assert not {name for name in off if name.startswith("preparedness_")}
    assert "kpr_services_daily_closed" not in relations.withheld("helsepuls", ["npr"])
    assert relations.withheld("helsepuls", []) == {}


def test_what_explains_a_view_is_for_what_the_view_is_for() -> None:
    views = {view.name: view.purposes for view in relations.load("helsepuls")}
    explaining = {name: purposes for name, purposes in views.items() if name.startswith("explain_")}
    assert len(explaining) > 5
    assert explaining == {name: views[name.removeprefix("explain_")] for name in explaining}
    assert "explain_npr_contacts_daily" in relations.withheld("helsepuls", ["npr"])
    assert "explain_npr_contacts_daily" not in relations.withheld("helsepuls", ["beredskap"])


def test_every_relation_has_its_row(reader: Any) -> None:
    told = {row[0] for row in reader.query("SELECT view FROM view_purposes").result_rows}
    there = {view.name for view in relations.load(str(reader.database))}
    assert there - told == {"column_lineage", "view_purposes"}
    persons = {row[0] for row in reader.query("SELECT view FROM view_purposes WHERE person_level").result_rows}
    assert {"npr_stays", "npr_stays_known_at", "movement_current", "pathway_discharge"} <= persons
    assert not persons & {"npr_contacts_daily", "capacity_current", "preparedness_capacity_at"}
