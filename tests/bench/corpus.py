"""The events that everything is measured on: the simulator's, as they would lie in the raw topics.

Every reporter seals with a key of its own, as real senders do: a worker that meets 20 000 of them has to remember
20 000 keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from producers.simulate.config import SimulationConfig
from producers.simulate.simulation import Simulation
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas.catalog import latest
from schemas.patient import PatientSealer
from schemas.slow import decode_one, encode_one
from schemas.types import Family, raw_topic
from schemas.wire import HEADER_BYTES, frame

START = date(2026, 3, 2)
_FAULTS = {"duplicates": 0.01, "invalid": 0.01, "late": 0.02, "corrections": 0.02}
_SEALERS = 20_000


@dataclass(frozen=True)
class Events:
    """Events of one family in sending order."""

    family: Family
    keys: list[bytes]
    values: list[bytes]

    @property
    def topic(self) -> str:
        return raw_topic(self.family)

    def __len__(self) -> int:
        return len(self.values)

    def cut(self, start: int, end: int) -> Events:
        return Events(self.family, self.keys[start:end], self.values[start:end])


class Corpus:
    """Events of a simulated health service of `reporters`, sealed for the registry of `home`."""

    def __init__(self, home: Path, reporters: int, seed: int = 1) -> None:
        keys = ensure_keys(home, load(PrivacySettings, home))
        self._public = keys.registry_public
        self._sealers: list[PatientSealer] = []
        self._sealed = 0
        config = SimulationConfig(reporters=reporters, days=30, seed=seed, start=START, **_FAULTS)
        self._batches = iter(Simulation(config, protect=self._seal))

    def take(self, count: int) -> list[Events]:
        """At least `count` more events, by family. Raises StopIteration when the simulation has come to its end."""
        found: dict[Family, Events] = {}
        have = 0
        while have < count:
            batch = next(self._batches)
            events = found.setdefault(batch.family, Events(batch.family, [], []))
            events.keys.extend(batch.keys)
            events.values.extend(batch.values)
            have += len(batch.values)
        return list(found.values())

    def _seal(self, number: str, event_id: str) -> bytes:
        """By one of many senders' keys: which one is of no matter, only how many there are."""
        if len(self._sealers) < _SEALERS:
            self._sealers.append(PatientSealer(self._public.pem, self._public.key_id))
        sealer = self._sealers[self._sealed % _SEALERS if self._sealed >= _SEALERS else -1]
        self._sealed += 1
        return sealer.seal("1", number, event_id)


def size(events: Sequence[Events]) -> int:
    return sum(map(len, events))


def of_one_reporter(events: Events) -> Events:
    """The same events, all of the reporter of the first: what changes is how many reporters a batch has."""
    schema = latest(events.topic)
    reporter = decode_one(schema, events.values[0][HEADER_BYTES:])["reporter"]
    keys, values = [], []
    for key, value in zip(events.keys, events.values, strict=True):
        record = decode_one(schema, value[HEADER_BYTES:]) | {"reporter": reporter}
        values.append(frame(schema.id, encode_one(schema, record)))
        keys.append(reporter.encode() + key[key.index(b":") :])
    return Events(events.family, keys, values)
