"""What a figure rests on: the row of the view, the events behind it, and the rules and reference tables they met.

The events come from the relations `explain_<view>` of the warehouse, which analysts can query themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from producers.times import OSLO
from schemas.rules.catalogue import message


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


_AT: Final = "at = {at:String}, known_at = {known_at:String}"
_UNIT: Final = "level = 'unit', "
_THE_UNIT: Final = "unit = {unit:String}"
_THE_DAY: Final = "day = toDate32({at:String})"
_THE_MONTH: Final = "month = toStartOfMonth(toDate32({at:String}))"


@dataclass(frozen=True)
class _View:
    """Where a view's figure of a unit stands, as known at a time; `events`: the relation of the events behind it.
    `by_day`: the time is a Norwegian date."""

    figures: str
    events: str
    by_day: bool = False

    @classmethod
    def of_register(cls, name: str, place: str, time: str = _THE_DAY, *, reporter: bool = True) -> _View:
        places = (place, "reporter") if reporter else (place,)
        where = f"{time} AND ({' OR '.join(f'{one} = {{unit:String}}' for one in places)})"
        return cls(f"{name}_known_at(at = {{known_at:String}}) WHERE {where}", f"explain_{name}", by_day=True)

    @classmethod
    def of_level(cls, name: str, level: str, place: str) -> _View:
        """A register's figures by level, of the level whose places a daily row names."""
        days = "from = {at:String}, to = {at:String}, at = {known_at:String}"
        figures = f"{name}_by_level_known_at(level = '{level}', {days}) WHERE {place} = {{unit:String}}"
        return cls(figures, f"explain_{name}_daily", by_day=True)


_CENSUS: Final = f"{_UNIT}from = {{at:String}}, to = {{at:String}}, known_at = {{known_at:String}}"
VIEWS: Final = {
    "preparedness_occupancy": _View(
        f"preparedness_occupancy_known_at({_AT}) WHERE {_THE_UNIT}", "explain_preparedness_occupancy"
    ),
    "preparedness_reconciled": _View(
        f"preparedness_reconciled_known_at({_AT}) WHERE {_THE_UNIT}", "explain_preparedness_occupancy"
    ),
    "preparedness_capacity": _View(
        f"preparedness_capacity_known_at({_UNIT}{_AT}) WHERE {_THE_UNIT}", "explain_preparedness_capacity"
    ),
    "preparedness_census": _View(
        f"preparedness_census({_CENSUS}) WHERE {_THE_UNIT}", "explain_preparedness_census", by_day=True
    ),
    "npr_contacts_daily": _View.of_register("npr_contacts_daily", "unit"),
    "npr_stays_daily": _View.of_register("npr_stays_daily", "unit"),
    "npr_discharge_ready_daily": _View.of_register("npr_discharge_ready_daily", "unit"),
    "npr_referrals_daily": _View.of_register("npr_referrals_daily", "unit"),
    "npr_waiting": _View.of_register("npr_waiting", "unit", _THE_MONTH),
    "kpr_services_daily": _View.of_register("kpr_services_daily", "kommuneNr"),
    "kpr_consultations_daily": _View.of_register("kpr_consultations_daily", "kommuneNr"),
    "kpr_kad_daily": _View.of_register("kpr_kad_daily", "kommuneNr", reporter=False),
    **{
        f"{name}_by_level": _View.of_level(name, "unit", "unit")
        for name in ("npr_contacts", "npr_stays", "npr_discharge_ready", "npr_referrals")
    },
    **{
        f"{name}_by_level": _View.of_level(name, "municipality", "kommuneNr")
        for name in ("kpr_services", "kpr_consultations", "kpr_kad")
    },
}
"""What can be explained."""


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
        f"SELECT * FROM {asked.events}({_THE_UNIT}, {_AT}) "  # noqa: S608
        "ORDER BY occurred_at DESC, known_at DESC, event_id",
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
    found = sorted({(event["subject_id"].split("/")[0], flag) for event in events for flag in event["flags"]})
    return [f"stay {stay}: {flag.replace('_', ' ')}" for stay, flag in found]


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
