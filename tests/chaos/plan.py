"""Which faults come in which round. The same for the same seed and number of rounds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .clock import COMPILER
from .faults import FAULTS

STAGES = ("local", "cluster")
NEEDS_COMPILER = "clock set back an hour"
_EACH = 2
"""In how many rounds every fault is alone, when there are rounds enough."""
_SECOND = 0.5
"""Share of the other rounds that have two faults."""


@dataclass(frozen=True)
class Round:
    """`number` counts from 1 and decides who reports, `seed` everything that is left to chance."""

    number: int
    seed: int
    stage: str
    faults: tuple[str, ...]


def possible() -> list[str]:
    """The faults that can be done on this machine."""
    return [name for name in FAULTS if COMPILER or name != NEEDS_COMPILER]


def plan(seed: int, rounds: int) -> list[Round]:
    """Rounds of the local stack first, then those of the cluster, so that each is started once.

    Every fault comes alone twice, where there are rounds enough for that; what is left has faults by chance, half of it
    two.
    """
    chance = Random(seed)
    names = possible()
    alone = names * _EACH if rounds >= _EACH * len(names) else []
    chosen = [(FAULTS[name].stages[0], (name,)) for name in alone]
    chosen += [_by_chance(chance, names) for _ in range(rounds - len(chosen))]
    chance.shuffle(chosen)
    chosen.sort(key=lambda one: one[0] != "local")
    return [
        Round(number, chance.getrandbits(31), stage, faults) for number, (stage, faults) in enumerate(chosen, start=1)
    ]


def _by_chance(chance: Random, names: list[str]) -> tuple[str, tuple[str, ...]]:
    first = chance.choice(names)
    stage = chance.choice(FAULTS[first].stages)
    if chance.random() >= _SECOND:
        return stage, (first,)
    second = chance.choice([name for name in names if stage in FAULTS[name].stages and name != first])
    return stage, (first, second)


def short(seed: int) -> list[Round]:
    """A round on each stage with half of its faults, in an order by chance; the next seed has the other half."""
    chance = Random(seed)
    rounds = []
    for number, stage in enumerate(STAGES, start=1):
        faults = [name for name in possible() if FAULTS[name].stages[0] == stage][seed % 2 :: 2]
        chance.shuffle(faults)
        rounds.append(Round(number, chance.getrandbits(31), stage, tuple(faults)))
    return rounds
