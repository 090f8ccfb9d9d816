"""What must come of the events: outcomes, codes, and what the tables show once everything has been taken in.

The figures come from what the simulation knows to be so, not from the events: a wrong, doubled or late event does not
change them. Occupancy is counted at the stroke of each hour; a patient on leave lies in no bed.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from producers.simulate.config import OSLO, Hour, SimulationConfig
from producers.simulate.envelope import AGAIN, NO_FAULT
from producers.simulate.faults import FAULTS, Fault
from producers.simulate.hospitals import TRUSTS, Ward
from producers.simulate.release import release
from producers.simulate.values import Ints
from schemas.types import Family, Outcome

DAILY: Final = pl.Schema(
    {"date": pl.Date, "reporter": pl.String, "family": pl.String, "kind": pl.String, "events": pl.Int64}
)
"""One count of `Truth.daily`. `kind` is the level of care of an episode (by its first day), the service type of a
consultation, and `hendelse` of a service."""

_OUTCOMES: Final[tuple[Outcome, ...]] = ("accepted", "rejected", "duplicate")
OnDaily = Callable[[pl.DataFrame], None]
OnSent = Callable[[Family, pl.DataFrame], None]

_KIND: Final[dict[Family, tuple[str, str]]] = {
    "episode": ("omsorgsniva", "innDatoTid"),
    "consultation": ("tjenestetype", "datoTidStart"),
    "service": ("hendelse", "occurred_at"),
}
"""What is counted by day: by which field, at which time."""


class Truth:
    """Collects while the simulation runs; complete when it has ended.

    `on_daily` gets the counts by day, reporter and kind as frames of `DAILY`, some for each day that has passed: the
    same key may come in several of them, to be added. They are not kept, since they grow with reporters and days.
    `on_sent` gets every event as it goes on the wire, with what only the simulation knows of it (`Envelope`).
    """

    def __init__(
        self,
        config: SimulationConfig,
        wards: Sequence[Ward],
        orgnrs: pl.Series,
        on_daily: OnDaily | None = None,
        on_sent: OnSent | None = None,
    ) -> None:
        self._config = config
        self._wards = wards
        self._orgnrs = orgnrs
        self._on_daily = on_daily
        self._on_sent = on_sent
        self._hours: list[int] = []
        self._occupancy = [array("H") for _ in wards]
        self._outcomes: Counter[tuple[Family, Outcome]] = Counter()
        self._faults: Counter[int] = Counter()
        self._late: Counter[Family] = Counter()
        self._actions: Counter[tuple[Family, str]] = Counter()
        self._subjects: Counter[Family] = Counter()
        self._day: list[pl.DataFrame] = []
        self._totals: Counter[tuple[date, str, str]] = Counter()

    def occupied(self, hour: Hour, present: Ints) -> None:
        """Patients in each ward at the stroke of the hour."""
        self._hours.append(hour.start)
        for column, patients in zip(self._occupancy, present.tolist(), strict=True):
            column.append(patients)

    def happened(self, family: Family, events: pl.DataFrame) -> None:
        """Events as they truly are, before any is disturbed. `_first`: nothing was reported of the subject before."""
        self._subjects[family] += int(events.get_column("_first").sum())
        if family not in _KIND:
            return
        kind, at = _KIND[family]
        day = pl.col(at).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(str(OSLO)).dt.date()
        rows = events.select("_reporter", date=day, family=pl.lit(family), kind=pl.col(kind), first="_first")
        counted = rows.filter("first")
        self._add(counted, 1)
        if family == "episode":  # a stay reported as such that ended on the day it began was day treatment
            short = rows.filter(~pl.col("first") & (pl.col("kind") == "2"))
            self._add(short, 1)
            self._add(short.with_columns(kind=pl.lit("1")), -1)

    def sent(self, family: Family, events: pl.DataFrame) -> None:
        """Events as they go on the wire."""
        again = events.get_column("_kind") == AGAIN
        fault = events.get_column("_fault").filter(~again)
        faulty = Counter(fault.filter(fault != NO_FAULT).to_list())
        refused = sum(count for number, count in faulty.items() if FAULTS[number].refused)
        self._faults += faulty
        self._outcomes[family, "duplicate"] += int(again.sum())
        self._outcomes[family, "rejected"] += refused
        self._outcomes[family, "accepted"] += len(fault) - refused
        self._late[family] += int((events.get_column("_late") & ~again).sum())
        if self._on_sent:
            self._on_sent(family, events)

    def corrected(self, family: Family, action: str, count: int) -> None:
        self._actions[family, action] += count

    def end_of_day(self) -> None:
        """Hands over the counts of the days that have passed."""
        if not self._day:
            return
        rows = pl.concat(self._day).group_by("date", "_reporter", "family", "kind").agg(pl.col("events").sum())
        self._day = []
        for day, family, kind, count in rows.group_by("date", "family", "kind").agg(pl.col("events").sum()).iter_rows():
            self._totals[day, family, kind] += count
        if self._on_daily:
            named = rows.with_columns(reporter=self._orgnrs.gather(rows.get_column("_reporter")))
            changed = named.filter(pl.col("events") != 0)
            self._on_daily(changed.select(*DAILY).sort("date", "reporter", "family", "kind"))

    def document(self) -> dict[str, Any]:
        """Everything as one JSON document (but for the daily counts by reporter)."""
        families = sorted({family for family, _ in self._outcomes})
        return {
            "simulation": release(),
            "config": {**asdict(self._config), "start": self._config.start.isoformat()},
            "events": sum(self._outcomes.values()),
            "outcomes": {outcome: self._outcome(outcome) for outcome in _OUTCOMES},
            "codes": self._codes(FAULTS),
            "families": {family: self._of_family(family) for family in families},
            "daily": [
                {"date": day.isoformat(), "family": family, "kind": kind, "events": count}
                for (day, family, kind), count in sorted(self._totals.items())
                if count
            ],
            "occupancy": {
                "hours": [datetime.fromtimestamp(at / 1000, UTC).isoformat() for at in self._hours],
                "wards": [
                    {
                        "reporter": TRUSTS[ward.reporter].orgnr,
                        "hospital": ward.hospital_name,
                        "ward": ward.code,
                        "name": ward.name,
                        "resource": ward.kind.resource,
                        "category": ward.kind.category,
                        "staffed": ward.staffed,
                        "occupied": occupied.tolist(),
                    }
                    for ward, occupied in zip(self._wards, self._occupancy, strict=True)
                ],
            },
        }

    def _outcome(self, outcome: Outcome) -> int:
        return sum(count for (_, o), count in self._outcomes.items() if o == outcome)

    def _of_family(self, family: Family) -> dict[str, Any]:
        return {
            **{outcome: self._outcomes[family, outcome] for outcome in _OUTCOMES},
            "codes": self._codes([fault for fault in FAULTS if fault.family == family]),
            "subjects": self._subjects[family],
            "late": self._late[family],
            "amended": self._actions[family, "amend"],
            "cancelled": self._actions[family, "cancel"],
        }

    def _codes(self, faults: Sequence[Fault]) -> dict[str, dict[str, Any]]:
        """Code → its severity and the number of events that break it."""
        found: dict[str, dict[str, Any]] = {}
        for number, fault in enumerate(FAULTS):
            if fault in faults and self._faults[number]:
                for code in fault.codes:
                    entry = found.setdefault(code, {"severity": str(fault.severity), "events": 0})
                    entry["events"] += self._faults[number]
        return dict(sorted(found.items()))

    def _add(self, rows: pl.DataFrame, sign: int) -> None:
        if rows.height:
            counts = rows.group_by("date", "_reporter", "family", "kind").agg(events=pl.len().cast(pl.Int64) * sign)
            self._day.append(counts)
