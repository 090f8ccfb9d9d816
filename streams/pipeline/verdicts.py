"""Encodes what is said of events other than "accepted": rejections, duplicates, and the receipts to the senders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from schemas.catalog import latest
from schemas.slow import encode_one
from schemas.types import DUPLICATES_TOPIC, RECEIPTS_TOPIC, REJECTED_TOPIC, Problem
from schemas.wire import frame
from streams.types import Message

RECEIPTS = UUID("6f1d2c5e-8f0b-5f5c-9a4e-3b7a1c2d4e5f")
"""Namespace of receipt ids: the same source range and reporter always give the same id."""


@dataclass(frozen=True)
class Source:
    """Where an event came from and what of its envelope could be read."""

    event_id: str | None
    reporter: str | None
    partition: int
    offset: int
    received_at: int


@dataclass(frozen=True)
class Judged:
    """One event that was not simply accepted. `outcome` is accepted (with problems), rejected or duplicate."""

    source: Source
    outcome: str
    problems: Sequence[Problem] = ()
    schema_id: int | None = None
    first: tuple[int, int] | None = None
    """For a duplicate: partition and offset where its id was first accepted."""


@dataclass(frozen=True)
class BatchFacts:
    """What all events of a batch share."""

    topic: str
    processed_at: int
    rules_release: str

    @property
    def family(self) -> str:
        return self.topic.split(".", 1)[1]


def encode_rejected(facts: BatchFacts, judged: Judged) -> Message:
    record = {
        **_coordinates(facts, judged.source),
        "schema_id": judged.schema_id,
        "rules_release": facts.rules_release,
        "problems": [_problem(p) for p in judged.problems],
    }
    return _message(REJECTED_TOPIC, judged.source.partition, judged.source.reporter, record)


def encode_duplicate(facts: BatchFacts, judged: Judged) -> Message:
    assert judged.first is not None
    record = {
        **_coordinates(facts, judged.source),
        "first_partition": judged.first[0],
        "first_offset": judged.first[1],
    }
    return _message(DUPLICATES_TOPIC, judged.source.partition, judged.source.reporter, record)


@dataclass
class ReporterTally:
    """What became of one reporter's events of one partition in a batch."""

    partition: int
    first_offset: int
    last_offset: int
    accepted_ids: list[str] = field(default_factory=list)
    entries: list[Judged] = field(default_factory=list)

    def cover(self, offset: int) -> None:
        self.first_offset = min(self.first_offset, offset)
        self.last_offset = max(self.last_offset, offset)


def encode_receipts(facts: BatchFacts, tallies: Iterable[tuple[str, ReporterTally]]) -> list[Message]:
    """One message per reporter and partition. Its id follows from its range, so a replay gives the same receipt."""
    schema = latest(RECEIPTS_TOPIC)
    messages = []
    for reporter, tally in tallies:
        outcomes = [judged.outcome for judged in tally.entries]
        name = f"{facts.topic}/{tally.partition}/{tally.first_offset}-{tally.last_offset}/{reporter}"
        ids = tally.accepted_ids
        tally_record = {
            "receipt_id": str(uuid5(RECEIPTS, name)),
            "reporter": reporter,
            "family": facts.family,
            "source_topic": facts.topic,
            "source_partition": tally.partition,
            "first_offset": tally.first_offset,
            "last_offset": tally.last_offset,
            "processed_at": facts.processed_at,
            "accepted": len(ids),
            "rejected": outcomes.count("rejected"),
            "duplicates": outcomes.count("duplicate"),
            "accepted_ids": ids,
            "entries": [_entry(judged) for judged in tally.entries],
        }
        messages.append(Message(tally.partition, reporter or None, frame(schema.id, encode_one(schema, tally_record))))
    return messages


def _entry(judged: Judged) -> dict[str, Any]:
    return {
        "event_id": judged.source.event_id,
        "source_offset": judged.source.offset,
        "outcome": judged.outcome,
        "problems": [_problem(p) for p in judged.problems],
    }


def _coordinates(facts: BatchFacts, source: Source) -> dict[str, Any]:
    return {
        "event_id": source.event_id,
        "reporter": source.reporter,
        "family": facts.family,
        "source_topic": facts.topic,
        "source_partition": source.partition,
        "source_offset": source.offset,
        "received_at": source.received_at,
        "processed_at": facts.processed_at,
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "field": problem.field,
        "message": problem.message,
    }


def _message(topic: str, partition: int, reporter: str | None, record: dict[str, Any]) -> Message:
    schema = latest(topic)
    return Message(partition, reporter or None, frame(schema.id, encode_one(schema, record)))
