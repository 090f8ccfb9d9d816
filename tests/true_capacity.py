"""Reported capacity at a time by level, from a list of known events, in plain Python, from the head of the view."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from told import SOUTH_EAST, Event, day_of, moment_of

Row = dict[str, Any]
LEVELS: Final = ("nation", "region", "trust", "unit")
_STOCKS: Final = ("physical", "staffed", "occupied", "available", "blocked", "surge_24h", "surge_72h", "reserve_7d")
_FLOWS: Final = (
    *("admissions", "discharges", "transfers_in", "transfers_out", "ed_arrivals", "ed_boarding", "utskrivningsklar"),
    *("ambulance_handover_over30", "ambulance_handover_over60"),
)
_STATUSES: Final = ("regular", "partial", "limited", "closed", "unknown")
_NEVER: Final = {
    **{
        f"blocked_{reason}": None
        for reason in ("personnel", "room", "equipment", "material", "infection", "maintenance")
    },
    **{"blocked_reasons_units": 0, "constraints": [], "areas": None, "areas_units": 0},
    **{"on_call": None, "on_call_units": 0, "on_call_gaps": None},
    **{"staff_absent": None, "staff_absent_units": 0, "staff_absence": None},
}
"""What no simulated unit tells."""


def capacity(events: list[Event], level: str, moment: datetime, names: dict[str, str]) -> list[Row]:
    """`moment`: asked of, and known at."""
    newest: dict[tuple[str, ...], Event] = {}
    for event in events:
        if _at(event) <= moment and _at(event) > moment - timedelta(days=365):
            cell = tuple(event[name] for name in ("reporter", "unit", "resource", "category"))
            if cell not in newest or event["as_of"] > newest[cell]["as_of"]:
                newest[cell] = event
    places: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    for event in newest.values():
        places[(*_place(event, level, names), event["resource"], event["category"])].append(event)
    return [_row(key, some, level, moment) for key, some in places.items()]


def _place(event: Event, level: str, names: dict[str, str]) -> tuple[Any, ...]:
    depth = LEVELS.index(level)
    return (
        SOUTH_EAST if depth >= 1 else None,
        names[event["reporter"]] if depth >= 2 else None,
        event["reporter"] if depth == 3 else None,
        event["unit"] if depth == 3 else None,
    )


def _row(key: tuple[Any, ...], every: list[Event], level: str, moment: datetime) -> Row:
    some = [event for event in every if _at(event) > moment - timedelta(days=28)]
    today = [event for event in some if day_of(event["as_of"]) == day_of(_ms(moment))]
    imputed = [event for event in some if event not in today or event["origin"] == "imputed"]
    row: Row = {
        **dict(zip(("region", "trust", "reporter", "unit", "resource", "category"), key, strict=True)),
        "unit_name": every[0]["unit_name"] if level == "unit" else None,
        "units_expected": len(some),
        "units_gone": len(every) - len(some),
        "units_reporting": len(today),
        "imputed": len(imputed),
        "imputed_share": len(imputed) / len(some) if some else None,
        **_NEVER,
    }
    for name in _STOCKS:
        row[name], row[f"{name}_units"] = _sum([event.get(name) for event in some])
    for name in _FLOWS:
        row[name], row[f"{name}_units"] = _sum([event.get(name) for event in today])
    row["net_flow"], row["net_flow_units"] = _sum([_net(event) for event in today])
    both = [event for event in some if event["staffed"] and event["occupied"] is not None]
    row["occupancy"] = sum(e["occupied"] for e in both) / sum(e["staffed"] for e in both) if both else None
    row["occupancy_units"] = len(both)
    row["surge_in_use"], _ = _sum([max(0, event["occupied"] - event["staffed"]) for event in some])
    said = [event["status"] for event in some if event["status"]]
    row["status_units"] = len(said)
    row |= {f"status_{one}": said.count(one) if said else None for one in _STATUSES}
    row["minutes_since_last_event"] = min(_age(event, moment) for event in every)
    row["oldest_minutes"] = max((_age(event, moment) for event in some), default=None)
    row["repaired_share"] = sum(event["repaired"] for event in some) / len(some) if some else None
    row["updated_at"] = moment_of(max(event["received_at"] for event in every))
    row["as_known_at"] = moment
    return row


def _net(event: Event) -> int | None:
    flows = [event.get(name) for name in _FLOWS[:4]]
    if None in flows:
        return None
    came, left, moved_in, moved_out = flows
    return came + moved_in - left - moved_out  # type: ignore[operator]


def _sum(values: list[Any]) -> tuple[int | None, int]:
    given = [value for value in values if value is not None]
    return (sum(given) if given else None), len(given)


def _at(event: Event) -> datetime:
    moment = moment_of(event["as_of"])
    assert moment
    return moment


def _age(event: Event, moment: datetime) -> int:
    """The minutes that the clock has turned since: at 08:00, of 07:59:30, one."""
    return int(_ms(moment) // 60_000 - event["as_of"] // 60_000)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
