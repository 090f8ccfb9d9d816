"""Which days are to be closed at an instant. A day is a day of the Norwegian calendar, of 23, 24 or 25 hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.errors import Fatal

ZONE: Final = ZoneInfo("Europe/Oslo")
_DAY: Final = timedelta(days=1)


def due_at(day: date, at: time) -> datetime:
    """When the day is closed: at that time of the next day."""
    return datetime.combine(day + _DAY, at, ZONE).astimezone(UTC)


def last_due(now: datetime, at: time) -> date:
    """The last day whose time to close has come."""
    yesterday = now.astimezone(ZONE).date() - _DAY
    return yesterday if due_at(yesterday, at) <= now else yesterday - _DAY


def missed(closed: Mapping[date, datetime], now: datetime, at: time) -> list[date]:
    """The days to close, oldest first: those after the first one that was closed that are not; where none is, the last
    due. `closed`: the closed days, and when they were.

    The first in time, not in the calendar: a day of years ago that somebody closes by hand is no beginning.
    """
    end = last_due(now, at)
    begin = min(closed, key=lambda day: (closed[day], day), default=end)
    days = (begin + number * _DAY for number in range((end - begin).days + 1))
    return [day for day in days if day not in closed]


def refuse_early(day: date, now: datetime, at: time) -> None:
    """Raises Fatal for a day whose time has not come."""
    if day > last_due(now, at):
        raise Fatal(
            f"{day} cannot be closed yet: it is closed from {at:%H:%M} on {day + _DAY} on (Norwegian time); "
            f"the last day that can be is {last_due(now, at)}"
        )
