"""Lineage is read from the views: what each column comes from, through whatever a SELECT can do with a name."""

from __future__ import annotations

import pytest

from helsepuls.docs.lineage import Columns, columns_of, lineage, rules_of
from schemas.catalog import latest
from schemas.rules import catalogue
from schemas.types import FAMILIES, accepted_topic

KNOWN: dict[str, Columns] = {
    "stays": {"came": frozenset({"episode.innDatoTid"}), "left": frozenset({"episode.utDatoTid"})},
    "wards": {"ward": frozenset({"movement.tjenesteenhetID"}), "steps": frozenset({"movement.occurred_at"})},
}

W_AND_C = (("ward", "steps", "c"), ("tjenesteenhetID", "occurred_at", "innDatoTid"))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT came AS first, left FROM stays", {"first": "innDatoTid", "left": "utDatoTid"}),
        ("SELECT least(came, left) AS both FROM stays", {"both": "innDatoTid utDatoTid"}),
        ("SELECT s.came AS came, max(s.came) AS again FROM stays AS s", {"came": "innDatoTid", "again": "innDatoTid"}),
        ("SELECT came AS a, a + 1 AS b FROM stays", {"a": "innDatoTid", "b": "innDatoTid"}),
        ("WITH came + 1 AS next SELECT next AS n FROM stays", {"n": "innDatoTid"}),
        ("WITH ended AS (SELECT left AS x FROM stays) SELECT x AS y FROM ended", {"y": "utDatoTid"}),
        ("SELECT y FROM (SELECT came AS y FROM stays)", {"y": "innDatoTid"}),
        ("SELECT came AS x FROM stays UNION ALL SELECT left FROM stays", {"x": "innDatoTid utDatoTid"}),
        ("SELECT * EXCEPT (came) FROM stays", {"left": "utDatoTid"}),
        ("SELECT w.*, came AS c FROM stays JOIN wards AS w ON 1", dict(zip(*W_AND_C, strict=True))),
        ("SELECT arrayMap(ward -> ward.1, steps) AS m FROM wards", {"m": "occurred_at"}),
        ("SELECT steps.name AS n FROM wards", {"n": "occurred_at"}),
        ("SELECT one AS o FROM wards ARRAY JOIN steps AS one", {"o": "occurred_at"}),
        ("SELECT count() AS n, countIf(came > 0) AS m FROM stays", {"n": "*", "m": "innDatoTid"}),
        ("SELECT came IN (SELECT ward FROM wards) AS i FROM stays", {"i": "innDatoTid tjenesteenhetID"}),
        ("SELECT ward AS w FROM wards(at = {at:String})", {"w": "tjenesteenhetID"}),
        ("SELECT now() AS at FROM stays", {"at": ""}),
    ],
)  # fmt: skip
def test_what_a_column_comes_from(statement: str, expected: dict[str, str]) -> None:
    found = columns_of(statement, KNOWN)
    assert {name: {field.partition(".")[2] for field in fields} for name, fields in found.items()} == {
        name: set(fields.split()) for name, fields in expected.items()
    }


def test_what_the_registers_come_from() -> None:
    """Held against the heads of the views by hand."""
    found = lineage()
    assert found["npr_contacts_daily"]["day"] == {"episode.innDatoTid"}
    assert found["npr_contacts_daily"]["contacts"] == {"episode.*"}
    assert found["npr_contacts_daily"]["repaired"] == {"episode.problems"}
    assert found["kpr_services_daily"]["started"] == {"service.hendelse"}
    assert found["preparedness_capacity_at"]["available"] == {
        # as_of: after 28 days a unit's figures are unknown
        f"capacity.{name}"
        for name in ("available", "staffed", "occupied", "blocked", "as_of")
    }
    assert {"movement.occurred_at", "episode.innDatoTid"} <= found["npr_stays_daily"]["admissions"]
    assert {"capacity.as_of", "capacity.occupied"} == found["preparedness_census"]["occupied"]


def test_what_is_read_and_not_known_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="a view reads elsewhere"):
        columns_of("SELECT a FROM elsewhere(at = 'x') AS there", KNOWN)


def test_every_field_is_one_of_an_event() -> None:
    stored = {"outcome_topic", "outcome_partition", "outcome_offset", "inserted_at", "*"}
    there = {
        f"{family}.{name}" for family in FAMILIES for name in {*latest(accepted_topic(family)).field_names, *stored}
    }
    told = {field for columns in lineage().values() for fields in columns.values() for field in fields}
    assert {field for field in told - there if field.partition(".")[0] in FAMILIES} == set()
    assert len(told & there) > 150


def test_rules_are_those_that_check_the_field() -> None:
    checking = [rule.code for rule in catalogue() if "episode" in rule.families and "innDatoTid" in rule.checks]
    assert set(checking) <= set(rules_of("episode.innDatoTid"))
    assert checking
    assert rules_of("episode.patient_key") == ()
    assert any("tilstander" in checked for code in rules_of("episode.tilstander") for checked in _checks(code))


def _checks(code: str) -> list[str]:
    return [field for rule in catalogue() if rule.code == code for field in rule.checks]
