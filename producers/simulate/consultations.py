"""Consultations outside hospital: general practice, emergency care, health stations, dental care, physiotherapy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from producers.simulate import people
from producers.simulate.clinical import diagnosis, no_diagnosis, tariffs
from producers.simulate.config import DAY_MS, MINUTE_MS, Hour
from producers.simulate.organisations import Kind, Organisations
from producers.simulate.rhythm import Rhythm, arrivals, shares
from producers.simulate.values import Choices, Ints, Table, serial


class _Practice(NamedTuple):
    """How one kind of practice works. `per_day` is on an ordinary day; diagnoses are ICPC-2, tariffs KUHR."""

    tjenestetype: str
    rhythm: Rhythm
    per_day: float
    minutes: int
    youngest: int
    oldest: int
    form: str | None
    recommended: str | None
    tariffs: tuple[tuple[str, ...], ...]
    diagnoses: tuple[str, ...]


_PRACTICES: Final[dict[Kind, _Practice]] = {
    "gp": _Practice(
        *("1", "surgery", 42.0, 18, 1, 92, None, None, (("2ad",), ("2ad", "2cd"))),
        ("R74", "K86", "L03", "P03", "T90", "A04", "R05", "L84"),
    ),
    "emergency": _Practice(
        *("2", "watch", 36.0, 20, 1, 90, None, None, (("2ak",), ("2fk",))),
        ("R74", "A03", "S18", "D01", "L81", "R81", "U71"),
    ),
    "health_station": _Practice("9", "surgery", 13.0, 30, 1, 5, "I", "4A", ((),), ()),
    "dental": _Practice("6", "surgery", 14.0, 35, 18, 85, None, None, (("1",), ("101",)), ()),
    "physio": _Practice("3", "surgery", 13.0, 45, 18, 88, None, None, (("A1a",),), ("L03", "L84", "L86")),
}
_CONSULTATION: Final = "3"
_FROM_ELSEWHERE: Final = 0.1
"""Patients who do not live in the practice's municipality."""


class Consultations:
    """All practices. `run` gives raw columns; no patient is remembered."""

    def __init__(self, who: Organisations, tag: str, rng: np.random.Generator) -> None:
        practices = list(_PRACTICES.values())
        self._who = who
        self._rng = rng
        self._made = 0
        self._prefix = f"K-{tag}-"
        self._reporters = who.of(*_PRACTICES)
        kinds = who.reporters.get_column("kind")[self._reporters].to_list()
        self._practice = np.array([list(_PRACTICES).index(kind) for kind in kinds], np.int64)
        self._rhythms = [practice.rhythm for practice in practices]
        self._per_day = np.array([practice.per_day for practice in practices])
        self._minutes = np.array([practice.minutes for practice in practices])
        self._youngest = np.array([practice.youngest for practice in practices])
        self._oldest = np.array([practice.oldest for practice in practices])
        self._types = Table([practice.tjenestetype for practice in practices])
        self._forms = Table([practice.form for practice in practices])
        self._recommended = Table([practice.recommended for practice in practices])
        self._tariffs = Choices([[tariffs(*codes) for codes in practice.tariffs] for practice in practices])
        self._diagnoses = Choices([[diagnosis(c) for c in p.diagnoses] or [no_diagnosis()] for p in practices])

    def run(self, hours: Sequence[Hour]) -> pl.DataFrame:
        """The consultations that begin in these hours of one day."""
        rng = self._rng
        of_kind = np.array([shares(rhythm, hours) for rhythm in self._rhythms]) * self._per_day[:, None]
        which, start = arrivals(rng, of_kind[self._practice], hours)
        count = len(which)
        reporters, practice = self._reporters[which], self._practice[which]
        persons = people.draw(
            rng, self._places(reporters), self._youngest[practice], self._oldest[practice], hours[0].start // DAY_MS
        )
        named = self._who.reporters[reporters]
        numbers = np.arange(self._made, self._made + count)
        self._made += count
        return pl.DataFrame(
            {
                "_reporter": pl.Series(reporters, dtype=pl.UInt32),
                "_person": persons,
                "_final": np.ones(count, np.bool_),
                "subject_id": serial(self._prefix, numbers),
                "occurred_at": start,
                "tjenestetype": self._types.pick(practice),
                "unit": named.get_column("orgnr"),
                "unit_name": named.get_column("name"),
                "datoTidStart": start,
                "datoTidSlutt": start + self._minutes[practice] * MINUTE_MS,
                "kontakttype": pl.repeat(_CONSULTATION, count, eager=True),
                "formKonsultasjon": self._forms.pick(practice),
                "anbefaltTypeKonsultasjon": self._recommended.pick(practice),
                "kommuneNr": named.get_column("komNr"),
                "komNrHjem": self._who.home.gather(people.place(persons)),
                "diagnoser": self._diagnoses.draw(rng, practice),
                "takster": self._tariffs.draw(rng, practice),
            }
        )

    def _places(self, reporters: Ints) -> Ints:
        rng, count = self._rng, len(reporters)
        anywhere = rng.integers(0, people.PLACES, count)
        return np.where(rng.random(count) < _FROM_ELSEWHERE, anywhere, self._who.places(rng, reporters))
