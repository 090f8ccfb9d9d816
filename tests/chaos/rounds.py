"""One round: load, faults, rest, and what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from schemas.errors import HelsepulsError
from schemas.types import DUPLICATES_TOPIC, FAMILIES, REJECTED_TOPIC, accepted_topic

from .checks import Check, State, checks
from .faults import FAULTS
from .load import Expected, expected, load
from .plan import Round
from .records import OUTCOMES, outcome_records, partitions, raw_values
from .recovery import seconds_to_recover, until_queryable
from .reemissions import repeated
from .sender import Sender
from .stage import RAW, Place, Stage
from .views import Views
from .waiting import InVain, until

assert set(OUTCOMES) == {*map(accepted_topic, FAMILIES), REJECTED_TOPIC, DUPLICATES_TOPIC}

_MARGIN_SECONDS, _SHORT_MARGIN_SECONDS = 6.0, 1.0
"""Of load for each fault, beside what it takes."""
_SHORT_HOURS = 6
_GIVEN_UP_SECONDS = 5.0
"""How much longer is waited for what did not come within `patience`; the audit waits for it besides."""
_AUDIT_SECONDS = 60.0
"""At most, for what is missing: something that is lost for good takes all of it."""
_LEAST_RATE, _MOST_RATE = 40.0, 1_000.0


@dataclass
class Result:
    """What became of a round."""

    round: Round
    checks: list[Check] = field(default_factory=list)
    recovery: float | None = None
    """Seconds from the end of the last fault; None where the round did not come so far."""
    events: int = 0
    sent_again: int = 0
    reemitted: int = 0
    deaths: int = 0
    """Of the publisher, other than by our hand."""
    damaged_spools: int = 0
    problem: str | None = None
    """What did not come to an end."""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return self.problem is None and bool(self.checks) and all(check.holds for check in self.checks)


@dataclass
class Player:
    """Plays rounds on one stage. `short`: the faults' short times. `patience`: seconds until something is given up."""

    stage: Stage
    short: bool
    patience: float
    say: Callable[[str], None]
    publisher: Sequence[str]
    """Program of the sender, with what stands before the round's own arguments."""
    starts: dict[Place, int] = field(default_factory=dict)
    reemitted: int = 0

    def play(self, wanted: Round) -> Result:
        begin = time.monotonic()
        result = Result(wanted)
        world = load(wanted.seed, wanted.number)
        truth = expected(world)
        result.events = truth.events
        times = [self._seconds(name) for name in wanted.faults]
        margin = _SHORT_MARGIN_SECONDS if self.short else _MARGIN_SECONDS
        rate = truth.events / (sum(times) + margin * len(times))
        sender = Sender(self.stage.home, world, min(max(rate, _LEAST_RATE), _MOST_RATE), self.publisher)
        sender.start()
        try:
            self._break(wanted, sender, result, truth.events)
            sender.finish(self.patience)
            result.deaths, result.damaged_spools = sender.deaths, sender.damaged
            self._look(truth, result)
        except (InVain, RuntimeError, HelsepulsError) as problem:
            result.problem = str(problem)
        finally:
            sender.kill()
        result.seconds = time.monotonic() - begin
        return result

    def _seconds(self, name: str) -> float:
        fault = FAULTS[name]
        return fault.short if self.short and fault.short else fault.seconds

    def _break(self, wanted: Round, sender: Sender, result: Result, events: int) -> None:
        """The faults one after the other, each at a random moment of its share of the load."""
        chance = Random(wanted.seed)
        share = events / len(wanted.faults)
        for place, name in enumerate(wanted.faults):
            moment = int(share * (place + chance.uniform(0.05, 0.5)))
            sender.until_taken(moment, self.patience)
            self.say(f"round {wanted.number}: {name}")
            FAULTS[name].strike(self.stage, sender, chance, self._seconds(name))
        try:
            result.recovery = seconds_to_recover(self.stage, sender, self.patience)
        except InVain as problem:  # the checks may tell why
            result.problem = str(problem)

    def _look(self, truth: Expected, result: Result) -> None:
        hours = asked_hours(truth.hours, result.round.number, short=self.short)
        ends = until(lambda: self.stage.ends(RAW), self.patience, "the broker does not answer")
        try:
            until_queryable(self.stage, ends, _GIVEN_UP_SECONDS if result.problem else self.patience)
        except InVain as problem:
            result.problem = str(problem)
        self.stage.ready()
        audit = self.stage.audit(min(self.patience, _AUDIT_SECONDS))
        told = until(lambda: self.stage.ends(OUTCOMES), self.patience, "the broker does not answer")
        starts = {place: self.starts.get(place, 0) for place in partitions([*RAW, *OUTCOMES])}
        bootstrap = self.stage.kafka.bootstrap
        records = outcome_records(bootstrap, starts, told)
        views = Views(self.stage.reader(), truth.reporters)
        now, now_named = views.patients_now(self.patience)
        state = State(
            raw=raw_values(bootstrap, starts, ends),
            outcomes=views.outcomes(starts, ends),
            records=records.frames,
            unreadable=records.unreadable,
            reemitted_before=self.reemitted,
            audit=audit,
            hours=hours,
            views={
                "listed": views.listed(starts, ends),
                "current": views.current(),
                "known_now": views.known_now(),
                "twice": views.twice(),
                "daily": views.daily(),
                "patients": views.patients(hours),
                "now": now,
                "now_named": now_named,
                "snapshots": views.snapshots(),
                "quality": views.quality(),
                "receipts": views.receipts(),
                "errors": views.errors(),
            },
        )
        result.checks = checks(truth, state)
        result.sent_again = len(state.raw) - truth.events
        result.reemitted = repeated(records.frames).again
        self.reemitted += result.reemitted
        self.starts = {**ends, **told}


def asked_hours(hours: Sequence[str], number: int, *, short: bool) -> list[str]:
    """For which the patients in beds are asked for: each costs half a second. In a short run every sixth, others in
    each round."""
    return list(hours[number % _SHORT_HOURS :: _SHORT_HOURS]) if short else list(hours)
