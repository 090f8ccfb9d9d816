"""Referrals and outpatient contacts: received, assessed, seen; later controls.

A referral is planned when it is born and waits in one table until its next step is due. Referrals from the weeks
before the simulation are planned too, so that the first day has assessments and contacts like any other; of what
lies after the last day nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from producers.simulate import people
from producers.simulate.clinical import main_condition
from producers.simulate.config import DAY_MS, HOUR_MS, SECOND_MS, Hour
from producers.simulate.organisations import Organisations
from producers.simulate.rhythm import arrivals, shares
from producers.simulate.values import Ints, Table, serial

_NEW_PER_DAY: Final = {"trust": 55.0, "specialist": 5.0}
"""Referrals received by one reporter on an ordinary day."""
_MEMORY_DAYS: Final = 21
_ASSESSED_WITHIN_DAYS: Final = 7
_SEEN_AFTER_DAYS: Final = 13
_CONTROLS: Final = 2
"""Most contacts after the first."""
_CONTROL_AFTER_DAYS: Final = 14

_FIELDS: Final = ("010", "050", "110", "150", "170", "190", "220", "240", "250", "290", "300", "320")
_CODES: Final = ("K409", "M169", "I109", "I480", "J459", "M069", "J450", "L400", "G409", "H919", "H259", "F322")
"""Main diagnosis for each field of medicine."""


class Outpatients:
    """All referrals that something is still to happen with.

    `run` gives two frames of raw columns: referrals and episodes.
    """

    def __init__(self, who: Organisations, tag: str, start: int, end: int, rng: np.random.Generator) -> None:
        self._who = who
        self._start = start
        self._end = end
        self._rng = rng
        self._reporters = who.of("trust", "specialist")
        kinds = who.reporters.get_column("kind")[self._reporters].to_list()
        self._rates = np.array([_NEW_PER_DAY[kind] for kind in kinds])
        self._orgnr = who.reporters.get_column("orgnr")
        self._name = who.reporters.get_column("name")
        self._made = 0
        self._tag = tag
        self._waiting = pl.DataFrame(schema=_PLAN)
        self._conditions = Table([main_condition(code) for code in _CODES])
        self._fields = Table(_FIELDS)

    def remember(self) -> None:
        """Plans the referrals that were received in the weeks before the simulation."""
        for day in range(1, _MEMORY_DAYS + 1):
            count = self._rng.poisson(self._rates * 0.72)
            received = self._start - day * DAY_MS + self._rng.integers(8 * 3600, 16 * 3600, count.sum()) * SECOND_MS
            plan = self._plan(np.repeat(self._reporters, count), received)
            self._keep(plan.filter(pl.col("due") >= self._start))

    def run(self, hours: Sequence[Hour]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What is received, assessed and seen in these hours of one day."""
        which, at = arrivals(self._rng, np.outer(self._rates, shares("office", hours)), hours)
        self._keep(self._plan(self._reporters[which], at))
        due = pl.col("due") < hours[-1].end
        now = self._waiting.filter(due).sort("due", "number", "step")
        self._waiting = self._waiting.filter(~due)
        return self._referrals(now.filter(pl.col("step") <= 2)), self._contacts(now.filter(pl.col("step") >= 2))

    def _plan(self, reporters: Ints, received: Ints) -> pl.DataFrame:
        """One row per step: 0 received, 1 assessed, 2 seen first, 3 and more controls."""
        count = len(reporters)
        rng = self._rng
        places = self._who.places(rng, reporters)
        base = {
            "number": np.arange(self._made, self._made + count),
            "reporter": reporters,
            "person": people.draw(rng, places, 18, 90, int(received.min(initial=0)) // DAY_MS) if count else places,
            "field": rng.integers(0, len(_FIELDS), count),
            "received": received,
        }
        self._made += count
        waited = rng.integers(2 * 3600, _ASSESSED_WITHIN_DAYS * 24 * 3600, count) * SECOND_MS
        assessed = self._next_opening(received + waited)
        waited = rng.integers(24 * 3600, _SEEN_AFTER_DAYS * 24 * 3600, count) * SECOND_MS
        seen = self._next_opening(assessed + waited)
        controls = rng.integers(0, _CONTROLS + 1, count)
        steps = [(0, received), (1, assessed), (2, seen)]
        for i in range(1, _CONTROLS + 1):
            later = seen + i * _CONTROL_AFTER_DAYS * DAY_MS + rng.integers(0, 3600, count) * SECOND_MS
            steps.append((2 + i, np.where(controls >= i, self._next_opening(later), self._end)))
        common = {**base, "assessed": assessed, "seen": seen}
        return pl.concat(
            [pl.DataFrame({**common, "step": np.full(count, step), "due": due}, schema=_PLAN) for step, due in steps]
        )

    def _next_opening(self, at: Ints) -> Ints:
        """Between 7 and 14 UTC on the next day, to the second; Saturdays and Sundays go to Monday."""
        day, second = at // DAY_MS + 1, at // SECOND_MS
        weekday = (day + 3) % 7
        day = day + np.where(weekday >= 5, 7 - weekday, 0)
        return day * DAY_MS + 7 * HOUR_MS + (1 + second % 3599 + second // 3600 % 7 * 3600) * SECOND_MS

    def _keep(self, plan: pl.DataFrame) -> None:
        self._waiting = pl.concat([self._waiting, plan.filter(pl.col("due") < self._end)])

    def _common(self, rows: pl.DataFrame) -> dict[str, pl.Series | pl.Expr | str]:
        reporters = rows.get_column("reporter")
        persons = rows.get_column("person").to_numpy()
        return {
            "_reporter": reporters.cast(pl.UInt32),
            "_person": "person",
            "occurred_at": "due",
            "henvisningsperiodeID": serial(f"HP-{self._tag}-", rows.get_column("number").to_numpy()),
            "unit": self._orgnr.gather(reporters),
            "unit_name": self._name.gather(reporters),
            "sector": pl.lit("som"),
            "debitor": pl.lit("1"),
            "komNrHjem": self._who.home.gather(people.place(persons)),
        }

    def _referrals(self, rows: pl.DataFrame) -> pl.DataFrame:
        assessed, ended = pl.col("step") >= 1, pl.col("step") >= 2
        before = pl.when(ended).then("assessed").otherwise("received")
        henv_id = serial(f"H-{self._tag}-", rows.get_column("number").to_numpy())
        return rows.select(
            **self._common(rows),
            _final=ended,
            _first=(pl.col("step") == 0) | (before < self._start),
            subject_id=henv_id,
            revision="step",
            henvID=henv_id,
            mottaksDato=pl.col("received") // DAY_MS,
            ansienDato=pl.col("received") // DAY_MS,
            henvType=pl.lit("10"),
            henvFraTjeneste=pl.lit("28"),
            frittBehandlingsvalg=pl.lit("2"),
            fagomrade=self._fields.pick(rows.get_column("field").to_numpy()),
            henvVurd=pl.when(assessed).then(pl.lit("1")),
            vurdDato=pl.when(assessed).then(pl.col("assessed") // DAY_MS),
            tildeltDato=pl.when(assessed).then(pl.col("seen") // DAY_MS),
            rettTilHelsehjelp=pl.when(assessed).then(pl.lit("3")),
            fristStartBehandling=pl.when(assessed).then(pl.col("received") // DAY_MS + 90),
            ventetidSluttDato=pl.when(ended).then(pl.col("seen") // DAY_MS),
            ventetidSluttKode=pl.when(ended).then(pl.lit("1")),
        )

    def _contacts(self, rows: pl.DataFrame) -> pl.DataFrame:
        persons = rows.get_column("person").to_numpy()
        referral = serial(f"P-{self._tag}-", rows.get_column("number").to_numpy())
        return rows.select(
            **self._common(rows),
            _final=pl.lit(value=True),
            subject_id=referral + pl.format("-{}", "step"),
            innDatoTid="due",
            utDatoTid=pl.col("due") + 40 * 60 * SECOND_MS,
            omsorgsniva=pl.lit("3"),
            innmateHast=pl.lit("4"),
            episodeFag=self._fields.pick(rows.get_column("field").to_numpy()),
            fraSted=pl.lit("1"),
            tilSted=pl.lit("1"),
            inntilstand=pl.lit("1"),
            utTilstand=pl.lit("1"),
            kontaktType=pl.when(pl.col("step") == 2).then(pl.lit("1")).otherwise(pl.lit("3")),
            stedAktivitet=pl.lit("1"),
            fodselsar=pl.Series(people.birth_year(persons), dtype=pl.Int64),
            kjonn=pl.Series(people.sex(persons)).cast(pl.String),
            tilstander=self._conditions.pick(rows.get_column("field").to_numpy()),
        )


_PLAN = pl.Schema(
    {
        "number": pl.Int64,
        "reporter": pl.Int64,
        "person": pl.Int64,
        "field": pl.Int64,
        "received": pl.Int64,
        "assessed": pl.Int64,
        "seen": pl.Int64,
        "step": pl.Int64,
        "due": pl.Int64,
    }
)
