"""Which faults come in which round. The same for the same seed and number of rounds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from random import Random

from .clock import COMPILER
from .faults import FAULTS

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

    Every fault comes alone twice; what is left has faults by chance, half of it two. With fewer rounds than that
    takes, as many faults as possible come at least once, in pairs where it is needed.
    """
    chance = Random(seed)
    names = possible()
    if rounds >= _EACH * len(names):
        chosen = [(FAULTS[name].stages[0], (name,)) for name in names * _EACH]
        chosen += [_by_chance(chance, names) for _ in range(rounds - len(chosen))]
    else:
        chosen = _packed(chance, names, rounds)
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


def _packed(chance: Random, names: list[str], rounds: int) -> list[tuple[str, tuple[str, ...]]]:
    """One round of the cluster at most; the others share the faults of the local stack."""
    by_stage = {stage: [n for n in names if FAULTS[n].stages[0] == stage] for stage in ("local", "cluster")}
    for some in by_stage.values():
        chance.shuffle(some)
    places = ["local"] * (rounds - 1) + ["cluster"] if rounds > 1 else ["local"]
    shares: list[list[str]] = [[] for _ in places]
    for stage, some in by_stage.items():
        own = cycle([share for share, where in zip(shares, places, strict=True) if where == stage])
        for name in some if stage in places else []:
            next(own).append(name)
    return [(stage, tuple(share)) for stage, share in zip(places, shares, strict=True) if share]
