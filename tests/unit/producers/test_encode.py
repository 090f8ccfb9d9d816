"""Golden events through the sender's encoding; what does not fit is named, never quoted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producers.encode import encode
from producers.types import Event
from schemas import golden
from schemas.catalog import latest
from schemas.errors import Invalid
from schemas.slow import decode_one, encode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import unframe


def event(family, **changes):
    record = golden.load(raw_topic(family))[0]
    patient, prior = record.pop("patient"), record.pop("prior_patient")
    return Event(family, {**record, **changes}), patient, prior


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_events_come_out_as_the_contract_says(family):
    for record in golden.load(raw_topic(family)):
        content = {name: value for name, value in record.items() if name not in ("patient", "prior_patient")}
        message = encode(Event(family, content), record["patient"], record["prior_patient"])
        schema = latest(raw_topic(family))
        schema_id, datum = unframe(message.value)
        assert (message.topic, schema_id) == (raw_topic(family), schema.id)
        assert datum == encode_one(schema, record)
        assert decode_one(schema, datum)["event_id"] == message.event_id == record["event_id"]
        assert message.key == f"{record['reporter']}:{record['subject_id']}".encode()


@pytest.mark.parametrize(
    ("family", "changes", "field", "says"),
    [
        ("movement", {"occured_at": "11111111111"}, "occured_at", "is not a field"),
        ("movement", {"r11111111111": "x"}, "(not a field's name)", "is not a field"),
        ("movement", {"unit": 11111111111}, "unit", "does not have the type"),
        ("movement", {"revision": "11111111111"}, "revision", "does not have the type"),
        ("movement", {"reporter": None}, "reporter", "does not have the type"),
        ("movement", {"revision": 1 << 63}, "revision", "does not have the type"),
        ("episode", {"prosedyrer": [{"kodeVerdi": 11111111111}]}, "prosedyrer", "does not have the type"),
        ("episode", {"prosedyrer": [{"kode": "11111111111"}]}, "prosedyrer", "does not have the type"),
        ("movement", {"occurred_at": datetime(2026, 1, 1)}, "occurred_at", "without a zone"),  # noqa: DTZ001
        (
            "episode",
            {"prosedyrer": [{"utfortDatoTid": datetime(2026, 1, 1)}]},  # noqa: DTZ001
            "prosedyrer",
            "without a zone",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_not_quoted(family, changes, field, says):
    with pytest.raises(Invalid) as caught:
        encode(*event(family, **changes))
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == ("WIRE-07", field)
    assert says in problem.message
    assert "11111111111" not in str(caught.value)


def test_a_missing_field_is_named():
    sent, patient, prior = event("movement")
    del sent.record["movement_type"]
    with pytest.raises(Invalid, match=r"movement_type: is missing and has no default"):
        encode(sent, patient, prior)


def test_fields_with_a_default_may_be_absent():
    sent, patient, _ = event("capacity", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
    for name in ("physical", "blocked_reasons", "late", "sequence"):
        sent.record.pop(name)
    decoded = decode_one(latest("raw.capacity"), unframe(encode(sent, patient, None).value)[1])
    assert (decoded["physical"], decoded["blocked_reasons"], decoded["late"]) == (None, [], False)
