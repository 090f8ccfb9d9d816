"""A file of the shape of the German intensive-care register, through the publisher's mapping and the stream, to the
figures of capacity by state and nation. The numbers are made up.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import block, store
from stored import Warehouse

from producers.adapters import csv
from producers.encode import encode
from producers.mappings.loader import load_mapping
from producers.types import Context, Read
from streams.pipeline.process import Pipeline
from streams.types import RawBatch
from streams.window.partition import PartitionWindow

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HEADER = (
    "datum,bundesland_id,bundesland_name,behandlungsgruppe,behandlungsgruppe_level_2,anzahl_meldebereiche,"
    "faelle_covid_aktuell,faelle_covid_erstaufnahmen,intensivbetten_belegt,intensivbetten_frei,"
    "intensivbetten_7_tage_notfallreserve,kapazitaeten_frei_invasive_beatmung_gesamt,"
    "kapazitaeten_frei_invasive_beatmung_covid,kapazitaeten_frei_invasive_beatmung_isolationspflichtige_kinder,"
    "betriebssituation_regulaerer_betrieb,betriebssituation_teilweise_eingeschraenkt,"
    "betriebssituation_eingeschraenkt,betriebssituation_keine_angabe,einschraenkung_beatmungsgeraet,"
    "einschraenkung_material,einschraenkung_personal,einschraenkung_raum"
)
ROWS = (
    "2026-03-01,01,Schleswig-Holstein,Erwachsene,ERWACHSENE,9,5,NA,99,1,2,1,1,NA,9,0,0,0,NA,NA,NA,NA",
    "2026-03-02,01,Schleswig-Holstein,Erwachsene,ERWACHSENE,10,5,2,80,20,15,12,6,NA,7,2,1,0,1,0,2,1",
    "2026-03-02,02,Hamburg,Erwachsene,ERWACHSENE,6,4,NA,60,40,NA,NA,NA,NA,6,0,0,0,NA,NA,NA,NA",
    "2026-03-02,03,Niedersachsen,Erwachsene,ERWACHSENE,12,NA,NA,NA,NA,9,7,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA",
    "2026-03-02,01,Schleswig-Holstein,Kinder,KINDER,3,NA,NA,4,6,1,2,NA,2,3,0,0,0,NA,NA,NA,NA",
)


@pytest.fixture
def register(warehouse: Warehouse, home: Path) -> Warehouse:
    """Read, encoded, judged and stored as the publisher, the worker and the sink do."""
    text = "\n".join([HEADER, *ROWS]).encode()
    context = Context(source="test", now=NOW, mapping=load_mapping("divi-icu"))
    values = []
    for item in csv.read(io.BytesIO(text), context):
        assert isinstance(item, Read), item
        values += [encode(event, None, None).value for event in item.events]
    offsets = np.arange(len(values))
    at = np.full(len(values), int(NOW.timestamp() * 1000))
    batch = RawBatch("raw.capacity", np.zeros(len(values), np.int64), offsets, at, values)
    made = Pipeline.from_home(home).process(batch, {0: PartitionWindow(1)}.__getitem__)
    assert set(made.messages) == {"accepted.capacity", "receipts"}
    store(warehouse.writer, block("accepted.capacity", made.messages["accepted.capacity"].values))
    return warehouse


def figures(warehouse: Warehouse, level: str, resource: str, category: str) -> dict[str | None, dict[str, Any]]:
    """State (null: the nation) → its row."""
    rows = warehouse.rows(
        f"SELECT * FROM preparedness_capacity_at(level = '{level}', at = '2026-03-02 12:00:00') "
        f"WHERE resource = '{resource}' AND category = '{category}'"
    )
    return {row["unit"]: row for row in rows}


def told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


BEDS = ("occupied", "available", "reserve_7d", "areas")
STATUS = ("status_regular", "status_partial", "status_limited", "status_unknown", "status_closed")


def test_a_state(register: Warehouse) -> None:
    """Of the newest day. 80 ÷ (80 + 20) = 0.8; 60 ÷ (60 + 40) = 0.6; of Niedersachsen neither is known."""
    states = figures(register, "unit", "icu_bed", "adult")
    assert {state: told(row, *BEDS, "occupancy", "unit_name") for state, row in states.items()} == {
        "DE-01": (80, 20, 15, 10, 0.8, "Schleswig-Holstein"),
        "DE-02": (60, 40, None, 6, 0.6, "Hamburg"),
        "DE-03": (None, None, 9, 12, None, "Niedersachsen"),
    }


def test_the_nation_says_on_how_many_states_each_sum_rests(register: Warehouse) -> None:
    """Of three states: 80 + 60 of two, 20 + 40 of two, 15 + 9 of two, 10 + 6 + 12 of all; 140 ÷ 200 = 0.7 of two."""
    nation = figures(register, "nation", "icu_bed", "adult")[None]
    assert told(nation, "units_expected", "units_reporting", "imputed") == (3, 3, 0)
    assert told(nation, *BEDS, "occupancy") == (140, 60, 24, 28, 0.7)
    assert told(nation, *(f"{name}_units" for name in (*BEDS, "occupancy"))) == (2, 2, 2, 3, 2)
    assert told(nation, "staffed", "staffed_units", "surge_in_use") == (None, 0, None)


def test_status_of_a_state_and_the_nation(register: Warehouse) -> None:
    """7 + 6 regular, 2 partial, 1 limited, of two states: Niedersachsen did not say, and is neither 0 nor counted."""
    states = figures(register, "unit", "icu_bed", "adult")
    assert told(states["DE-01"], *STATUS, "status_units") == (7, 2, 1, 0, 0, 1)
    assert told(states["DE-03"], *STATUS, "status_units") == (None, None, None, None, None, 0)
    nation = figures(register, "nation", "icu_bed", "adult")[None]
    assert told(nation, *STATUS, "status_units") == (13, 2, 1, 0, 0, 2)


def test_reasons_of_those_that_gave_one(register: Warehouse) -> None:
    nation = figures(register, "nation", "icu_bed", "adult")[None]
    reasons = ("blocked_equipment", "blocked_material", "blocked_personnel", "blocked_room", "blocked_reasons_units")
    assert told(nation, *reasons) == (1, 0, 2, 1, 1)


def test_ventilators_covid_and_children_are_figures_of_their_own(register: Warehouse) -> None:
    """12 + 7 free ventilators of two states; 5 + 4 covid patients of two, 2 new ones of one; one state's children."""
    ventilators = figures(register, "nation", "ventilator", "adult")[None]
    assert told(ventilators, "available", "available_units", "units_expected", "occupancy") == (19, 2, 3, None)
    covid = figures(register, "nation", "icu_bed", "covid")[None]
    assert told(covid, "occupied", "occupied_units", "admissions", "admissions_units") == (9, 2, 2, 1)
    children = figures(register, "nation", "icu_bed", "child")[None]
    assert told(children, "occupied", "available", "occupancy", "units_expected") == (4, 6, 0.4, 1)


def test_what_was_known_of_the_day_before(register: Warehouse) -> None:
    rows = register.rows(
        "SELECT occupied, units_expected FROM preparedness_capacity_at(level = 'nation', at = '2026-03-01 12:00:00') "
        "WHERE resource = 'icu_bed' AND category = 'adult'"
    )
    assert [told(row, "occupied", "units_expected") for row in rows] == [(99, 1)]
