"""What is simulated, and its calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Shares = dict[str, float]


@dataclass(frozen=True)
class SimulationConfig:
    """Everything the events depend on. Shares are of all events, from 0 to 1. Raises ValueError when out of range."""

    reporters: int
    days: int
    seed: int
    start: date
    """First local day (Europe/Oslo); the last is `start + days - 1`."""
    duplicates: float = 0.0
    """Share of events that are sent again, byte for byte."""
    invalid: float = 0.0
    """Share of events first sent with a fault; refused ones are mended and sent again under the same id."""
    late: float = 0.0
    """Share of events sent hours after they happened."""
    corrections: float = 0.0
    """Share of events that are amended, or cancelled because they never happened."""

    def __post_init__(self) -> None:
        if not 1 <= self.reporters <= MAX_REPORTERS:
            raise ValueError(f"reporters must be from 1 to {MAX_REPORTERS}")
        if self.days < 1:
            raise ValueError("days must be at least 1")
        if self.start < EARLIEST:
            raise ValueError(f"start must be {EARLIEST} or later: the municipalities and trusts are today's")
        if self.seed < 0:
            raise ValueError("seed must not be negative")
        for name in ("duplicates", "invalid", "late", "corrections"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be a share from 0 to 1")

    @property
    def tag(self) -> str:
        """Five characters in every id of this simulation's subjects, so that two simulations do not overwrite each
        other. Other shares of faults are the same simulation."""
        world = f"{self.reporters}/{self.days}/{self.seed}/{self.start}"
        return f"{crc32(world.encode()):08x}"[:5]

    @property
    def end_ms(self) -> int:
        return midnight_ms(self.start + timedelta(days=self.days))


_LAST_HOUR = 23
_EVENTS_OF_BLOCK = 40_000
_EVENTS_OF_TRUSTS = 1_000
MAX_REPORTERS = 20_000
EARLIEST = date(2024, 1, 1)


class Hour(NamedTuple):
    """One hour of the simulation; times are UTC milliseconds, `day`, `local_hour` and `weekday` (0 Monday) local."""

    number: int
    start: int
    end: int
    day: date
    local_hour: int
    weekday: int

    @property
    def last_of_day(self) -> bool:
        return self.local_hour == _LAST_HOUR


def hours(config: SimulationConfig) -> Iterator[Hour]:
    """The hours from the first local midnight to the last; 23 or 25 of them when the clocks change."""
    first = midnight_ms(config.start)
    for number, start in enumerate(range(first, config.end_ms, HOUR_MS)):
        local = datetime.fromtimestamp(start / 1000, OSLO)
        yield Hour(number, start, start + HOUR_MS, local.date(), local.hour, local.weekday())


def blocks(config: SimulationConfig) -> Iterator[list[Hour]]:
    """The hours in blocks of one day at most: as many as give some ten thousand events, so that work in columns pays
    and memory stays bounded."""
    length = max(1, min(24, _EVENTS_OF_BLOCK // (_EVENTS_OF_TRUSTS + 2 * config.reporters)))
    block: list[Hour] = []
    for hour in hours(config):
        block.append(hour)
        if len(block) == length or hour.last_of_day:
            yield block
            block = []


def midnight_ms(day: date) -> int:
    """UTC milliseconds of the local midnight that begins `day`."""
    return int(datetime.combine(day, time(), OSLO).timestamp() * 1000)


def epoch_day(day: date) -> int:
    """Days since 1970, as Avro's `date` counts."""
    return day.toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()
