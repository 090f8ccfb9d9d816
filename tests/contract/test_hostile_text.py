"""SQL in every field of text, through every relation: it is stored and shown as text, and does nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from outcomes import accepted, block, message, rejected, store
from warehouse_schema import called

from schemas.catalog import latest
from schemas.plan import plan
from schemas.types import FAMILIES, REJECTED_TOPIC, accepted_topic
from sinks.columns import UUIDS
from sinks.relations import load
from sinks.writer import Writer

HOSTILE = (
    "'; DROP TABLE log_rejected; --",
    "\\'; SELECT sleep(3) FROM numbers(100); --",
    "') UNION ALL SELECT * FROM system.users --",
    "{at:String} {database}",
    "=cmd|' /C calc'!A0",
)
_OURS = {"source_topic", "reference_release", "rules_release"} | UUIDS
"""Texts that no sender writes."""


@pytest.fixture(scope="module")
def tables(migrated: Any) -> list[str]:
    """What there was before any text came; each text then stands in events of every family."""
    found: list[str] = migrated.query("SHOW TABLES").result_columns[0]
    writer = Writer(migrated)
    offsets = itertools.count()
    for text in HOSTILE:
        for family in FAMILIES:
            topic = accepted_topic(family)
            fields = {name: text for name, node in plan(latest(topic)) if node.kind == "string" and name not in _OURS}
            at = next(offsets)
            store(writer, block(topic, [message(topic, accepted(family, at, **fields))], first=at))
        at = next(offsets)
        store(writer, block(REJECTED_TOPIC, [message(REJECTED_TOPIC, rejected(at))], first=at))
    return found


def test_sql_in_texts_does_nothing_in_any_relation(migrated: Any, tables: list[str]) -> None:
    for view in load("helsepuls"):
        migrated.query(f"SELECT * FROM {called(view.name, view.statement)}")
    assert migrated.query("SHOW TABLES").result_columns[0] == tables
    assert migrated.query("SELECT count() FROM rejected").result_rows == [(len(HOSTILE),)]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("family", FAMILIES)
def test_sql_in_a_text_is_shown_as_text(migrated: Any, tables: list[str], family: str, text: str) -> None:
    found = migrated.query(
        f"SELECT system_vendor FROM accepted_{family} WHERE subject_id = {{text:String}}", {"text": text}
    )
    assert found.result_rows == [(text,)]
