"""`validate` and a worker say the same of the same event, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from adapter_samples import FNR, REPORTER, dumps, events, one, run
from test_adapters_avro import container
from test_adapters_ndjson import CAPACITY, MOVEMENT

from producers.adapters import avro, ndjson
from producers.encode import encode
from producers.protect import Protect, protector
from producers.types import Event, PatientId
from producers.validate import validate
from reference.store import ReferenceStore
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas import golden
from schemas.catalog import by_id
from schemas.registry import SchemaSource
from schemas.slow import decode_one
from schemas.types import FAMILIES, Profile, raw_topic
from schemas.wire import unframe
from streams.pipeline.process import Pipeline
from streams.pipeline.protect import Protector
from streams.types import RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
Verdict = tuple[str, list[tuple[str, str, str]]]
Worker = Callable[[Event, Profile], Verdict]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """Seals an event as a publisher does, and gives outcome and problems of a worker that knows nothing yet."""
    home: Path = tmp_path_factory.mktemp("home")
    keys = ensure_keys(home, load(PrivacySettings, home))
    seal = protector(home, load(PrivacySettings, home))

    def judge(event: Event, profile: Profile) -> Verdict:
        resolve, store = SchemaSource().resolve, ReferenceStore(home)
        pipeline = Pipeline(profile, resolve, Protector(keys, profile), store, clock=lambda: NOW)
        value = encode(event, _sealed(seal, event, event.patient), _sealed(seal, event, event.prior_patient)).value
        here, at = np.zeros(1, dtype=np.int64), np.full(1, int(NOW.timestamp() * 1000))
        window = PartitionWindow(7 * DAY_MS)
        made = pipeline.process(RawBatch(raw_topic(event.family), here, here, at, [value]), lambda _: window)
        (outcome,) = [name for name, count in made.counts.items() if count]
        messages = made.messages["rejected" if outcome == "rejected" else f"accepted.{event.family}"]
        schema_id, datum = unframe(messages.values[0])
        record = decode_one(by_id()[schema_id], datum)
        return outcome, sorted((p["code"], p["severity"], p["field"]) for p in record["problems"])

    return judge


def _sealed(seal: Protect, event: Event, patient: PatientId | None) -> bytes | None:
    return seal(patient, event.event_id) if patient else None


def offline(event: Event, profile: Profile) -> Verdict:
    (problems,) = validate([event], profile=profile, now=NOW)
    refused = any(problem.severity.refuses for problem in problems)
    return "rejected" if refused else "accepted", sorted((p.code, str(p.severity), p.field) for p in problems)


@pytest.mark.parametrize("profile", ["dev", "prod"])
@pytest.mark.parametrize("family", FAMILIES)
def test_of_every_golden_event(worker: Worker, family: str, profile: Profile) -> None:
    for event in events(run(avro.read, container(family, golden.load(raw_topic(family))), reporter=None)):
        assert offline(event, profile) == worker(event, profile)


@pytest.mark.parametrize(
    "changes",
    [
        {"movement_type": "fly", "komNrHjem": "0000", "subject_id": f"V-{FNR}"},
        {"occurred_at": "2027-06-01T00:00:00Z", "registered_at": "1900-01-01T00:00:00Z"},
        {"event_id": "none", "reporter": "000000000", "revision": -1, "action": ""},
        {"patient": None, "prior_patient": {"type": "1", "number": "15870550071"}},
        {"patient": {"type": "9", "number": "974724960/1"}},
        {"patient": {"type": "1", "number": "158705 50070"}},
        {"patient": {"type": "77", "number": "x"}},
        {"patient": {"type": "001", "number": FNR}},
        {"room": "x" * 1_000_000},
    ],
    ids="+".join,
)
def test_of_what_is_wrong(worker: Worker, changes: dict[str, Any]) -> None:
    event = one(run(ndjson.read, dumps({**MOVEMENT, **changes}), reporter=changes.get("reporter", REPORTER)))

    assert offline(event, "dev") == worker(event, "dev")


def test_of_a_figure_that_cannot_be(worker: Worker) -> None:
    event = one(run(ndjson.read, dumps({**CAPACITY, "occupied": -1, "staffed": 10**9})))

    assert offline(event, "dev") == worker(event, "dev")
