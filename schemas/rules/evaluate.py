"""Judges a batch by the catalogue: all problems of every event at once.

An event's own columns are judged in one `select`, and so are the elements of each array. What follows looks only at
the few rules that were broken. A row's verdict depends on that row, the profile and the clock, never on its neighbours.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.frames import Bools, is_true
from schemas.identity import relaxed_at
from schemas.rules import elements
from schemas.rules.checks import Context
from schemas.rules.columns import raw_columns
from schemas.rules.elements import Elements
from schemas.rules.evaluation import Evaluation, Hit
from schemas.rules.leak import personal_numbers
from schemas.rules.model import Rule
from schemas.rules.program import Program, Step, Target, newer_than_lists, program
from schemas.types import Profile

Ints = npt.NDArray[np.int64]

_OSLO: Final = ZoneInfo("Europe/Oslo")


def evaluate(frame: pl.DataFrame, family: str, *, profile: Profile, now: datetime) -> Evaluation:
    """Judges `frame`, which has the columns of `raw.<family>` (others are kept and ignored). `now` is aware.

    A column of the newest schema that the frame lacks counts as unknown.
    """
    newer = not newer_than_lists().isdisjoint(frame.get_column("model_version").to_list())
    compiled = program(Context(family, profile, newer=newer))
    return _Run(frame, family, compiled, now).evaluation()


class _Run:
    """One evaluation: gathers hits, then applies what they ask for."""

    def __init__(self, frame: pl.DataFrame, family: str, compiled: Program, now: datetime) -> None:
        self._frame = frame
        self._program = compiled
        missing = {name: kind for name, kind in raw_columns(family).items() if name not in frame.columns}
        self._judged = frame.with_columns(
            pl.lit(now).cast(pl.Datetime("ms", "UTC")).alias("_now"),
            pl.lit(now.astimezone(_OSLO).date()).alias("_today"),
            *(pl.lit(None, kind).alias(name) for name, kind in missing.items()),
            *compiled.days,
        )
        self._relaxed = relaxed_at(self._judged.get_column("occurred_at"), now)
        self._hits: list[Hit] = []
        self._suspicious = np.zeros(frame.height, np.bool_)
        """Rows that break any rule, those excused as cancels too."""
        self._columns: dict[str, tuple[Bools, str | None]] = {}
        self._arrays: dict[str, pl.Series] = {}

    def evaluation(self) -> Evaluation:
        if not self._frame.height:
            return Evaluation((), self._frame)
        self._event()
        counts = elements.counts(self._judged, self._program.arrays)
        exploded = {name: self._elements(name, counts[name]) for name in self._program.arrays}
        self._leaks(exploded)
        return Evaluation(tuple(self._hits), self._repaired())

    def _event(self) -> None:
        for target, broken in _broken(self._judged, self._program.event):
            rows = self._hit(target, broken)
            if target.rule.repairs and rows.any():
                before, _ = self._columns.get(target.column, (np.zeros_like(rows), None))
                self._columns[target.column] = (before | rows, target.rule.repair)

    def _elements(self, array: str, counts: Ints) -> Elements | None:
        step = self._program.arrays[array]
        found = elements.explode(self._judged, array, counts, step.parents)
        if found is None:
            return None
        repairs: dict[str, tuple[Bools, str | None]] = {}
        for target, broken in _broken(found.frame, step):
            rows = np.zeros(self._frame.height, np.bool_)
            rows[found.rows[broken]] = True
            rows = self._hit(target, rows)
            mended = broken & rows[found.rows]
            if target.rule.repairs and mended.any():
                repairs[target.column] = (mended, target.rule.repair)
        if repairs:
            self._arrays[array] = elements.repair(self._frame.get_column(array), found, repairs)
        return found

    def _hit(self, target: Target, rows: Bools) -> Bools:
        """Notes a hit in the rows for which the rule holds, and returns them."""
        self._suspicious |= rows
        if not target.rule.on_cancel:
            rows = rows & ~self._cancels()
        self._note(target.rule, target.field, rows)
        return rows

    def _note(self, rule: Rule, field: str, rows: Bools) -> None:
        if rows.any():
            self._hits.append(Hit(rule, field, rows))

    def _cancels(self) -> Bools:
        return is_true(self._judged.get_column("action") == "cancel")

    def _leaks(self, exploded: dict[str, Elements | None]) -> None:
        """Texts that no rule bounds are searched everywhere, the others in the events that broke some rule."""
        whole = Elements(self._judged, np.arange(self._frame.height))
        self._search("", self._program.event, whole)
        for name, found in exploded.items():
            if found:
                self._search(f"{name}.", self._program.arrays[name], found)

    def _search(self, prefix: str, step: Step, found: Elements) -> None:
        everywhere = personal_numbers(found.frame, step.free, self._relaxed[found.rows])
        for column, where in everywhere.items():
            self._leak(prefix, column, found.rows[where])
        within = self._suspicious[found.rows]
        if step.bounded and within.any():
            rows = found.rows[within]
            frame = found.frame[list(step.bounded)][np.flatnonzero(within)]
            for column, where in personal_numbers(frame, step.bounded, self._relaxed[rows]).items():
                self._leak(prefix, column, rows[where])

    def _leak(self, prefix: str, column: str, rows: Ints) -> None:
        hit = np.zeros(self._frame.height, np.bool_)
        hit[rows] = True
        field = column if prefix == f"{column}." else prefix + column  # an array of plain texts
        self._note(self._program.leak, field, hit)

    def _repaired(self) -> pl.DataFrame:
        if not (self._columns or self._arrays):
            return self._frame
        return self._frame.with_columns(
            *(
                pl.when(pl.lit(pl.Series(rows)))
                .then(pl.lit(value, self._frame.schema[column]))
                .otherwise(pl.col(column))
                .alias(column)
                for column, (rows, value) in self._columns.items()
            ),
            *(values.alias(array) for array, values in self._arrays.items()),
        )


def _broken(frame: pl.DataFrame, step: Step) -> list[tuple[Target, Bools]]:
    """The targets of a step that some row breaks, with those rows."""
    judged = frame.select(step.broken)
    return [
        (target, is_true(column))
        for target, column in zip(step.targets, judged.iter_columns(), strict=True)
        if column.any()
    ]
