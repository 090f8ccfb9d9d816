"""The events that a hospital sends of its stays: movements and episodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, get_type_hints

import polars as pl

from producers.simulate import people
from producers.simulate.clinical import main_condition, ready_for_discharge
from producers.simulate.config import DAY_MS
from producers.simulate.hospitals import TRUSTS, Ward


class MovementRow(NamedTuple):
    """A movement; wards by number (-1: none), beds by number in their ward, times in UTC milliseconds."""

    kind: str
    visit: str
    person: int
    ward: int
    bed: int
    previous_ward: int
    previous_bed: int
    acute: bool
    at: int
    admitted: int
    discharged: int | None


class EpisodeRow(NamedTuple):
    """What is known of a stay after a step; `revision` grows by one with each. `level` is list 8406."""

    visit: str
    revision: int
    person: int
    ward: int
    diagnosis: int
    acute: bool
    level: str
    at: int
    admitted: int
    discharged: int | None
    ready: int | None
    dead: bool


_TYPES = {str: pl.String, int: pl.Int64, int | None: pl.Int64, bool: pl.Boolean}
_MOVEMENT = {name: _TYPES[kind] for name, kind in get_type_hints(MovementRow).items()}
_EPISODE = {name: _TYPES[kind] for name, kind in get_type_hints(EpisodeRow).items()}


class Stays:
    """Turns the rows of `Inpatients` into columns of the raw schemas."""

    def __init__(self, wards: Sequence[Ward], home: pl.Series) -> None:
        self._home = home
        self._table = pl.DataFrame(
            {
                "_reporter": [ward.reporter for ward in wards],
                "unit": [TRUSTS[ward.reporter].orgnr for ward in wards],
                "unit_name": [ward.hospital_name for ward in wards],
                "ward": [ward.code for ward in wards],
                "sector": [ward.kind.sector for ward in wards],
                "field": [ward.kind.field_of_medicine for ward in wards],
            },
            schema_overrides={"_reporter": pl.UInt32},
        )
        self._conditions = [[main_condition(code) for code in ward.kind.diagnoses] for ward in wards]

    def movements(self, rows: Sequence[MovementRow]) -> pl.DataFrame:
        frame = pl.DataFrame(rows, schema=_MOVEMENT, orient="row")
        ward = self._table[frame.get_column("ward")]
        entered_from = pl.when(pl.col("previous_ward") >= 0)
        persons = frame.get_column("person").to_numpy()
        return frame.select(
            ward.get_column("_reporter"),
            _person="person",
            _final=pl.lit(value=True),
            subject_id=pl.when(pl.col("kind").is_in(["admit", "discharge"]))
            .then(pl.concat_str("visit", pl.lit("/"), "kind"))
            .otherwise(pl.concat_str("visit", pl.lit("/"), "kind", pl.lit("/"), _stamp(pl.col("at")))),
            occurred_at="at",
            episode_id="visit",
            movement_type="kind",
            unit=ward.get_column("unit"),
            unit_name=ward.get_column("unit_name"),
            tjenesteenhetID=ward.get_column("ward"),
            room=_room(pl.col("bed")),
            bed=_bed(pl.col("bed")),
            previous_ward=entered_from.then(
                pl.lit(self._table.get_column("ward")).gather(pl.col("previous_ward").clip(0))
            ),
            previous_room=entered_from.then(_room(pl.col("previous_bed"))),
            previous_bed=entered_from.then(_bed(pl.col("previous_bed"))),
            sector=ward.get_column("sector"),
            patient_class=pl.lit("I"),
            omsorgsniva=pl.lit("1"),
            innmateHast=pl.when("acute").then(pl.lit("1")).otherwise(pl.lit("4")),
            komNrHjem=self._home.gather(people.place(persons)),
            innDatoTid="admitted",
            utDatoTid="discharged",
        )

    def episodes(self, rows: Sequence[EpisodeRow]) -> pl.DataFrame:
        frame = pl.DataFrame(rows, schema=_EPISODE, orient="row")
        ward = self._table[frame.get_column("ward")]
        persons = frame.get_column("person").to_numpy()
        closed = pl.col("discharged").is_not_null()
        conditions = [self._conditions[row.ward] for row in rows]
        return frame.select(
            ward.get_column("_reporter"),
            _person="person",
            _final=closed,
            subject_id="visit",
            revision="revision",
            occurred_at="at",
            henvisningsperiodeID=pl.concat_str(pl.lit("HP-"), "visit"),
            unit=ward.get_column("unit"),
            unit_name=ward.get_column("unit_name"),
            sector=ward.get_column("sector"),
            innDatoTid="admitted",
            utDatoTid="discharged",
            omsorgsniva="level",
            innmateHast=pl.when("acute").then(pl.lit("1")).otherwise(pl.lit("4")),
            debitor=pl.lit("1"),
            komNrHjem=self._home.gather(people.place(persons)),
            episodeFag=ward.get_column("field"),
            fraSted=pl.lit("1"),
            inntilstand=pl.lit("1"),
            tilSted=pl.when(closed & ~pl.col("dead")).then(pl.lit("1")),
            utTilstand=pl.when(closed).then(pl.when("dead").then(pl.lit("2")).otherwise(pl.lit("1"))),
            epikriseDato=pl.col("discharged") // DAY_MS + 1,
            fodselsar=pl.Series(people.birth_year(persons), dtype=pl.Int64),
            kjonn=pl.Series(people.sex(persons)).cast(pl.String),
            tidspunkter=pl.Series([ready_for_discharge(row.ready) for row in rows], dtype=pl.Binary),
            tilstander=pl.Series(
                [codes[row.diagnosis % len(codes)] for codes, row in zip(conditions, rows, strict=True)],
                dtype=pl.Binary,
            ),
        )


def _room(bed: pl.Expr) -> pl.Expr:
    """Two beds a room."""
    return pl.format("R{}", (bed + 1) // 2)


def _bed(bed: pl.Expr) -> pl.Expr:
    return pl.format("S{}", bed)


def _stamp(at: pl.Expr) -> pl.Expr:
    return at.cast(pl.Datetime("ms", "UTC")).dt.strftime("%Y%m%dT%H%M%SZ")
