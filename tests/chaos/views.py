"""The public relations, asked for one round's reporters, in the shape of the truth they are held against."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from runtime.warehouse import Reader
from schemas.types import FAMILIES

from .beds import EVERYBODY
from .records import Ends

Cells = dict[tuple[Any, ...], int]
"""What a row is about → a count."""

_OURS = "reporter IN {reporters:Array(String)}"
_PLACE = "concat(source_topic, '/', toString(source_partition))"
WITHIN = (
    f"source_offset >= transform({_PLACE}, {{places:Array(String)}}, {{starts:Array(Int64)}}, toInt64(0)) "
    f"AND source_offset < transform({_PLACE}, {{places:Array(String)}}, {{ends:Array(Int64)}}, toInt64(0))"
)
"""Coordinates of a round; of a place that is not among them none is."""
_KEPT_SECONDS = 60.0
_BEDS = "resource IN ('bed', 'icu_bed', 'intermediate_bed')"
_CHANGES = {
    "started": "TjenesteStart",
    "paused": "MidlertidigStoppFra",
    "resumed": "MidlertidigStoppTil",
    "provider_changed": "TjenesteutforerEndret",
    "ended": "TjenesteSlutt",
}


class Views:
    """Asks one warehouse. Raises as `Reader`."""

    def __init__(self, reader: Reader, reporters: Sequence[str]) -> None:
        self._reader = reader
        self._reporters = list(reporters)

    def _rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return self._reader.rows(query, {"reporters": self._reporters, **parameters})

    def outcomes(self, starts: Ends, ends: Ends) -> pl.DataFrame:
        """Of the raw coordinates from `starts` to `ends`: source coordinates, outcome, family, reporter, codes."""
        query = (
            "SELECT toString(source_topic) AS source_topic, source_partition, source_offset, "
            "toString(outcome) AS outcome, toString(family) AS family, "
            "ifNull(toString(reporter), '') AS reporter, arrayStringConcat(codes, ' ') AS codes "
            f"FROM outcomes WHERE {WITHIN}"
        )
        frame = pl.from_arrow(self._reader.arrow(query, within(starts, ends)))
        assert isinstance(frame, pl.DataFrame)
        texts = [name for name, kind in frame.schema.items() if kind == pl.Binary]
        return frame.with_columns(pl.col(texts).cast(pl.String), pl.col("source_offset").cast(pl.Int64))

    def listed(self, starts: Ends, ends: Ends) -> Cells:
        """How many rows the relations of single outcomes have for these raw coordinates."""
        relations = {"rejected": "rejected", "duplicate": "duplicates"}
        relations |= {f"accepted {family}": f"accepted_{family}" for family in FAMILIES}
        return {
            (name,): self._reader.rows(f"SELECT count() FROM {relation} WHERE {WITHIN}", within(starts, ends))[0][0]
            for name, relation in relations.items()
        }

    def current(self) -> Cells:
        """Family → subjects of the current state."""
        return {(f,): self._rows(f"SELECT count() FROM {f}_current WHERE {_OURS}")[0][0] for f in FAMILIES}

    def known_now(self) -> Cells:
        """The same as known at a time after everything was received; an hour later, should the clock have been off."""
        at = "toString(now64(3, 'UTC') + INTERVAL 2 HOUR)"
        moment = self._rows(f"SELECT {at}")[0][0]
        return {
            (f,): self._rows(f"SELECT count() FROM {f}_known_at(at = {{at:String}}) WHERE {_OURS}", at=moment)[0][0]
            for f in FAMILIES
        }

    def twice(self) -> Cells:
        """Family → rows of the whole current state, whoever reported, beyond one for each event and each subject."""
        query = (
            "SELECT toInt64(2 * count()) - toInt64(uniqExact(event_id)) "
            "- toInt64(uniqExact(reporter, subject_id)) FROM {}_current"
        )
        return {(f,): self._rows(query.format(f))[0][0] for f in FAMILIES}

    def daily(self) -> Cells:
        """Family, day and kind → contacts, changes of services, consultations."""
        found: Counter[tuple[Any, ...]] = Counter()
        for day, kind, count in self._rows(
            f"SELECT toString(day), omsorgsniva, sum(contacts) FROM npr_contacts_daily WHERE {_OURS} GROUP BY ALL"
        ):
            found["episode", day, kind] += count
        sums = ", ".join(f"sum({name})" for name in _CHANGES)
        for day, *counts in self._rows(
            f"SELECT toString(day), {sums} FROM kpr_services_daily WHERE {_OURS} GROUP BY day"
        ):
            for kind, count in zip(_CHANGES.values(), counts, strict=True):
                found["service", day, kind] += count
        for day, kind, count in self._rows(
            "SELECT toString(toDate32(toTimeZone(datoTidStart, 'Europe/Oslo'))) AS day, tjenestetype, count() "
            f"FROM consultation_current WHERE {_OURS} GROUP BY ALL"
        ):
            found["consultation", day, kind] += count
        return {cell: count for cell, count in found.items() if count}

    def patients(self, hours: Sequence[str]) -> Cells:
        """Reporter, ward and hour → patients as counted from movements. Rounds share the simulated population."""
        return {
            (reporter, unit, hour): patients
            for hour in hours
            for reporter, unit, patients in self._rows(f"{EVERYBODY} AND beds.{_OURS}", at=hour)
        }

    def patients_now(self, patience: float) -> tuple[Cells, Cells]:
        """What `preparedness_occupancy` shows, which is kept, and the same counted anew. What was stored is kept within
        seconds; here a minute is given to it, or `patience` seconds when that is less."""
        columns = "SELECT reporter, unit, ifNull(patients, 0) FROM"
        named = self._rows(f"{columns} preparedness_occupancy_at(at = now64(3, 'UTC')) WHERE {_OURS}")
        counted = {(reporter, unit): patients for reporter, unit, patients in named}
        deadline = time.monotonic() + min(patience, _KEPT_SECONDS)
        while True:
            shown = {(r, u): n for r, u, n in self._rows(f"{columns} preparedness_occupancy WHERE {_OURS}")}
            if shown == counted or time.monotonic() > deadline:
                return shown, counted
            time.sleep(0.2)

    def snapshots(self) -> Cells:
        """Reporter, ward and hour → patients as the ward itself reported them."""
        rows = self._rows(
            "SELECT reporter, unit, formatDateTime(as_of, '%Y-%m-%dT%H:%i:%S+00:00', 'UTC'), occupied "
            f"FROM capacity_current WHERE {_OURS} AND {_BEDS}"
        )
        return {(reporter, unit, hour): occupied for reporter, unit, hour, occupied in rows}

    def quality(self) -> Cells:
        """Reporter and figure of `quality_reporters`."""
        names = ("events", "accepted", "rejected", "duplicates")
        rows = self._rows(f"SELECT reporter, {', '.join(names)} FROM quality_reporters WHERE {_OURS}")
        return {
            (reporter, name): count for reporter, *counts in rows for name, count in zip(names, counts, strict=True)
        }

    def receipts(self) -> Cells:
        """Different events that receipts tell of."""
        accepted = self._rows(f"SELECT uniqExact(arrayJoin(accepted_ids)) FROM receipts WHERE {_OURS}")
        return {("accepted",): accepted[0][0]}

    def errors(self) -> Cells:
        return {("sink_errors",): self._reader.rows("SELECT count() FROM sink_errors")[0][0]}


def within(starts: Ends, ends: Ends) -> dict[str, Any]:
    """Parameters of `WITHIN`; a place without a start begins at 0."""
    return {
        "places": [f"{topic}/{partition}" for topic, partition in ends],
        "starts": [starts.get(place, 0) for place in ends],
        "ends": list(ends.values()),
    }


def expected_quality(outcomes: pl.DataFrame, reporters: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
    """What `quality_reporters` must show, from the relation `outcomes`."""
    found: Counter[tuple[Any, ...]] = Counter()
    names = {"accepted": "accepted", "rejected": "rejected", "duplicate": "duplicates"}
    ours = outcomes.filter(pl.col("reporter").is_in(list(reporters)))
    for reporter, outcome, count in ours.group_by("reporter", "outcome").len().iter_rows():
        found[reporter, "events"] += count
        found[reporter, names[outcome]] += count
    cells = {(reporter, name): 0 for reporter in {r for r, _ in found} for name in ("events", *names.values())}
    return {**cells, **found}
