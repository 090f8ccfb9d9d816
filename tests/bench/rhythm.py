"""A night: 20 000 reporters send what they have in the same minute, beside the traffic of every minute and hour.

Hospitals and emergency care send by the minute, municipalities and health stations by the hour, and every reporter,
these too, has a batch that goes out in one and the same minute of the night. A reporter's events keep their order and
its key.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np

from producers.simulate.organisations import Kind, organisations

from .corpus import START, Corpus
from .measure import Goal, Results
from .memory import Watch
from .rig import Rig
from .surge import complete
from .whole import Published, Seen, running, sender

Rhythm = Literal["minute", "hour", "night"]

RHYTHMS: Final[dict[Kind, Rhythm]] = {
    "trust": "minute",
    "emergency": "minute",
    "municipality": "hour",
    "health_station": "hour",
    "gp": "night",
    "specialist": "night",
    "dental": "night",
    "physio": "night",
}
_AT_A_TIME = 50_000
_TICK = 0.02
_SPREAD = (0.6180339887, 0.7548776662)
"""Multiples of these fall evenly over a minute, whoever and how many the reporters are."""


class Message(NamedTuple):
    topic: str
    key: bytes
    value: bytes


class Posting(NamedTuple):
    """A message, when it is due (seconds from the beginning), and whether it belongs to the night's batch."""

    at: float
    nightly: bool
    message: Message


@dataclass(frozen=True)
class Plan:
    """Minutes before, one of the night, and minutes after. The first minute only warms up."""

    night: int
    """Most events of a reporter's batch of the night."""
    rate: int
    """Events a second of the ordinary traffic, by the minute and by the hour, at most."""
    before: int = 3
    after: int = 1
    minute: float = 60.0
    """Seconds that a minute lasts."""

    @property
    def minutes(self) -> int:
        return self.before + 1 + self.after

    @property
    def midnight(self) -> float:
        """When the night's minute begins."""
        return self.before * self.minute


def measure(rig: Rig, results: Results, *, reporters: int, plan: Plan) -> None:
    """Nothing is lost; how late the night's last event is seen, and what it costs the ordinary traffic."""
    kinds = organisations(reporters, START).reporters.select("orgnr", "kind").iter_rows()
    rhythms = {orgnr.encode(): RHYTHMS[kind] for orgnr, kind in kinds}
    postings = timetable(_sent(Corpus(rig.home, reporters), set(rhythms)), rhythms, plan)
    senders = {posting.message.key.partition(b":")[0] for posting in postings if posting.nightly}
    rig.topics()
    with running(rig) as stack, Watch(stack) as watch:
        ordinary, night, seen = Published(), Published(), Seen.watching(stack)
        begin = time.time()
        midnight, end = begin + plan.midnight, begin + plan.midnight + plan.minute
        _post(rig, postings, begin, ordinary, night)
        (at, waits), (sent, late) = seen.waits_each([ordinary, night], waiting=night.count)
        complete(rig, stack.facts, len(postings))
    last = float((sent + late).max() - end)
    counted = at >= begin + plan.minute
    beside = (at >= midnight) & (at < max(end, end + last))
    results.add(f"{reporters} reporters send in the same minute: events", float(night.count), "events")
    results.add("… of so many reporters", float(len(senders)), "reporters")
    results.add("… the last is queryable after the minute's end", last, "s", goal=Goal("lower", 60, 20))
    results.add("… p99 of them", float(np.percentile(late, 99)), "s")
    results.add(
        "p99 of what comes by the minute and hour, before",
        float(np.percentile(waits[counted & (at < midnight)], 99)),
        "s",
    )
    results.add("… beside the night's minute", float(np.percentile(waits[beside], 99)), "s", goal=Goal("lower", 60, 20))
    for name, must in (("worker", 1000), ("warehouse", 2500)):
        most = max(getattr(sample, name) for sample in watch.samples) / 1e6
        results.add(f"… {name}, at most", most, "MB", goal=Goal("lower", must, must / 2))
    calm = max(sample.worker + sample.warehouse for sample in watch.samples if sample.at < midnight)
    high = max(sample.worker + sample.warehouse for sample in watch.samples)
    results.add("… worker and warehouse, at most ÷ before the minute", high / calm, "ratio")


def timetable(sent: Mapping[bytes, Sequence[Message]], rhythms: Mapping[bytes, Rhythm], plan: Plan) -> list[Posting]:
    """What every reporter sends when, by time. A reporter's messages stay in their order.

    What a reporter has beyond its night's batch is ordinary traffic, if that is its rhythm, as much of it as the rate
    allows.
    """
    moments = {reporter: _moments(number, rhythms[reporter], plan) for number, reporter in enumerate(sent)}
    batch = {reporter: _batch(len(messages), rhythms[reporter], plan) for reporter, messages in sent.items()}
    spare = {reporter: len(sent[reporter]) - batch[reporter] for reporter, when in moments.items() if when}
    share = min(1.0, plan.rate * plan.minutes * plan.minute / max(sum(spare.values()), 1))
    postings: list[Posting] = []
    owed = 0.0
    for number, (reporter, messages) in enumerate(sent.items()):
        owed += spare.get(reporter, 0) * share
        count = int(owed)
        owed -= count
        parts = [
            (at, False, size) for at, size in zip(moments[reporter], _split(count, len(moments[reporter])), strict=True)
        ]
        parts.append((plan.midnight + _spread(number, 1) * plan.minute, True, batch[reporter]))
        rest = iter(messages)
        for at, nightly, size in sorted(parts):
            postings += [Posting(at, nightly, next(rest)) for _ in range(size)]
    return sorted(postings, key=lambda posting: posting.at)


def _batch(count: int, rhythm: Rhythm, plan: Plan) -> int:
    """How many of a reporter's events go at night: half of them at most where it sends by day, too."""
    return min(plan.night, count if rhythm == "night" else (count + 1) // 2)


def _moments(number: int, rhythm: Rhythm, plan: Plan) -> list[float]:
    """When the `number`-th reporter sends ordinarily: at its own second of every minute, or once in the hour."""
    own = _spread(number, 0)
    if rhythm == "minute":
        return [(minute + own) * plan.minute for minute in range(plan.minutes)]
    if rhythm == "hour" and number % 60 < plan.minutes:
        return [(number % 60 + own) * plan.minute]
    return []


def _spread(number: int, which: int) -> float:
    return number * _SPREAD[which] % 1


def _split(count: int, parts: int) -> list[int]:
    """`count` in so many parts, as even as can be."""
    return (
        [later - earlier for earlier, later in pairwise(count * part // parts for part in range(parts + 1))]
        if parts
        else []
    )


def _sent(corpus: Corpus, reporters: set[bytes]) -> dict[bytes, list[Message]]:
    """What each of the reporters has sent by the time at which all have sent something."""
    found: dict[bytes, list[Message]] = {}
    while len(found) < len(reporters):
        for events in corpus.take(_AT_A_TIME):
            for key, value in zip(events.keys, events.values, strict=True):
                reporter = key.partition(b":")[0]
                if reporter in reporters:  # a faulty event may name somebody who is none
                    found.setdefault(reporter, []).append(Message(events.topic, key, value))
    return found


def _post(rig: Rig, postings: Sequence[Posting], begin: float, ordinary: Published, night: Published) -> None:
    """Publishes each when it is due, and notes it as what it is; the broker has all when this returns.

    It counts as published when it was due: where this program is late, that is part of the wait.
    """
    producer = sender(rig)
    for posting in postings:
        while (wait := begin + posting.at - time.time()) > 0:
            producer.poll(min(wait, _TICK))
        topic, key, value = posting.message
        into, at = night if posting.nightly else ordinary, begin + posting.at
        producer.produce(
            topic,
            value,
            key,
            on_delivery=lambda _e, m, into=into, at=at: into.note(m.topic(), m.partition(), m.offset(), at),
        )
        producer.poll(0)
    if producer.flush(120):
        raise RuntimeError("the broker did not take the events")
