"""The whole pipeline on real bytes, without Kafka: one record in, exactly one outcome out."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import fastavro
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference.store import ReferenceStore
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas import golden
from schemas.catalog import Schema, by_id, latest
from schemas.registry import SchemaSource
from schemas.slow import decode_one, encode_one
from schemas.types import FAMILIES, accepted_topic, raw_topic
from schemas.wire import frame, unframe
from streams.pipeline import process
from streams.pipeline.process import Pipeline, Reading
from streams.pipeline.protect import Protector
from streams.types import Outcomes, RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECEIVED = int(NOW.timestamp() * 1000) - 250


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    home = tmp_path_factory.mktemp("home")
    keys = ensure_keys(home, load(PrivacySettings, home))
    return Pipeline("dev", SchemaSource().resolve, Protector(keys, "dev"), ReferenceStore(home), clock=lambda: NOW)


class Partition:
    """A raw partition: what it holds, and the window of the worker that reads it."""

    def __init__(self, pipeline: Pipeline, topic: str) -> None:
        self.pipeline, self.topic = pipeline, topic
        self.window = PartitionWindow(7 * DAY_MS)
        self.next = 0

    def offer(self, values: Sequence[bytes | None], *, at: int | None = None) -> Outcomes:
        first = self.next if at is None else at
        n = len(values)
        offsets = np.arange(first, first + n)
        batch = RawBatch(self.topic, np.zeros(n, dtype=np.int64), offsets, np.full(n, RECEIVED), values)
        outcomes = self.pipeline.process(batch, lambda _: self.window)
        if n and 0 in outcomes.accepted_ids:
            self.window.learn_range(int(offsets[-1]), outcomes.accepted_ids[0], RECEIVED)
        elif n:
            self.window.covered = max(self.window.covered, int(offsets[-1]))
        self.next = max(self.next, first + n)
        return outcomes


def encoded(topic: str, event: dict[str, Any]) -> bytes:
    schema = latest(topic)
    return frame(schema.id, encode_one(schema, event))


def good(family: str, number: int = 0, **changes: Any) -> dict[str, Any]:
    event = dict(golden.load(raw_topic(family))[0])
    event["event_id"] = str(UUID(int=0x1234_0000_0000_4000_8000_0000_0000_0000 + number))
    event["subject_id"] = f"{event['subject_id']}-{number}"
    return {**event, **changes}


def sent(outcomes: Outcomes, topic: str) -> list[dict[str, Any]]:
    """The messages of an outcome topic, decoded."""
    records = []
    for message in outcomes.messages.get(topic, ()):
        schema_id, datum = unframe(message.value)
        assert by_id()[schema_id].topic == topic
        records.append(decode_one(by_id()[schema_id], datum))
    return records


def outcome_of(outcomes: Outcomes, family: str) -> dict[int, list[str]]:
    """Source offset → outcomes, over all outcome topics."""
    found: dict[int, list[str]] = {}
    for topic, outcome in ((accepted_topic(family), "accepted"), ("rejected", "rejected"), ("duplicates", "duplicate")):
        for record in sent(outcomes, topic):
            found.setdefault(record["source_offset"], []).append(outcome)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_every_golden_event_is_accepted_and_carries_what_was_sent(pipeline: Pipeline, family: str) -> None:
    events = golden.load(raw_topic(family))
    raw = latest(raw_topic(family))
    outcomes = Partition(pipeline, raw_topic(family)).offer([encoded(raw_topic(family), event) for event in events])
    assert outcomes.counts == {"replayed": 0, "accepted": len(events), "rejected": 0, "duplicate": 0}
    for event, record in zip(events, sent(outcomes, accepted_topic(family)), strict=True):
        as_sent = decode_one(raw, encode_one(raw, event))
        patient = as_sent.pop("patient"), as_sent.pop("prior_patient")
        assert {name: record[name] for name in as_sent} == as_sent
        assert "patient" not in record
        assert (record["patient_key"] is None) == (patient[0] is None)
        assert record["source_topic"] == raw_topic(family)
        assert record["received_at"] == RECEIVED
        assert record["known_at"] == (as_sent["declared_known_at"] or RECEIVED)
        assert record["processed_at"] == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stranger_with_fastavro_reads_accepted_events(pipeline: Pipeline, family: str) -> None:
    outcomes = Partition(pipeline, raw_topic(family)).offer([encoded(raw_topic(family), good(family))])
    value = outcomes.messages[accepted_topic(family)].values[0]
    schema = fastavro.parse_schema(dict(by_id()[int.from_bytes(value[1:5], "big")].definition), _write_hint=False)
    rest = io.BytesIO(value[5:])
    record = fastavro.schemaless_reader(rest, schema, None)
    assert rest.read() == b""
    assert record["event_id"] == good(family)["event_id"]


def test_no_identifier_leaves_in_any_message(pipeline: Pipeline) -> None:
    for family in FAMILIES:
        for event in golden.load(raw_topic(family)):
            if event.get("patient") is None:
                continue
            number = event["patient"][1:].split(b":")[1]
            broken = {**event, "event_id": "not-a-uuid", "reporter": number.decode()}
            partition = Partition(pipeline, raw_topic(family))
            for value in (encoded(raw_topic(family), event), encoded(raw_topic(family), broken)):
                outcomes = partition.offer([value])
                for messages in outcomes.messages.values():
                    for message in messages:
                        assert number not in message.value
                        key = message.key.encode() if isinstance(message.key, str) else message.key or b""
                        assert number not in key


def test_the_same_id_again_is_a_duplicate_that_names_the_first(pipeline: Pipeline) -> None:
    partition = Partition(pipeline, "raw.service")
    first = encoded("raw.service", good("service", 1))
    again = encoded("raw.service", good("service", 1, revision=1))
    other = encoded("raw.service", good("service", 2))
    assert partition.offer([first, other]).counts["accepted"] == 2
    outcomes = partition.offer([again, other, encoded("raw.service", good("service", 3))])
    assert outcome_of(outcomes, "service") == {2: ["duplicate"], 3: ["duplicate"], 4: ["accepted"]}
    assert [record["first_offset"] for record in sent(outcomes, "duplicates")] == [0, 1]


def test_duplicates_within_a_batch_are_found(pipeline: Pipeline) -> None:
    value = encoded("raw.capacity", good("capacity"))
    outcomes = Partition(pipeline, "raw.capacity").offer([value, value, value])
    assert outcome_of(outcomes, "capacity") == {0: ["accepted"], 1: ["duplicate"], 2: ["duplicate"]}


def test_a_replay_is_silent_and_not_a_duplicate(pipeline: Pipeline) -> None:
    """Same id and same coordinates: the outcome is written already (after a crash before the commit)."""
    partition = Partition(pipeline, "raw.movement")
    values = [encoded("raw.movement", good("movement", n)) for n in range(4)]
    partition.offer(values[:3])
    outcomes = partition.offer(values, at=0)
    assert outcomes.counts == {"replayed": 3, "accepted": 1, "rejected": 0, "duplicate": 0}
    assert outcome_of(outcomes, "movement") == {3: ["accepted"]}


def test_what_was_read_ahead_is_judged_by_what_the_batch_before_left(pipeline: Pipeline) -> None:
    """Two batches are read before either is judged; the second holds an event of the first, and one answered before."""
    window = PartitionWindow(7 * DAY_MS)
    values = [encoded("raw.movement", good("movement", n)) for n in range(3)]

    def read(held: Sequence[bytes | None], first: int) -> Reading:
        offsets = np.arange(first, first + len(held))
        at = np.full(len(held), RECEIVED)
        return pipeline.read(RawBatch("raw.movement", np.zeros(len(held), dtype=np.int64), offsets, at, held))

    first, second = read([*values[:2], None], 0), read([None, values[0], values[2]], 2)
    before = pipeline.judge(first, lambda _: window)
    window.learn_range(2, before.accepted_ids[0], RECEIVED)
    after = pipeline.judge(second, lambda _: window)
    assert outcome_of(before, "movement") == {0: ["accepted"], 1: ["accepted"], 2: ["rejected"]}
    assert after.counts == {"replayed": 1, "accepted": 1, "rejected": 0, "duplicate": 1}
    assert outcome_of(after, "movement") == {3: ["duplicate"], 4: ["accepted"]}


def test_threads_read_one_after_the_other(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """The opener's memory of senders' keys is not made for several at once."""
    within, most = 0, 0

    def decode(*_: object) -> tuple[list[Any], list[Any]]:
        nonlocal within, most
        within += 1
        most = max(most, within)
        time.sleep(0.02)
        within -= 1
        return [], []

    monkeypatch.setattr(process, "decode", decode)
    none = np.empty(0, dtype=np.int64)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(pipeline.read, [RawBatch("raw.service", none, none, none, [])] * 8))
    assert most == 1


def test_a_rejected_event_may_come_again_under_its_id(pipeline: Pipeline) -> None:
    partition = Partition(pipeline, "raw.episode")
    bad = good("episode", 7, omsorgsniva="77")
    mended = good("episode", 7)
    assert outcome_of(partition.offer([encoded("raw.episode", bad)]), "episode") == {0: ["rejected"]}
    assert outcome_of(partition.offer([encoded("raw.episode", mended)]), "episode") == {1: ["accepted"]}


def test_all_errors_of_an_event_come_at_once(pipeline: Pipeline) -> None:
    bad = good("episode", omsorgsniva="77", innmateHast="99", debitor="zz")
    outcomes = Partition(pipeline, "raw.episode").offer([encoded("raw.episode", bad)])
    codes = {problem["code"] for problem in sent(outcomes, "rejected")[0]["problems"]}
    assert {"EPI-06", "EPI-07", "EPI-08"} <= codes
    receipt = sent(outcomes, "receipts")[0]
    assert receipt["rejected"] == 1
    assert {problem["code"] for problem in receipt["entries"][0]["problems"]} == codes


def test_a_repaired_field_is_replaced_and_everything_else_stays(pipeline: Pipeline) -> None:
    clean = good("episode", 1)
    odd = good("episode", 2, fraSted="no such place")
    outcomes = Partition(pipeline, "raw.episode").offer(
        [encoded("raw.episode", e) for e in (clean, odd, good("episode", 3))]
    )
    first, second, third = sent(outcomes, "accepted.episode")
    assert second["fraSted"] == "-1"
    assert [(p["code"], p["severity"], p["field"]) for p in second["problems"]] == [("EPI-11", "repair", "fraSted")]
    assert first["problems"] == third["problems"] == []
    differs = {name for name in first if first[name] != second[name]}
    assert differs == {"event_id", "subject_id", "fraSted", "source_offset", "problems"}


def test_unreadable_records_get_a_code_and_stop_nothing(pipeline: Pipeline) -> None:
    service = encoded("raw.service", good("service"))
    values = [
        None,
        b"",
        b"\x00\x00",
        b"\x01" + service[1:],
        frame(999_999, service[5:]),
        encoded("raw.capacity", good("capacity")),
        service[:-4],
        service,
    ]
    outcomes = Partition(pipeline, "raw.service").offer(values)
    assert outcome_of(outcomes, "service") == {**{n: ["rejected"] for n in range(7)}, 7: ["accepted"]}
    codes = {r["source_offset"]: r["problems"][0]["code"] for r in sent(outcomes, "rejected")}
    assert codes[0] == "WIRE-01"
    assert codes[1] == codes[2] == "WIRE-02"
    assert codes[3] == "WIRE-03"
    assert codes[4] == codes[5] == "WIRE-08"
    assert codes[6] == "WIRE-04"


def test_a_field_of_a_newer_schema_may_have_any_name(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender ahead of us, by a schema that only the registry knows: its new fields have the names of our own columns,
    and are not ours."""
    topic = raw_topic("movement")
    pinned = latest(topic)
    names = ("_row", "source_partition", "source_offset", "received_at", "known_at", "_now", "_type", "sex", "version")
    added = [{"name": name, "type": ["null", "string"], "default": None} for name in names]
    fields = [*pinned.definition["fields"][:-2], *added, *pinned.definition["fields"][-2:]]
    ahead = Schema(pinned.subject, pinned.version + 1, 9_999, {**pinned.definition, "fields": fields})
    monkeypatch.setattr(pipeline, "_resolve", lambda _ids, _: {ahead.id: ahead, pinned.id: pinned})
    values = [
        frame(ahead.id, encode_one(ahead, {**good("movement", 1), **dict.fromkeys(names, "theirs")})),
        encoded(topic, good("movement", 2)),
        frame(ahead.id, encode_one(ahead, {**good("movement", 3), **dict.fromkeys(names)})),
        frame(ahead.id, b"broken"),
    ]
    outcomes = Partition(pipeline, topic).offer(values)
    accepted = sent(outcomes, accepted_topic("movement"))
    assert {record["source_offset"]: record["received_at"] for record in accepted} == dict.fromkeys(range(3), RECEIVED)
    assert outcome_of(outcomes, "movement")[3] == ["rejected"]


def test_receipts_count_every_event_of_a_reporter_once(pipeline: Pipeline) -> None:
    partition = Partition(pipeline, "raw.service")
    events = [good("service", 1), good("service", 1), good("service", 2, hendelse="Noe"), good("service", 3)]
    outcomes = partition.offer([encoded("raw.service", event) for event in events])
    (receipt,) = sent(outcomes, "receipts")
    assert (receipt["accepted"], receipt["rejected"], receipt["duplicates"]) == (2, 1, 1)
    assert receipt["accepted_ids"] == [events[0]["event_id"], events[3]["event_id"]]
    assert {entry["source_offset"]: entry["outcome"] for entry in receipt["entries"]} == {1: "duplicate", 2: "rejected"}
    again = Partition(pipeline, "raw.service").offer([encoded("raw.service", event) for event in events])
    assert sent(again, "receipts")[0]["receipt_id"] == receipt["receipt_id"]


KINDS = ("good", "repeat", "invalid", "repair", "cut", "foreign", "null", "noise")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 5)), max_size=12), min_size=1, max_size=4))
def test_conservation_whatever_comes_in_whatever_batches(
    pipeline: Pipeline, batches: list[list[tuple[str, int]]]
) -> None:
    """Exactly one outcome per offset, and accepted ids are unique: over batches, and again when all is replayed."""
    made = {
        "good": lambda n: encoded("raw.episode", good("episode", n)),
        "repeat": lambda n: encoded("raw.episode", good("episode", n, revision=5)),
        "invalid": lambda n: encoded("raw.episode", good("episode", n, omsorgsniva="77")),
        "repair": lambda n: encoded("raw.episode", good("episode", n, fraSted="?")),
        "cut": lambda n: encoded("raw.episode", good("episode", n))[: -1 - n],
        "foreign": lambda n: encoded("raw.capacity", good("capacity", n)),
        "null": lambda _n: None,
        "noise": lambda n: bytes([0, 0, 0, 0, 1]) + bytes(range(n * 7)),
    }
    partition = Partition(pipeline, "raw.episode")
    seen: Counter[int] = Counter()
    ids: Counter[str] = Counter()
    everything: list[bytes | None] = []
    for batch in batches:
        values = [made[kind](number) for kind, number in batch]
        everything += values
        outcomes = partition.offer(values)
        for offset, found in outcome_of(outcomes, "episode").items():
            seen[offset] += len(found)
        ids.update(record["event_id"] for record in sent(outcomes, "accepted.episode"))
    assert seen == Counter(range(len(everything)))
    assert all(count == 1 for count in ids.values())
    replay = partition.offer(everything, at=0)
    assert replay.counts.get("replayed", 0) == len(everything)
    assert not replay.messages
