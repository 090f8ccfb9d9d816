"""What a figure rests on: the row of the view, the events behind it, and the rules and reference tables they met.

The events come from the relations `explain_<view>` of the warehouse, which analysts can query themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from helsepuls.explained_views import VIEWS
from producers.times import OSLO
from schemas.rules.catalogue import message


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


_FLAGGED: Final = {"episode": "stay", "movement": "stay", "referral": "referral", "service": "notification"}
"""Families whose events are shown with flags, and what these are of."""


@dataclass(frozen=True)
class Explained:
    """`figures`: rows of the view for this unit. `events`: rows of its `explain_` relation, newest first. `rules`: the
    rules that these events broke without being refused. `imputed`: in words, what no event of the time says."""

    view: str
    figures: list[dict[str, Any]]
    events: list[dict[str, Any]]
    rules: list[dict[str, str]]
    rules_releases: list[str]
    reference_releases: list[str]
    imputed: list[str] = field(default_factory=list)


def explain(warehouse: Asks, view: str, unit: str, at: datetime, known_at: datetime) -> Explained:
    """What `view` says of the unit at a time (or of its day), as known at a time; without figures and events when it
    says nothing. `unit`: as the view names it; of a register also the reporter or the municipality.

    Raises KeyError for a view that has no such relation, and what the warehouse raises.
    """
    asked = VIEWS[view]
    time = f"{at.astimezone(OSLO):%Y-%m-%d}" if asked.by_day else _text(at)
    given = {"unit": unit, "at": time, "known_at": _text(known_at)}
    figures = warehouse.records(f"SELECT * FROM {asked.figures}", given)  # noqa: S608
    events = warehouse.records(
        f"SELECT * FROM {asked.events} ORDER BY occurred_at DESC, known_at DESC, event_id",  # noqa: S608
        given,
    )
    broken = {(p["code"], p["severity"], p["field"]) for event in events for p in event["problems"]}
    return Explained(
        view,
        figures,
        events,
        [{"code": c, "severity": s, "field": f, "rule": message(c, f)} for c, s, f in sorted(broken)],
        sorted({event["rules_release"] for event in events}),
        sorted({event["reference_release"] for event in events}),
        [*_carried(events), *_flagged(events)],
    )


def _carried(events: list[dict[str, Any]]) -> list[str]:
    return [
        f"{event['what']}: {event['patients']} is carried forward, the unit has no figure of its own for the day"
        for event in events
        if event["role"] == "carried_forward"
    ]


def _flagged(events: list[dict[str, Any]]) -> list[str]:
    found = {(_subject(event), flag) for event in events for flag in event["flags"]}
    return [f"{subject}: {flag.replace('_', ' ')}" for subject, flag in sorted(found)]


def _subject(event: dict[str, Any]) -> str:
    """What has the flags, in words: the stay that an episode or a movement is of, else what the event tells of."""
    return f"{_FLAGGED[event['family']]} {event['subject_id'].split('/')[0]}"


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
