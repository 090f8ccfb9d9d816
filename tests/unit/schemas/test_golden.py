from __future__ import annotations

import io
from datetime import UTC, date, datetime

import fastavro
import pytest

from schemas import catalog, golden
from schemas.identity import valid_number
from schemas.slow import encode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import frame, split, unframe

EVENTS = [
    pytest.param(topic, event, id=f"{topic}-{i}")
    for topic in map(raw_topic, FAMILIES)
    for i, event in enumerate(golden.load(topic))
]


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_survives_encoding_framing_and_a_foreign_reader(topic: str, event: dict[str, object]) -> None:
    schema = catalog.latest(topic)
    id_, datum = unframe(frame(schema.id, encode_one(schema, event)))
    read = fastavro.schemaless_reader(io.BytesIO(datum), fastavro.parse_schema(catalog.by_id()[id_].definition), None)
    assert read == event


@pytest.mark.parametrize(("topic", "event"), EVENTS)
def test_identifiers_are_synthetic_and_valid(topic: str, event: dict[str, object]) -> None:
    patient = event["patient"]
    if patient is not None:
        assert isinstance(patient, bytes)
        type_id, number = patient[1:].decode().split(":")
        assert patient[:1] == b"\x00"
        assert 80 < int(number[2:4]) <= 92
        assert valid_number(type_id, number, date(2026, 3, 14))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_field_is_shown_filled(family: str) -> None:
    filled = {
        name for event in golden.load(raw_topic(family)) for name, value in event.items() if value not in (None, [])
    }
    own = {field["name"] for field in catalog.compose(raw_topic(family))["fields"]}
    chain = {"declared_known_at", "prior_patient", "sequence", "previous_event_id"}
    """Envelope fields shown in one family or another."""
    not_known = {"referral": {"avvistKode"}, "capacity": {"patient"}}
    """The reporting model has no code list of avvistKode; a capacity event is about no person."""
    assert own - filled <= chain | not_known.get(family, set())


def test_event_ids_are_unique() -> None:
    ids = [param.values[1]["event_id"] for param in EVENTS]
    assert len(set(ids)) == len(ids)


def test_plain_forms_become_values() -> None:
    event = golden.load("raw.episode")[1]
    assert event["innDatoTid"] == datetime(2026, 3, 14, 8, 20, tzinfo=UTC)
    assert event["epikriseDato"] == date(2026, 3, 19)
    assert event["declared_known_at"] is None
    assert event["tilstander"][0]["akse"] is None


def test_a_mixed_batch_is_split_by_family() -> None:
    values = [frame(catalog.latest(t).id, encode_one(catalog.latest(t), e)) for t, e in (p.values for p in EVENTS)]
    groups = split(values).groups
    assert {id_: len(group.values) for id_, group in groups.items()} == {
        catalog.latest(raw_topic(f)).id: len(golden.load(raw_topic(f))) for f in FAMILIES
    }
