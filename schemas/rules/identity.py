"""Judges the opened identifiers of a batch by the same catalogue."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import polars as pl

from schemas.frames import constant, is_true
from schemas.identity import Facts
from schemas.rules.catalogue import catalogue
from schemas.rules.checks import Context
from schemas.rules.columns import raw_columns
from schemas.rules.evaluation import Evaluation, Hit
from schemas.rules.program import Target, expression
from schemas.types import Profile

PatientField = Literal["patient", "prior_patient"]


def evaluate_identity(
    frame: pl.DataFrame,
    family: str,
    *,
    types: pl.Series,
    problems: pl.Series,
    facts: Facts,
    profile: Profile,
    field: PatientField = "patient",
) -> Evaluation:
    """Judges the identifiers that `schemas.patient.PatientOpener.open_many` found in the rows of `frame`.

    `types` and `problems` (texts, null where there is none) are what it gave, `facts` what `schemas.identity.facts`
    says of the numbers. Nothing is repaired, so `repaired` is `frame`. `field` is the field the problems name.
    """
    judged = frame.hstack(
        [
            types.alias("_type"),
            problems.alias("_problem"),
            _known(facts.valid, facts.checked).alias("_valid"),
            _known(facts.synthetic, facts.tells_origin).alias("_synthetic"),
            constant("_synthetic_wanted", profile != "prod", frame.height),
            _known(facts.sex, facts.sex > 0).cast(pl.String).alias("_sex"),
            _known(facts.birth_year, facts.birth_year > 0).alias("_year"),
        ]
    )
    steps = [step for step in _steps(Context(family, profile)) if field == "patient" or step[0].field == "patient"]
    verdicts = judged.select(broken for _, broken in steps)
    cancels = is_true(judged.get_column("action") == "cancel")
    hits = []
    for (target, _), column in zip(steps, verdicts.iter_columns(), strict=True):
        if column.any():
            rows = is_true(column) if target.rule.on_cancel else is_true(column) & ~cancels
            if rows.any():
                named = field if target.field == "patient" else target.field
                hits.append(Hit(target.rule, named, rows))
    return Evaluation(tuple(hits), frame)


@cache
def _steps(context: Context) -> tuple[tuple[Target, pl.Expr], ...]:
    kinds = raw_columns(context.family)
    targets = [
        (Target(rule, field, field), check)
        for rule in catalogue()
        if rule.phase == "identity" and context.family in rule.families
        for field, check in rule.checks.items()
    ]
    return tuple(
        (target, expression(target.rule, check, target.column, kinds[target.column], context).alias(str(i)))
        for i, (target, check) in enumerate(targets)
    )


def _known(
    values: np.ndarray[tuple[int], np.dtype[np.generic]], known: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> pl.Series:
    """The values, null where they are not known."""
    return pl.Series(values).zip_with(pl.Series(known), pl.Series([None], dtype=pl.Series(values).dtype))
