"""Reading outcome topics of a real broker."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import pytest
from confluent_kafka import Producer

from helsepuls.audit.judge import audit
from helsepuls.audit.ledger import BITS, Ledger
from helsepuls.audit.report import Report, Stray, Stretch
from helsepuls.audit.topics import Extent, Topics
from runtime.settings import KafkaSettings
from schemas import golden
from schemas.catalog import latest
from schemas.errors import Fatal, Retryable
from schemas.slow import encode_one
from schemas.wire import frame

RAW = "raw.movement"


def outcome(topic: str, partition: int, offset: int) -> bytes:
    """A complete record of an outcome topic for one raw event."""
    schema = latest(topic)
    filled: dict[str, Any] = {
        "source_topic": RAW,
        "source_partition": partition,
        "source_offset": offset,
        **dict.fromkeys(("received_at", "processed_at", "known_at", "first_partition", "first_offset"), 0),
        **dict.fromkeys(("reference_release", "rules_release", "family"), "x"),
        "problems": [],
    }
    if topic.startswith("accepted."):
        event = golden.load(RAW)[0]
        filled |= {name: event[name] for name in schema.field_names if name in event}
    return frame(schema.id, encode_one(schema, {name: filled.get(name) for name in schema.field_names}))


@pytest.fixture
def produce(topics, kafka):
    topics.standard(partitions=2)
    producer = Producer({"bootstrap.servers": kafka})

    def produce(topic: str, partition: int, *values: bytes) -> None:
        for value in values:
            producer.produce(topic, value, partition=partition)
        assert producer.flush(20) == 0

    return produce


@pytest.fixture
def reader(kafka):
    reader = Topics(KafkaSettings(config={"bootstrap.servers": kafka}))
    yield reader
    reader.close()


def test_notes_every_outcome_at_its_source(produce, reader):
    produce(RAW, 1, *[b"x"] * 6)
    produce("accepted.movement", 1, *(outcome("accepted.movement", 1, o) for o in (0, 1, 2, 1)))
    produce("rejected", 1, outcome("rejected", 1, 3))
    produce("duplicates", 1, outcome("duplicates", 1, 4), outcome("duplicates", 1, 0))
    produce("rejected", 0, outcome("rejected", 0, 5))

    extents = reader.raw_extents()
    assert len(extents) == 12
    assert extents[RAW, 1] == Extent(0, 6)
    report = Report()
    ledger = Ledger(*extents[RAW, 1])
    assert reader.read_outcomes(1, {RAW: ledger}, report) is False
    accepted, rejected, duplicate = (BITS[o] for o in ("accepted", "rejected", "duplicate"))
    assert ledger.marks.tolist() == [accepted | duplicate, accepted, accepted, rejected, duplicate, 0]
    assert ledger.repeated == 1
    assert report.stray == []


def test_what_cannot_count_is_stray(produce, reader):
    produce(
        "rejected", 0,
        outcome("rejected", 1, 3),
        b"no frame",
        frame(999, b"unknown"),
        outcome("duplicates", 0, 1),
        outcome("rejected", 0, 2)[:-3],
    )  # fmt: skip
    report = Report()
    ledger = Ledger(0, 5)
    reader.read_outcomes(0, {RAW: ledger}, report)
    assert not ledger.marks.any()
    assert sorted((s.topic, s.partition, s.offset) for s in report.stray) == [("rejected", 0, o) for o in range(5)]
    assert Stray("rejected", 0, 0, "its source is not this partition number of a raw topic") in report.stray
    assert not report.conserved


def test_topics_that_are_not_there_are_fatal(topics, reader):
    topics.clear()
    with pytest.raises(Fatal, match="make the topics"):
        reader.raw_extents()


def test_an_absent_broker_is_retryable(monkeypatch):
    monkeypatch.setattr("helsepuls.audit.topics._SECONDS", 0.5)
    absent = Topics(KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1", "log_level": "0"}))
    with pytest.raises(Retryable, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        absent.raw_extents()
    absent.close()


class Kept:
    """A warehouse that holds the outcome "accepted" of some offsets of partition 0."""

    def __init__(self, *offsets: int) -> None:
        self.offsets = offsets

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        return [(RAW, 0, max(self.offsets))]

    def arrow(self, query: str, parameters: Any = None) -> pa.Table:
        held = self.offsets if (parameters["topic"], parameters["partition"]) == (RAW, 0) else ()
        return pa.table({"source_offset": pa.array(held, pa.int64()), "mark": pa.array([BITS["accepted"]] * len(held))})


def test_the_end_of_a_transaction_is_no_event_and_one_that_was_aborted_does_not_take_events_back(
    produce: Any, reader: Topics, kafka: str
) -> None:
    sender = Producer({"bootstrap.servers": kafka, "transactional.id": "vendor"})
    sender.init_transactions(20)
    for end in (sender.commit_transaction, sender.abort_transaction):
        sender.begin_transaction()
        for _ in range(2):
            sender.produce(RAW, b"x", partition=0)
        assert sender.flush(20) == 0
        end(20)
    assert reader.raw_extents()[RAW, 0] == Extent(0, 6)
    assert reader.events(RAW, 0, 0, 6).tolist() == [0, 1, 3, 4]
    assert reader.events(RAW, 0, 1, 3).tolist() == [1]
    assert reader.events(RAW, 0, 5, 6).tolist() == []

    judged = (0, 1, 3, 4)
    produce("accepted.movement", 0, *(outcome("accepted.movement", 0, offset) for offset in judged))
    began = time.monotonic()
    report = audit(reader, Kept(*judged), patience=20)
    assert time.monotonic() - began < 20
    assert report == Report(raw=4, accepted=4, empty=2)
    report = audit(reader, Kept(0, 1, 4), patience=0)
    assert report.missing == [Stretch(RAW, 0, 3, 3, ("warehouse",))]
    produce(RAW, 0, b"x")
    report = audit(reader, Kept(*judged), patience=0)
    assert report.missing == [Stretch(RAW, 0, 6, 6, ("topics", "warehouse"))]
