"""What the rules say of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.rules.model import Language, Rule
from schemas.types import Problem, Severity

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hit:
    """The rows in which one field breaks one rule; at least one."""

    rule: Rule
    field: str
    rows: Bools


@dataclass(frozen=True)
class Evaluation:
    """The verdict on a frame, row by row.

    `repaired`: the frame with repaired fields set to null or -1; the frame itself when there is nothing to repair.
    """

    found: tuple[Hit, ...]
    repaired: pl.DataFrame

    @cached_property
    def hits(self) -> Mapping[str, pl.Series]:
        """Rule code → where it is broken. Only rules that some row breaks."""
        rows: dict[str, Bools] = {}
        for hit in self.found:
            rows[hit.rule.code] = rows[hit.rule.code] | hit.rows if hit.rule.code in rows else hit.rows
        return {code: pl.Series(code, mask) for code, mask in rows.items()}

    @cached_property
    def refused(self) -> pl.Series:
        """Rows that are not accepted."""
        return self._any(hit for hit in self.found if hit.rule.severity.refuses)

    @cached_property
    def repaired_rows(self) -> pl.Series:
        """Rows whose content in `repaired` is not what was sent."""
        return self._any(hit for hit in self.found if hit.rule.severity is Severity.REPAIR)

    @cached_property
    def with_problems(self) -> pl.Series:
        """Rows that break any rule."""
        return self._any(self.found)

    @property
    def counts(self) -> Mapping[tuple[str, Severity], int]:
        """Rows that break each rule, by code and severity."""
        severities = {hit.rule.code: hit.rule.severity for hit in self.found}
        return {(code, severities[code]): int(rows.sum()) for code, rows in self.hits.items()}

    def problems(self, rows: Sequence[int], language: Language = "en") -> dict[int, list[Problem]]:
        """All problems of each of `rows` (positions in the frame); an empty list for a row without any."""
        answer: dict[int, list[Problem]] = {row: [] for row in rows}
        wanted = np.zeros(self.repaired.height, np.bool_)
        wanted[list(answer)] = True
        for hit in self.found:
            rule = hit.rule
            problem = Problem(rule.code, rule.severity, hit.field, rule.message(hit.field, language))
            for row in np.flatnonzero(hit.rows & wanted).tolist():
                answer[row].append(problem)
        return answer

    def joined(self, other: Evaluation) -> Evaluation:
        """This verdict and another on the same rows, as one. What was repaired here stays so."""
        return Evaluation(self.found + other.found, self.repaired)

    def _any(self, hits: Iterable[Hit]) -> pl.Series:
        rows = np.zeros(self.repaired.height, np.bool_)
        for hit in hits:
            rows |= hit.rows
        return pl.Series(rows)
