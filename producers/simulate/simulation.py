"""Runs a simulation hour by hour, as a stream of Kafka messages in the order in which they are sent.

    simulation = Simulation(SimulationConfig(reporters=150, days=1, seed=1, start=date(2026, 1, 5)))
    for batch in simulation:
        ...                       # batch.family, batch.keys, batch.values, batch.event_ids
    simulation.truth.document()   # complete now

Memory holds the patients and services of the moment, what waits to be sent, and one block of hours; it does not grow
with the number of days, but for two bytes per ward and hour of occupancy.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from producers.simulate import people
from producers.simulate.capacity import Capacity
from producers.simulate.chain import Chains
from producers.simulate.config import Hour, SimulationConfig, blocks, midnight_ms
from producers.simulate.consultations import Consultations
from producers.simulate.datums import datums
from producers.simulate.disturb import Disturber
from producers.simulate.envelope import Envelope
from producers.simulate.hospitals import Ward, wards
from producers.simulate.inpatients import Inpatients
from producers.simulate.organisations import organisations
from producers.simulate.outbox import Outbox, join
from producers.simulate.outpatients import Outpatients
from producers.simulate.services import Services
from producers.simulate.stays import Stays
from producers.simulate.truth import OnDaily, OnSent, Truth
from schemas.catalog import latest
from schemas.types import FAMILIES, Family, raw_topic
from schemas.wire import frame as framed

_AT_A_TIME = 10_000

Protect = Callable[[str, str], bytes]
"""A national number and the event's id → the `patient` field."""


class Batch(NamedTuple):
    """Events of one family that are sent in one hour. The lists have one entry per event, in sending order."""

    hour: Hour
    family: Family
    event_ids: list[str]
    keys: list[bytes]
    values: list[bytes]
    """Kafka values: Confluent header and datum."""

    def cut(self, hour: Hour, start: int, end: int) -> Batch:
        part = slice(start, end)
        return Batch(hour, self.family, self.event_ids[part], self.keys[part], self.values[part])


class Simulation:
    """One run; it can be iterated once. Without `protect` the patients' (synthetic) numbers are in clear."""

    def __init__(
        self,
        config: SimulationConfig,
        *,
        protect: Protect | None = None,
        on_daily: OnDaily | None = None,
        on_sent: OnSent | None = None,
    ) -> None:
        self._config = config
        self._protect = protect
        start, end = midnight_ms(config.start), config.end_ms
        sources = (np.random.default_rng(seed) for seed in np.random.SeedSequence(config.seed).spawn(12))
        who = organisations(config.reporters, config.start)
        trusts = len(who.of("trust"))
        self._wards = wards(trusts)
        self.truth = Truth(config, self._wards, who.reporters.get_column("orgnr"), on_daily, on_sent)
        self._inpatients = Inpatients(self._wards, who, config.tag, next(sources))
        self._stays = Stays(self._wards, who.home)
        self._capacity = Capacity(self._wards, next(sources))
        self._outpatients = Outpatients(who, config.tag, start, end, next(sources))
        self._services = Services(who, config.tag, end, next(sources))
        self._envelope = Envelope(who.reporters, end, config.late, next(sources))
        self._disturber = Disturber(config, _mistaken(self._wards), self._envelope, next(sources), self.truth.corrected)
        self._consultations = Consultations(who, config.tag, next(sources))
        self._outbox = Outbox()
        self._chains = Chains()
        self._inpatients.fill(start)
        self._outpatients.remember()
        self._services.remember(start)

    def __iter__(self) -> Iterator[Batch]:
        for block in blocks(self._config):
            for family, frames in self._traffic(block).items():
                events = self._envelope.complete(family, join(frames), block[0].start)
                self.truth.happened(family, events)
                self._outbox.put(family, events)
            for until in _steps(block):
                yield from self._batches(block, until)
            if block[-1].last_of_day:
                self.truth.end_of_day()

    def _traffic(self, block: Sequence[Hour]) -> dict[Family, list[pl.DataFrame]]:
        """What truly happens in these hours, in raw columns without the envelope."""
        for hour in block:
            self.truth.occupied(hour, self._inpatients.present)
            self._capacity.observe(hour, self._inpatients)
            self._inpatients.run(hour)
        movements, stays = self._inpatients.take()
        referrals, contacts = self._outpatients.run(block)
        made: dict[Family, list[pl.DataFrame]] = {
            "episode": [self._stays.episodes(stays), contacts],
            "movement": [self._stays.movements(movements)],
            "referral": [referrals],
            "service": [self._services.run(block)],
            "consultation": [self._consultations.run(block)],
            "capacity": [self._capacity.take()],
        }
        filled = {family: [frame for frame in frames if frame.height] for family, frames in made.items()}
        return {family: frames for family, frames in filled.items() if frames}

    def _batches(self, block: Sequence[Hour], until: int) -> Iterator[Batch]:
        """What is to be sent by `until` and has not been, hour by hour."""
        leaving: list[Iterator[Batch]] = []
        for family in FAMILIES:
            due = self._outbox.take(family, until)
            if due is not None:
                events = self._disturb(family, due, until)
                self.truth.sent(family, events)
                leaving.append(self._encoded(family, events, block))
        yield from heapq.merge(*leaving, key=lambda batch: batch.hour.number)

    def _disturb(self, family: Family, due: pl.DataFrame, until: int) -> pl.DataFrame:
        """What goes out instead of `due`; what follows from it later goes to the outbox."""
        now = self._split(family, self._disturber.correct(family, due), until)
        now = now.with_columns(_order=pl.int_range(now.height))
        if family == "service":
            now = self._chains.link(now)
        now = self._split(family, self._disturber.break_rules(family, now), until)
        return self._split(family, [now, self._disturber.repeat(now)], until)

    def _split(self, family: Family, parts: list[pl.DataFrame], until: int) -> pl.DataFrame:
        parts = [part for part in parts if part.height]
        if len(parts) == 1:
            return parts[0]
        events = join(parts)
        later = pl.col("_at") >= until
        self._outbox.put(family, events.filter(later))
        return events.filter(~later).sort("_at", "_order", maintain_order=True)

    def _encoded(self, family: Family, events: pl.DataFrame, block: Sequence[Hour]) -> Iterator[Batch]:
        """The events, which are in the order of `_at`, encoded some thousand at a time and given out by hour."""
        schema = latest(raw_topic(family))
        for first in range(0, events.height, _AT_A_TIME):
            part = events.slice(first, _AT_A_TIME)
            if family != "capacity":
                part = part.with_columns(patient=self._patients(part))
            keys = part.select(pl.concat_str("reporter", pl.lit(":"), "subject_id").cast(pl.Binary)).to_series()
            whole = Batch(
                block[0],
                family,
                part.get_column("event_id").to_list(),
                keys.to_list(),
                datums(schema, part, prefix=framed(schema.id, b"")),
            )
            ends = np.searchsorted(part.get_column("_at").to_numpy(), [hour.end for hour in block]).tolist()
            for hour, start, end in zip(block, [0, *ends], ends, strict=False):
                if start < end:
                    yield whole.cut(hour, start, end)

    def _patients(self, events: pl.DataFrame) -> pl.Series:
        """The protected identifiers; null where the person is missing (a fault)."""
        persons = events.get_column("_person")
        numbers = people.numbers(persons.fill_null(0).to_numpy())
        if events.get_column("_spoilt").any():
            wrong = people.with_wrong_digit(numbers)
            numbers = numbers.zip_with(~events.get_column("_spoilt"), wrong)
        if self._protect is None:
            clear = (_CLEAR + numbers).cast(pl.Binary)
        else:
            pairs: Sequence[tuple[str, str]] = list(zip(numbers, events.get_column("event_id"), strict=True))
            clear = pl.Series([self._protect(number, event_id) for number, event_id in pairs], dtype=pl.Binary)
        return clear.set(persons.is_null(), None)


_CLEAR = "\x001:"
"""Version 0, type 1 (a national number)."""


def _steps(block: Sequence[Hour]) -> list[int]:
    """A block of one hour holds many events: it is sent by the quarter, to have fewer of them encoded at once."""
    parts = 4 if len(block) == 1 else 1
    length = (block[-1].end - block[0].start) // parts
    return [block[0].start + length * (i + 1) for i in range(parts)]


def _mistaken(all_wards: Sequence[Ward]) -> dict[str, str]:
    """For each ward the next one of its hospital."""
    by_hospital: dict[int, list[str]] = {}
    for ward in all_wards:
        by_hospital.setdefault(ward.hospital, []).append(ward.code)
    return {code: codes[(i + 1) % len(codes)] for codes in by_hospital.values() for i, code in enumerate(codes)}
