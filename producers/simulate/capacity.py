"""What units say of their capacity: each ward every hour, other resources of each hospital once a day."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import polars as pl

from producers.simulate.config import Hour
from producers.simulate.hospitals import Ward
from producers.simulate.inpatients import Inpatients

_DAILY_AT: Final = 8
_FLOW_HOURS: Final = 24
_FLOWS: Final = ("admissions", "discharges", "transfers_in", "transfers_out")
"""In the order of `Inpatients.flows`."""


class _Resource(NamedTuple):
    resource: str
    category: str
    per_100_beds: float
    used: float


_RESOURCES: Final = (
    _Resource("operating_room", "all", 6, 0.7),
    _Resource("ventilator", "all", 7, 0.45),
    _Resource("ambulance", "all", 5, 0.4),
    _Resource("staff", "all", 180, 0.92),
    _Resource("oncall", "all", 8, 0.3),
)


class Capacity:
    """Snapshots of the wards of `Inpatients`; figures of flow are null until a whole day is known."""

    def __init__(self, wards: list[Ward], rng: np.random.Generator) -> None:
        self._rng = rng
        self._reporter = np.array([ward.reporter for ward in wards], np.int64)
        self._staffed = np.array([ward.staffed for ward in wards], np.int64)
        self._flows = np.zeros((_FLOW_HOURS, 4, len(wards)), np.int64)
        self._observed: list[pl.DataFrame] = []
        self._wards = pl.DataFrame(
            {
                "_reporter": pl.Series(self._reporter, dtype=pl.UInt32),
                "unit": [ward.code for ward in wards],
                "unit_name": [ward.name for ward in wards],
                "resource": [ward.kind.resource for ward in wards],
                "category": [ward.kind.category for ward in wards],
                "physical": pl.Series([ward.physical for ward in wards], dtype=pl.Int64),
                "staffed": self._staffed,
            }
        )
        self._hospitals = self._wards_by_hospital(wards)

    def observe(self, hour: Hour, inpatients: Inpatients) -> None:
        """Notes the state at the stroke of the hour, and what flowed in the hour before it."""
        self._flows[hour.number % _FLOW_HOURS] = inpatients.flows
        spare = self._staffed - inpatients.present
        blocked = np.minimum(self._rng.binomial(2, 0.15, len(spare)), spare)
        beds = self._wards.with_columns(
            as_of=pl.lit(hour.start, pl.Int64),
            occupied=inpatients.present.copy(),
            blocked=blocked,
            available=spare - blocked,
            utskrivningsklar=inpatients.ready.copy(),
        )
        if hour.number >= _FLOW_HOURS:
            beds = beds.with_columns(
                **{name: pl.Series(flow) for name, flow in zip(_FLOWS, self._flows.sum(axis=0), strict=True)}
            )
        self._observed.append(beds)
        if hour.local_hour == _DAILY_AT:
            self._observed.append(self._others().with_columns(as_of=pl.lit(hour.start, pl.Int64)))

    def take(self) -> pl.DataFrame:
        """The snapshots since the last call, in raw columns."""
        frame = pl.concat(self._observed, how="diagonal")
        self._observed = []
        stamp = pl.col("as_of").cast(pl.Datetime("ms", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return frame.with_columns(
            occurred_at="as_of",
            origin=pl.lit("reported"),
            status=pl.lit("regular"),
            late=pl.lit(value=False),
            subject_id=pl.concat_str("unit", "resource", "category", stamp, separator="/"),
            _final=pl.lit(value=True),
            _person=pl.lit(None, pl.Int64),
        )

    def _others(self) -> pl.DataFrame:
        """Operating rooms, ventilators, ambulances, staff and on-call of each hospital."""
        parts = []
        for kind in _RESOURCES:
            beds = self._hospitals.get_column("beds").to_numpy()
            physical = np.maximum(1, np.round(beds * kind.per_100_beds / 100)).astype(np.int64)
            occupied = self._rng.binomial(physical, kind.used)
            parts.append(
                self._hospitals.drop("beds").with_columns(
                    resource=pl.lit(kind.resource),
                    category=pl.lit(kind.category),
                    physical=physical,
                    staffed=physical,
                    occupied=occupied,
                    blocked=np.zeros(len(physical), np.int64),
                    available=physical - occupied,
                )
            )
        return pl.concat(parts)

    @staticmethod
    def _wards_by_hospital(wards: list[Ward]) -> pl.DataFrame:
        rows = pl.DataFrame(
            {
                "hospital": [ward.hospital for ward in wards],
                "_reporter": pl.Series([ward.reporter for ward in wards], dtype=pl.UInt32),
                "unit": [ward.code[:3] for ward in wards],
                "unit_name": [ward.hospital_name for ward in wards],
                "beds": [ward.staffed for ward in wards],
            }
        )
        grouped = rows.group_by("hospital", "_reporter", "unit", "unit_name", maintain_order=True)
        return grouped.agg(pl.col("beds").sum()).drop("hospital")
