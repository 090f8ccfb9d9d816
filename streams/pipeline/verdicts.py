"""What is said of events other than "accepted", and how rejections and duplicates are encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.catalog import latest
from schemas.slow import encode_one
from schemas.types import DUPLICATES_TOPIC, REJECTED_TOPIC, Problem
from schemas.wire import frame
from streams.types import Message


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
    return Message(partition, reporter.encode() if reporter else None, frame(schema.id, encode_one(schema, record)))
