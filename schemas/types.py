"""Words that everything else is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Family = Literal["episode", "movement", "referral", "service", "consultation", "capacity"]
FAMILIES: tuple[Family, ...] = ("episode", "movement", "referral", "service", "consultation", "capacity")

Purpose = Literal["npr", "kpr", "beredskap"]
"""What data may be used for: the two registers' purposes, and preparedness."""

LEGAL_BASIS: Final[Mapping[Family, Purpose]] = {
    "episode": "npr",
    "movement": "npr",
    "referral": "npr",
    "service": "kpr",
    "consultation": "kpr",
    "capacity": "beredskap",
}
"""What the events of a family are collected for; `legal_basis` of an event whose sender says nothing else."""

Outcome = Literal["accepted", "rejected", "duplicate"]

Profile = Literal["dev", "test", "prod"]
"""dev: clear identifiers allowed, synthetic ones only; test: synthetic identifiers only; prod: real ones only."""


class Severity(StrEnum):
    """What a broken rule does to the event, after the official intake actions (XPR annotations)."""

    FATAL = "fatal"  # action 1: the whole message cannot be used
    REJECT = "reject"  # actions 2 and 3: the event is not accepted
    REPAIR = "repair"  # actions 5, 6 and 7: the field is set to null or -1, the event is accepted
    WARN = "warn"  # action 9: accepted as it is, and reported

    @property
    def refuses(self) -> bool:
        return self in (Severity.FATAL, Severity.REJECT)


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule of one event. `message` names fields and what to do, never a value."""

    code: str
    severity: Severity
    field: str
    message: str


def raw_topic(family: str) -> str:
    return f"raw.{family}"


def accepted_topic(family: str) -> str:
    return f"accepted.{family}"


REJECTED_TOPIC = "rejected"
DUPLICATES_TOPIC = "duplicates"
RECEIPTS_TOPIC = "receipts"
WINDOW_TOPIC = "internal.window"
"""Outcome topics have the raw topics' number of partitions; an outcome goes to its source's partition."""
