"""Referrals, waiting and readiness for discharge from a list of known events, in plain Python.

Written from the definitions at the heads of the views and in the reporting model, not from their SQL. `today` is the
Norwegian day of the time of which they tell.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import mean, median
from typing import Any

import fastavro
from told import SOUTH_EAST, Event, date_of, moment_of, share, who

from producers.simulate.config import OSLO
from schemas.catalog import latest

Row = dict[str, Any]
_DAY = timedelta(days=1)
_KINDS = ("admit", "class_change", "transfer", "leave_start", "leave_end", "discharge")


def place(event: Event, names: dict[str, str]) -> Row:
    """Whose figure it is. A specialist clinic or a practice is in no trust and, in these tables, in no region."""
    trust = names[event["reporter"]] if event["reporter"][0] == "9" else None
    return {
        "region": SOUTH_EAST if trust else None,
        "health_trust": trust,
        "reporter": event["reporter"],
        "reporter_name": trust,
        "unit": event["unit"],
        "unit_name": event["unit_name"],
    }


def referral(event: Event, names: dict[str, str], today: date) -> Row:
    dates = {
        name: date_of(event[name])
        for name in (
            "mottaksDato",
            "ansienDato",
            "vurdDato",
            "tildeltDato",
            "fristStartBehandling",
            "ventetidSluttDato",
        )
    }
    begin = dates["ansienDato"] or dates["mottaksDato"]
    end = dates["ventetidSluttDato"] or (dates["vurdDato"] if event.get("avvistKode") else None)
    waited = (end or today) - begin if begin else None
    days = waited.days if waited is not None and waited >= timedelta() else None
    deadline = dates["fristStartBehandling"]
    broken = None if deadline is None else min(end or today, today) > deadline
    broke_on = max(deadline + _DAY, begin) if broken and days is not None and deadline and begin else None
    return {
        **place(event, names),
        "subject_id": event["subject_id"],
        **{name: event[name] for name in ("henvisningsperiodeID", "henvID", "sector", "fagomrade", "debitor")},
        **{name: event[name] for name in ("henvType", "henvFraTjeneste", "frittBehandlingsvalg", "komNrHjem")},
        **who(event),
        **{name: dates[name] for name in ("mottaksDato", "ansienDato", "vurdDato", "tildeltDato")},
        "henvVurd": event["henvVurd"],
        "right": event["rettTilHelsehjelp"],
        "waiting_from": begin,
        "waited_until": end,
        "ended_with": event["ventetidSluttKode"],
        "days": days,
        "deadline": deadline,
        "deadline_broken": broken,
        "deadline_broken_on": broke_on,
        "postponed": 0,
        "postponed_for_capacity": 0,
        "flags": [] if days is not None else ["ends_before_it_begins" if begin else "no_beginning"],
        "repaired": event["repaired"],
        "received_at": moment_of(event["received_at"]),
        "known_at": moment_of(event["known_at"]),
    }


def referrals_daily(referrals: list[Row], moment: datetime) -> list[Row]:
    today = moment.astimezone(OSLO).date()
    grain = ("reporter", "unit", "fagomrade", "sector", "home_municipality", "sex", "age_group")
    cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for one in referrals:
        waits = one["days"] is not None
        happened = {one["mottaksDato"], one["vurdDato"]}
        happened |= {one["waiting_from"], one["waited_until"], one["deadline_broken_on"]} if waits else set()
        for day in happened - {None}:
            if day <= today:
                cells[(day, *(one[name] for name in grain))].append(one)

    def row(key: tuple[Any, ...], some: list[Row]) -> Row:
        day = key[0]
        waits = [one for one in some if one["days"] is not None]
        ended = [one for one in waits if one["waited_until"] == day]
        return {
            "day": day,
            **{name: some[0][name] for name in ("region", "health_trust", "reporter_name", "unit_name")},
            **dict(zip(grain, key[1:], strict=True)),
            "referrals": len(some),
            "received": sum(one["mottaksDato"] == day for one in some),
            "assessed": sum(one["vurdDato"] == day for one in some),
            "waiting_started": sum(one["waiting_from"] == day for one in waits),
            "ended": len(ended),
            "treated": sum(one["ended_with"] == "1" for one in ended),
            "ended_otherwise": sum(one["ended_with"] not in ("1", "-1", None) for one in ended),
            "deadline_broken": sum(one["deadline_broken_on"] == day for one in some),
            **_trust(some),
            "as_known_at": moment,
        }

    return [row(key, some) for key, some in cells.items()]


def waiting(referrals: list[Row], moment: datetime) -> list[Row]:
    today = moment.astimezone(OSLO).date()
    grain = ("reporter", "unit", "fagomrade")
    cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for one in referrals:
        if one["days"] is not None and one["waiting_from"] <= today:
            month = one["waiting_from"].replace(day=1)
            while month <= min(one["waited_until"] or today, today):
                cells[(month, *(one[name] for name in grain))].append(one)
                month = _next_month(month)

    def row(key: tuple[Any, ...], some: list[Row]) -> Row:
        month = key[0]
        seen_on = min(_next_month(month) - _DAY, today)
        over = [one for one in some if one["waited_until"] and one["waited_until"] <= seen_on]
        waits = [one for one in some if one not in over]
        waited = [one["days"] for one in over]
        so_far = [(seen_on - one["waiting_from"]).days for one in waits]
        late = [one for one in over if one["deadline"] and one["waited_until"] > one["deadline"]]
        late += [one for one in waits if one["deadline"] and seen_on > one["deadline"]]
        return {
            "month": month,
            **{name: some[0][name] for name in ("region", "health_trust", "reporter_name", "unit_name")},
            **dict(zip(grain, key[1:], strict=True)),
            "started": sum(one["waiting_from"].replace(day=1) == month for one in some),
            "ended": len(over),
            "treated": sum(one["ended_with"] == "1" for one in over),
            "waiting": len(waits),
            "median_days_waited": median(waited) if waited else None,
            "mean_days_waited": mean(waited) if waited else None,
            "median_days_waiting": median(so_far) if so_far else None,
            "deadline_broken": len(late),
            "postponed_for_capacity": 0,
            **_trust(some),
            "as_known_at": moment,
        }

    return [row(key, some) for key, some in cells.items()]


def ready(episodes: list[Event], movements: list[Event], names: dict[str, str], moment: datetime) -> list[Row]:
    """Stays that were reported ready for discharge; none is withdrawn in the simulation."""
    moved: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for movement in movements:
        moved[movement["reporter"], movement["episode_id"]].append(movement)
    found = []
    for stay in episodes:
        points = _ready_points(stay)
        if stay["omsorgsniva"] != "1" or not points:
            continue
        steps = sorted(moved[stay["reporter"], stay["subject_id"]], key=_order)
        behind = [stay, *steps]
        ended = moment_of(_end(stay, steps))
        until = min(ended or moment, moment)
        became = moment_of(max(min(points), stay["innDatoTid"]))
        assert became
        ready_day = became.astimezone(OSLO).date()
        lay = max(0, (until.astimezone(OSLO).date() - ready_day).days)
        nights = [ready_day + n * _DAY for n in range(lay)]
        found.append(
            {
                **place(stay, names),
                "subject_id": stay["subject_id"],
                **who(stay),
                "home_county": stay["komNrHjem"][:2],
                "innDatoTid": moment_of(stay["innDatoTid"]),
                "discharged_at": ended,
                "until": until,
                "periods": [(became, until)],
                "ready_at": became,
                "ready_day": ready_day,
                "withdrawn_at": None,
                "nights": nights,
                "days": len(nights),
                "repaired": stay["repaired"],
                "received_at": moment_of(max(event["received_at"] for event in behind)),
                "known_at": moment_of(max(event["known_at"] for event in behind)),
                "_person": stay["_person"],
            }
        )
    return found


def ready_daily(stays: list[Row], moment: datetime) -> list[Row]:
    grain = ("reporter", "unit", "home_municipality", "sex", "age_group")
    cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for stay in stays:
        for night in stay["nights"]:
            cells[(night, *(stay[name] for name in grain))].append(stay)
    return [
        {
            "day": key[0],
            **{name: some[0][name] for name in ("region", "health_trust", "reporter_name")},
            "unit_name": max(stay["unit_name"] for stay in some),
            **dict(zip(grain, key[1:], strict=True)),
            "bed_days": len(some),
            "became_ready": sum(stay["ready_day"] == key[0] for stay in some),
            **_trust(some),
            "as_known_at": moment,
        }
        for key, some in cells.items()
    ]


def _end(stay: Event, steps: list[Event]) -> int | None:
    """The discharge that is the last movement; where there is none at all, what the episode says, then the last one."""
    if steps and steps[-1]["movement_type"] == "discharge":
        return int(steps[-1]["occurred_at"])
    if stay["utDatoTid"] is not None and not any(step["movement_type"] == "discharge" for step in steps):
        return int(stay["utDatoTid"])
    return steps[-1]["utDatoTid"] if steps else None


def _order(movement: Event) -> tuple[int, int, int]:
    return movement["occurred_at"], _KINDS.index(movement["movement_type"]), movement["registered_at"]


def _ready_points(stay: Event) -> list[int]:
    if not stay.get("tidspunkter"):
        return []
    [kind] = [field["type"] for field in latest("raw.episode").definition["fields"] if field["name"] == "tidspunkter"]
    points = fastavro.schemaless_reader(io.BytesIO(stay["tidspunkter"]), kind, None)
    return [_ms(point["tidspunkt"]) for point in points if point["typeTidspunkt"] == "2"]


def _ms(value: Any) -> int:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else int(value)


def _trust(some: Iterable[Row]) -> Row:
    rows = list(some)
    return {
        "repaired_share": share(sum(row["repaired"] for row in rows), len(rows)),
        "imputed_share": 0.0,
        "updated_at": max(row["received_at"] for row in rows),
    }


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
