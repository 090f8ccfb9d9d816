"""Which days are to be closed at an instant. A day is a day of the Norwegian calendar, of 23, 24 or 25 hours."""

from __future__ import annotations

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


def missed(last_closed: date | None, now: datetime, at: time) -> list[date]:
    """The days to close, oldest first: from the day after the last closed one; where none is closed, the last due."""
    end = last_due(now, at)
    begin = end if last_closed is None else last_closed + _DAY
    return [begin + number * _DAY for number in range((end - begin).days + 1)]


def refuse_early(day: date, now: datetime, at: time) -> None:
    """Raises Fatal for a day whose time has not come."""
    if day > last_due(now, at):
        raise Fatal(
            f"{day} cannot be closed yet: it is closed from {at:%H:%M} on {day + _DAY} on (Norwegian time); "
            f"the last day that can be is {last_due(now, at)}"
        )
