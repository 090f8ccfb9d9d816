"""What the cases of the NPR views share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

OSLO: Final = ZoneInfo("Europe/Oslo")
TRUST: Final = {
    "reporter": "983971636",
    "reporter_name": "Ahus",
    "health_trust": "Ahus HF",
    "region": "Helse Sør-Øst RHF",
}
"""A reporter with its places."""


def oslo(day: int, hour: int = 12, month: int = 3) -> datetime:
    """A Norwegian hour of 2026."""
    return datetime(2026, month, day, hour, tzinfo=OSLO).astimezone(UTC)


def at(moment: datetime) -> str:
    """The argument of a view with a time."""
    return f"(at = '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}')"
