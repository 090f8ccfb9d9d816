"""What a figure rests on: the row of the view, the events behind it, and the rules and reference tables they met.

The events come from the relations `explain_<view>` of the warehouse, which analysts can query themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from producers.times import OSLO
from schemas.rules import catalogue


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


_AT: Final = "at = {at:String}, known_at = {known_at:String}"
_CENSUS: Final = "level = 'unit', from = {at:String}, to = {at:String}, known_at = {known_at:String}"
_EVENTS: Final = {
    "preparedness_occupancy": "explain_preparedness_occupancy",
    "preparedness_reconciled": "explain_preparedness_occupancy",
    "preparedness_census": "explain_preparedness_census",
}
_FIGURE: Final = {
    "preparedness_occupancy": f"preparedness_occupancy_known_at({_AT})",
    "preparedness_reconciled": f"preparedness_reconciled_known_at({_AT})",
    "preparedness_census": f"preparedness_census({_CENSUS})",
}


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
    """What `view` says of the unit at a time, as known at a time. Without figures and events when it says nothing.

    Raises KeyError for a view that has no such relation, and what the warehouse raises.
    """
    # the census counts Norwegian dates
    time = f"{at.astimezone(OSLO):%Y-%m-%d}" if view == "preparedness_census" else _text(at)
    given = {"unit": unit, "at": time, "known_at": _text(known_at)}
    figures = warehouse.records(f"SELECT * FROM {_FIGURE[view]} WHERE unit = {{unit:String}}", given)  # noqa: S608
    events = warehouse.records(
        f"SELECT * FROM {_EVENTS[view]}(unit = {{unit:String}}, {_AT}) "  # noqa: S608
        "ORDER BY occurred_at DESC, known_at DESC, event_id",
        given,
    )
    broken = {(p["code"], p["severity"], p["field"]) for event in events for p in event["problems"]}
    texts = {rule.code: rule.texts["en"] for rule in catalogue()}
    return Explained(
        view,
        figures,
        events,
        [{"code": c, "severity": s, "field": f, "rule": texts.get(c, "")} for c, s, f in sorted(broken)],
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
    found = sorted({(event["subject_id"].split("/")[0], flag) for event in events for flag in event["flags"]})
    return [f"stay {stay}: {flag.replace('_', ' ')}" for stay, flag in found]


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
