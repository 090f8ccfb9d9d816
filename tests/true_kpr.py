"""Municipal services, municipal acute beds and the way from hospital to municipality from a list of known events, in
plain Python, from the definitions at the heads of the views.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from told import Event, age_group, date_of, day_of, home, moment_of, sex, share

from producers.simulate.config import OSLO

Row = dict[str, Any]
_DAY = timedelta(days=1)
_FOLLOWS_WITHIN = 30
_ACUTE_BED = "25"


def services(events: list[Event], moment: datetime) -> list[Row]:
    changes: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        changes[event["reporter"], event["tjenesteID"]].append(event)
    today = moment.astimezone(OSLO).date()
    return [_service(some, today) for some in changes.values()]


def _service(changes: list[Event], today: date) -> Row:
    changes = sorted(changes, key=lambda event: (event["hendelseDato"], event["registered_at"]))
    dated = [(event["hendelse"], event["midlertidigStoppID"], _on(event)) for event in changes]
    starts = [day for what, _, day in dated if what == "TjenesteStart"]
    ends = [day for what, _, day in dated if what == "TjenesteSlutt"]
    started, ended = min(starts, default=None), max(ends, default=None)
    stops = [(number, day) for what, number, day in dated if what == "MidlertidigStoppFra"]
    resumes = [(number, day) for what, number, day in dated if what == "MidlertidigStoppTil"]
    pauses = sorted(
        (day, min((later for same, later in resumes if same == number and later >= day), default=None))
        for number, day in stops
    )
    flags = {
        "no_start": started is None,
        "ends_before_it_starts": started is not None and ended is not None and ended < started,
        "several_starts": len(starts) > 1,
        "resumed_without_pause": bool({number for number, _ in resumes} - {number for number, _ in stops}),
    }
    homes = [place for place in map(home, changes) if place]
    return {
        "region": None,
        "reporter": changes[0]["reporter"],
        "reporter_name": None,
        "kommuneNr": changes[-1]["kommuneNr"],
        "tjenesteID": changes[0]["tjenesteID"],
        "tjenesteType": changes[-1]["tjenesteType"],
        "provider": changes[-1]["tjenesteOrgNr"],
        "home_municipality": homes[-1] if homes else None,
        "sex": sex(changes[-1]["_person"]),
        "age_group": age_group(changes[-1]),
        "started_on": started,
        "ended_on": ended,
        "pauses": pauses,
        "state": _state(started, ended, pauses, today),
        "flags": [flag for flag, holds in flags.items() if holds],
        "repaired": any(event["repaired"] for event in changes),
        "received_at": moment_of(max(event["received_at"] for event in changes)),
        "known_at": moment_of(max(event["known_at"] for event in changes)),
        "_person": changes[-1]["_person"],
    }


def _state(started: date | None, ended: date | None, pauses: list[tuple[date, date | None]], today: date) -> str:
    if started is None:
        return "unknown"
    if started > today:
        return "planned"
    if ended and ended <= today:
        return "ended"
    return "paused" if _paused(pauses, today) else "active"


def _paused(pauses: list[tuple[date, date | None]], day: date) -> bool:
    return any(begin <= day and (end is None or end > day) for begin, end in pauses)


def _on(event: Event) -> date:
    day = date_of(event["hendelseDato"])
    assert day
    return day


def active_at(rows: list[Row], day: date) -> list[Row]:
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["started_on"] and row["started_on"] <= day and (row["ended_on"] is None or row["ended_on"] > day):
            cells[row["kommuneNr"], row["tjenesteType"]].append(row)
    return [
        {
            "kommuneNr": key[0],
            "tjenesteType": key[1],
            "active": sum(not _paused(row["pauses"], day) for row in some),
            "paused": sum(_paused(row["pauses"], day) for row in some),
            "persons": len({row["_person"] for row in some}),
            "flagged": sum(bool(row["flags"]) for row in some),
            **_trust(some),
        }
        for key, some in cells.items()
    ]


def kad(rows: list[Row], moment: datetime) -> list[Row]:
    today = moment.astimezone(OSLO).date()
    found = []
    for row in rows:
        if row["tjenesteType"] == _ACUTE_BED:
            begin, end = row["started_on"], row["ended_on"]
            counts = begin and begin <= today and (end is None or end >= begin)
            nights = (min(end or today, today) - begin).days if counts else None
            found.append({**{k: v for k, v in row.items() if k not in ("tjenesteType", "pauses")}, "nights": nights})
    return found


def kad_daily(stays: list[Row], moment: datetime) -> list[Row]:
    grain = ("kommuneNr", "home_municipality", "sex", "age_group")
    cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for stay in stays:
        for n in range((stay["nights"] or 0) + 1 if stay["nights"] is not None else 0):
            cells[(stay["started_on"] + n * _DAY, *(stay[name] for name in grain))].append(stay)

    def row(key: tuple[Any, ...], some: list[Row]) -> Row:
        inside = [stay for stay in some if stay["ended_on"] is None or key[0] < stay["ended_on"]]
        return {
            "day": key[0],
            **dict(zip(grain, key[1:], strict=True)),
            "started": sum(stay["started_on"] == key[0] for stay in some),
            "ended": sum(stay["ended_on"] == key[0] for stay in some),
            "occupied": len(inside),
            "persons": len({stay["_person"] for stay in inside}),
            **_trust(some),
            "as_known_at": moment,
        }

    return [row(key, some) for key, some in cells.items()]


def pathways(ready: list[Row], rows: list[Row], present: Mapping[int, int]) -> list[Row]:
    """`present`: of an identity that was merged into another, whose it is now."""
    starts: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["started_on"]:
            starts[present.get(row["_person"], row["_person"])].append(row)
    found = []
    for stay in ready:
        person = present.get(stay["_person"], stay["_person"])
        within = [row for row in starts[person] if 0 <= (row["started_on"] - stay["ready_day"]).days <= _FOLLOWS_WITHIN]
        first = min(within, key=lambda row: (row["started_on"], row["tjenesteType"]), default=None)
        admitted, left = _day(stay["innDatoTid"]), _day(stay["discharged_at"])
        began = first["started_on"] if first else None
        found.append(
            {
                **{name: stay[name] for name in ("region", "health_trust", "reporter", "reporter_name", "unit")},
                **{name: stay[name] for name in ("subject_id", "home_municipality", "sex", "age_group", "repaired")},
                "merged": stay["_person"] in present or bool(first and first["_person"] in present),
                "admitted_on": admitted,
                "ready_on": stay["ready_day"],
                "discharged_on": left,
                "service_started_on": began,
                "service_type": first["tjenesteType"] if first else None,
                "service_municipality": first["kommuneNr"] if first else None,
                "days_admitted_to_ready": _between(admitted, stay["ready_day"]),
                "days_ready_to_discharge": _between(stay["ready_day"], left),
                "days_ready_to_service": _between(stay["ready_day"], began),
                "days_discharge_to_service": _between(left, began),
                "updated_at": max(stay["received_at"], first["received_at"]) if first else stay["received_at"],
            }
        )
    return found


def _between(first: date | None, then: date | None) -> int | None:
    return (then - first).days if first and then else None


def _day(moment: datetime | None) -> date | None:
    return day_of(round(moment.timestamp() * 1000)) if moment else None


def _trust(some: list[Row]) -> Row:
    return {
        "repaired_share": share(sum(row["repaired"] for row in some), len(some)),
        "imputed_share": 0.0,
        "updated_at": max(row["received_at"] for row in some),
    }
