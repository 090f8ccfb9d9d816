"""What a round sends, and what must come of it: a simulated world whose reporters no other round has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from producers.encode import Message
from producers.simulate.config import SimulationConfig
from producers.simulate.organisations import organisations
from producers.simulate.simulation import Simulation
from schemas.types import raw_topic

REPORTERS = 4
_DISTURBED = {"duplicates": 0.02, "invalid": 0.03, "late": 0.02, "corrections": 0.03}
_SERIES = 81_000_000
"""First eight digits of the reporters' numbers; the simulator's own begin with 80, real ones with 8 or 9 and are
others."""
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


class Load(NamedTuple):
    """A round's world: the same for the same seed and number, also in another process on the same day."""

    seed: int
    number: int
    """Of the round; decides who reports."""
    start: date

    @property
    def config(self) -> SimulationConfig:
        return SimulationConfig(REPORTERS, 1, self.seed, self.start, **_DISTURBED)

    @property
    def reporters(self) -> dict[str, str]:
        """The simulator's reporter → this round's."""
        simulated = organisations(REPORTERS, self.start).reporters.get_column("orgnr").to_list()
        return dict(zip(simulated, _orgnrs(self.number * REPORTERS, REPORTERS), strict=True))


def load(seed: int, number: int) -> Load:
    """The world of round `number`, of three days ago."""
    return Load(seed, number, (datetime.now(UTC) - timedelta(days=3)).date())


def messages(world: Load) -> tuple[Iterator[Message], Simulation]:
    """What is sent, in order. The simulation's truth is complete once all has been taken."""
    simulation = Simulation(world.config)
    return _rebadged(simulation, world.reporters), simulation


def _rebadged(simulation: Simulation, reporters: dict[str, str]) -> Iterator[Message]:
    """A number is replaced by one of the same length, wherever it stands: the datum stays what it was otherwise."""
    names = {old.encode(): new.encode() for old, new in reporters.items()}
    pattern = re.compile(b"|".join(names))
    for batch in simulation:
        for key, value, event_id in zip(batch.keys, batch.values, batch.event_ids, strict=True):
            own = [pattern.sub(lambda found: names[found[0]], text) for text in (key, value)]
            yield Message(raw_topic(batch.family), own[0], own[1], event_id)


@dataclass(frozen=True)
class Expected:
    """The truth of one round."""

    sent: Counter[bytes]
    """Value → how often the simulator sends it."""
    events: int
    outcomes: dict[str, dict[str, int]]
    """Family → outcome → events, when each is sent as often as simulated."""
    codes: dict[str, int]
    """Code → events that break it."""
    subjects: dict[str, int]
    daily: dict[tuple[str, str, str], int]
    """Family, day, kind → events of the current state."""
    beds: dict[tuple[str, str, str], int]
    """Reporter, ward, hour (ISO, UTC) → patients."""
    hours: list[str]
    reporters: list[str]


def expected(world: Load) -> Expected:
    """Runs the simulation once to know all of it."""
    stream, simulation = messages(world)
    sent = Counter(message.value for message in stream)
    truth: dict[str, Any] = simulation.truth.document()
    names = world.reporters
    hours = truth["occupancy"]["hours"]
    return Expected(
        sent=sent,
        events=truth["events"],
        outcomes={
            family: {outcome: told[outcome] for outcome in ("accepted", "rejected", "duplicate")}
            for family, told in truth["families"].items()
        },
        codes={code: told["events"] for code, told in truth["codes"].items()},
        subjects={family: told["subjects"] for family, told in truth["families"].items()},
        daily={(told["family"], told["date"], told["kind"]): told["events"] for told in truth["daily"]},
        beds={
            (names[ward["reporter"]], ward["ward"], hour): patients
            for ward in truth["occupancy"]["wards"]
            for hour, patients in zip(hours, ward["occupied"], strict=True)
        },
        hours=hours,
        reporters=sorted(names.values()),
    )


def _orgnrs(first: int, count: int) -> list[str]:
    """Valid organisation numbers, `count` from place `first` of the series on."""
    found: list[str] = []
    body = _SERIES
    while len(found) < first + count:
        digits = [int(digit) for digit in str(body)]
        control = -sum(d * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11
        if control < 10:
            found.append(f"{body}{control}")
        body += 1
    return found[first:]
