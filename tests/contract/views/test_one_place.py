"""A question of one reporter or one place reads the events of its reporters, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from stored import Warehouse, move

REPORTER = "983971636"
DAYS = "from = '2026-03-01', to = '2026-03-31'"
OF_A_REPORTER = [
    *("npr_contacts", "npr_movements", "npr_stays", "npr_referrals", "npr_discharge_ready"),
    *("npr_contacts_daily", "npr_stays_daily", "npr_referrals_daily", "npr_discharge_ready_daily", "npr_waiting"),
    *("kpr_consultations", "kpr_services", "kpr_kad", "kpr_consultations_daily", "kpr_services_daily"),
    *(f"npr_{name}_by_level(level = 'unit', {DAYS})" for name in ("contacts", "stays", "referrals", "discharge_ready")),
    f"quality_units(families = 'episode,movement', {DAYS})",
]


def readings(warehouse: Warehouse, query: str) -> list[str]:
    """By which part of its key each table is read, of those that are."""
    plan = json.loads("".join(warehouse.values(f"EXPLAIN json = 1, indexes = 1 {query}")))
    return list(_conditions(plan[0]["Plan"]))


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    for index in node.get("Indexes", []):
        if node["Node Type"] == "ReadFromMergeTree" and index["Type"] == "PrimaryKey":
            yield index["Condition"]
    for child in node.get("Plans", []):
        yield from _conditions(child)


@pytest.mark.parametrize("view", OF_A_REPORTER)
def test_a_condition_on_the_reporter_reaches_every_table(warehouse: Warehouse, view: str) -> None:
    """Or it is read by a set of a few subjects."""
    hospital_and_others(warehouse)
    conditions = readings(warehouse, f"SELECT * FROM {view} WHERE reporter = '{REPORTER}'")
    assert any(REPORTER in condition for condition in conditions)
    assert [one for one in conditions if REPORTER not in one and "in 0-element set" not in one] == []


def test_so_does_that_of_a_set(warehouse: Warehouse) -> None:
    hospital_and_others(warehouse)
    named = "(SELECT reporter FROM quality_places WHERE health_trust = 'Ahus')"
    conditions = readings(warehouse, f"SELECT * FROM npr_stays WHERE reporter IN {named} AND health_trust = 'Ahus'")
    assert conditions
    assert all("reporter in 1-element set" in one or "in 0-element set" in one for one in conditions)


def test_places_are_those_that_events_name(warehouse: Warehouse) -> None:
    hospital_and_others(warehouse)
    columns = "family, reporter, region, health_trust, kommuneNr"
    assert sorted(warehouse.tuples(f"SELECT {columns} FROM quality_places"), key=str) == [
        ("consultation", "974600951", None, None, "0301"),
        ("consultation", "974600951", None, None, "3201"),
        ("episode", "983971636", "Sør", "Ahus", None),
        ("episode", "983974899", "Nord", "UNN", None),
        ("movement", "983971636", "Sør", "Ahus", None),
        ("referral", "974600951", None, None, None),
        ("service", "964338531", None, None, "0301"),
    ]
    assert warehouse.values("SELECT reporter FROM quality_places WHERE kommuneNr = '3201'") == ["974600951"]


def test_whoever_has_moved_is_named_by_the_new_place(warehouse: Warehouse) -> None:
    """And until the engine has merged the versions by the old one, too: that changes no figure."""
    fields = {"reporter": REPORTER, "subject_id": "a", "region": "Sør"}
    warehouse.accept("episode", **fields, health_trust="Ahus", revision=1)
    warehouse.accept("episode", **fields, health_trust="OUS", revision=2)
    assert "OUS" in warehouse.values("SELECT health_trust FROM quality_places")
    asked = "SELECT count() FROM npr_contacts WHERE health_trust = '{0}'"
    named = asked + " AND reporter IN (SELECT reporter FROM quality_places WHERE health_trust = '{0}')"
    for trust, contacts in (("OUS", 1), ("Ahus", 0)):
        assert warehouse.values(asked.format(trust)) == warehouse.values(named.format(trust)) == [contacts]


def hospital_and_others(warehouse: Warehouse) -> None:
    at = {"occurred_at": datetime(2026, 3, 9, 12, tzinfo=UTC)}
    warehouse.accept("episode", reporter=REPORTER, region="Sør", health_trust="Ahus", omsorgsniva="1", **at)
    warehouse.accept("episode", reporter="983974899", region="Nord", health_trust="UNN", omsorgsniva="1", **at)
    move(warehouse, "v", 1, "admit", "W", 0, region="Sør", health_trust="Ahus")
    nowhere = {"region": None, "health_trust": None}
    for number, municipality in (("1", "0301"), ("2", "3201")):
        told = {"reporter": "974600951", "subject_id": number, "kommuneNr": municipality}
        warehouse.accept("consultation", **told, **nowhere, **at)
    warehouse.accept("service", reporter="964338531", kommuneNr="0301", tjenesteType="25", **nowhere, **at)
    warehouse.accept("referral", reporter="974600951", **nowhere, **at)
