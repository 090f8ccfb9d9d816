"""The verdict of the catalogue on a batch: the rules on the event and those on the opened identifiers, together."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from schemas.rules import Evaluation, evaluate, evaluate_identity
from schemas.rules.identity import PatientField
from schemas.types import Profile
from streams.pipeline.protect import Opened


def validate(frame: pl.DataFrame, family: str, opened: Opened, profile: Profile, now: datetime) -> Evaluation:
    """All problems of every event at once."""
    verdict = evaluate(frame, family, profile=profile, now=now)
    fields: tuple[PatientField, PatientField] = ("patient", "prior_patient")
    for field, identifier in zip(fields, (opened.patient, opened.prior_patient), strict=True):
        if identifier is not None:
            verdict = verdict.joined(
                evaluate_identity(
                    frame,
                    family,
                    types=identifier.held.types,
                    problems=identifier.held.problems,
                    facts=identifier.facts,
                    profile=profile,
                    field=field,
                )
            )
    return verdict
