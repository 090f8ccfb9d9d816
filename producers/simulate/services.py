"""Municipal services: started, paused, resumed, moved to another provider, ended (the official minimelding).

Every service has one next step and waits for it in one table. A service whose next step lies after the last day is
forgotten, so the table holds what the simulation still needs and no more. Services that began before the first day
are reported as started in its first hour, as a municipality does when it joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from producers.simulate import people
from producers.simulate.config import DAY_MS, HOUR_MS, SECOND_MS, Hour
from producers.simulate.organisations import Organisations
from producers.simulate.rhythm import arrivals, shares
from producers.simulate.values import Ints, Table, serial, weighted

START, PAUSE, RESUME, CHANGE, END = range(5)
OCCURRENCES: Final = (
    "TjenesteStart",
    "MidlertidigStoppFra",
    "MidlertidigStoppTil",
    "TjenesteutforerEndret",
    "TjenesteSlutt",
)
_TYPES: Final = ("1", "4", "5", "9", "15", "17", "18", "19", "20", "21", "25", "29")
_TYPE_WEIGHTS: Final = (5, 2, 2, 2, 9, 1, 3, 2, 1, 1, 2, 1)
_STARTS_PER_DAY: Final = 3.5
"""New services of a municipality with one place of living on an ordinary day; large ones have more."""
_RUNNING: Final = 60
"""Services that such a municipality has from before."""
_STEP_WEIGHTS: Final = (5, 2, 4)
"""Of a running service, the chance that the next step is a pause, a change or the end."""
_MEAN_DAYS: Final = {"running": 9.0, "paused": 2.5}


class Services:
    """All services that something is still to happen with. `run` gives raw columns."""

    def __init__(self, who: Organisations, tag: str, end: int, rng: np.random.Generator) -> None:
        self._who = who
        self._end = end
        self._rng = rng
        self._reporters = who.of("municipality")
        self._sizes = who.near_count[self._reporters]
        self._made = 0
        self._prefix = f"T-{tag}-"
        self._waiting = pl.DataFrame(schema=_SERVICE)
        self._before = pl.DataFrame(schema=_SERVICE)
        """Services from before the simulation, until they are reported."""
        self._types = Table(_TYPES)
        self._steps = Table(OCCURRENCES)

    def remember(self, start: int) -> None:
        """Services that run since before `start`; those that will be heard of are reported as started now."""
        which = np.repeat(np.arange(len(self._reporters)), self._sizes * _RUNNING)
        count = len(which)
        begun = start - self._rng.integers(1, 200, count) * DAY_MS + 9 * HOUR_MS
        services = self._new(which, begun)
        known = self._advance(services, np.full(count, start - DAY_MS))
        self._waiting = known
        self._before = services.join(known.select("number"), on="number", how="semi")

    def run(self, hours: Sequence[Hour]) -> pl.DataFrame:
        """What happens in these hours of one day; no service takes two steps on a day."""
        rates = np.outer(_STARTS_PER_DAY * self._sizes, shares("care", hours))
        which, at = arrivals(self._rng, rates, hours)
        new = self._new(which, at)
        due = pl.col("at") < hours[-1].end
        now = self._waiting.filter(due)
        self._waiting = self._waiting.filter(~due)
        moved = self._advance(pl.concat([new, now.filter(pl.col("step") != END)]), None)
        self._waiting = pl.concat([self._waiting, moved])
        before, self._before = self._before, self._before.clear()
        return self._events(pl.concat([before, new, now]).sort("at", "number"))

    def _new(self, which: Ints, at: Ints) -> pl.DataFrame:
        """Services at their start."""
        count = len(which)
        reporters = self._reporters[which]
        places = self._who.places(self._rng, reporters)
        day = int(at.min()) // DAY_MS if count else 0
        numbers = np.arange(self._made, self._made + count)
        self._made += count
        return pl.DataFrame(
            {
                "number": numbers,
                "reporter": reporters,
                "person": people.draw(self._rng, places, 40, 90, day) if count else places,
                "type": weighted(self._rng, _TYPE_WEIGHTS, count),
                "step": np.full(count, START),
                "pauses": np.zeros(count, np.int64),
                "at": at,
            },
            schema=_SERVICE,
        )

    def _advance(self, services: pl.DataFrame, since: Ints | None) -> pl.DataFrame:
        """Each service with its next step, as far as the simulation reaches; `since` unless the last step's time."""
        count = services.height
        step = services.get_column("step").to_numpy()
        at = services.get_column("at").to_numpy() if since is None else since
        choice = np.array([PAUSE, CHANGE, END])[weighted(self._rng, _STEP_WEIGHTS, count)]
        following = np.where(step == PAUSE, RESUME, choice)
        mean = np.where(step == PAUSE, _MEAN_DAYS["paused"], _MEAN_DAYS["running"])
        wait = self._rng.exponential(mean) * DAY_MS
        after = self._working_time(at + HOUR_MS + wait.astype(np.int64))
        return services.with_columns(
            step=following,
            pauses=pl.col("pauses") + pl.Series((following == PAUSE).astype(np.int64)),
            at=after,
        ).filter(pl.col("at") < self._end)

    def _working_time(self, at: Ints) -> Ints:
        """Between 7 and 14 UTC of the next day, to the second; on a weekend two of three wait until Monday."""
        day, second = at // DAY_MS + 1, at // SECOND_MS
        weekday = (day + 3) % 7
        day = day + np.where((weekday >= 5) & (second % 3 > 0), 7 - weekday, 0)
        return day * DAY_MS + 7 * HOUR_MS + (1 + second % 3599 + second // 3600 % 7 * 3600) * SECOND_MS

    def _events(self, rows: pl.DataFrame) -> pl.DataFrame:
        reporters = rows.get_column("reporter")
        named = self._who.reporters[reporters]
        persons = rows.get_column("person").to_numpy()
        occurrence = self._steps.pick(rows.get_column("step").to_numpy())
        service = serial(self._prefix, rows.get_column("number").to_numpy())
        stopped = pl.col("step").is_in([PAUSE, RESUME])
        pause = pl.when(stopped).then(service + pl.format("-{}", "pauses"))
        changed = pl.when(pl.col("step") == CHANGE).then(pl.format("/{}", "at")).otherwise(pl.lit(""))
        return rows.select(
            _reporter=reporters.cast(pl.UInt32),
            _person="person",
            _final=pl.lit(value=True),
            subject_id=service + pl.lit("/") + occurrence + pl.coalesce(pl.lit("/") + pause, changed),
            occurred_at="at",
            statusNotifikasjon=pl.lit("N"),
            hendelse=occurrence,
            tjenesteType=self._types.pick(rows.get_column("type").to_numpy()),
            tjenesteID=service,
            tjenesteOrgNr=named.get_column("orgnr"),
            hendelseDato=pl.col("at") // DAY_MS,
            hendelseRegTid=pl.col("at") + 5 * SECOND_MS,
            midlertidigStoppID=pause,
            kommuneNr=named.get_column("komNr"),
            komNrHjem=self._who.home.gather(people.place(persons)),
        )


_SERVICE = pl.Schema(
    {
        "number": pl.Int64,
        "reporter": pl.Int64,
        "person": pl.Int64,
        "type": pl.Int64,
        "step": pl.Int64,
        "pauses": pl.Int64,
        "at": pl.Int64,
    }
)
