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


@pytest.mark.parametrize("text", HOSTILE)
def test_sql_in_every_text_is_text_in_every_relation(migrated: Any, text: str) -> None:
    writer = Writer(migrated)
    offsets = itertools.count(HOSTILE.index(text) * 100)
    before = migrated.query("SHOW TABLES").result_columns[0]
    for family in FAMILIES:
        topic = accepted_topic(family)
        fields = {name: text for name, node in plan(latest(topic)) if node.kind == "string" and name not in _OURS}
        at = next(offsets)
        store(writer, block(topic, [message(topic, accepted(family, at, **fields))], first=at))
    at = next(offsets)
    store(writer, block(REJECTED_TOPIC, [message(REJECTED_TOPIC, rejected(at))], first=at))
    for view in load("helsepuls"):
        migrated.query(f"SELECT * FROM {called(view.name, view.statement)}")
    for family in FAMILIES:
        found = migrated.query(
            f"SELECT system_vendor FROM accepted_{family} WHERE subject_id = {{text:String}}", {"text": text}
        )
        assert text in found.result_columns[0]
    assert migrated.query("SHOW TABLES").result_columns[0] == before
    assert migrated.query("SELECT count() FROM rejected").result_rows[0][0] > 0
