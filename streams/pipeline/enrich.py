"""Adds what the register knows: names, places, releases, and from when the content counts as known."""

from __future__ import annotations

import polars as pl

from reference.tables import Reference
from schemas.frames import constant
from streams.pipeline.verdicts import BatchFacts

_UTC_MS = pl.Datetime("ms", "UTC")


def enrich(frame: pl.DataFrame, facts: BatchFacts, reference: Reference, rules_release: str) -> pl.DataFrame:
    """Accepted events with every column that the accepted schema adds, but for problems."""
    declared, received = frame["declared_known_at"], frame["received_at"]
    added = [
        constant("source_topic", facts.topic, frame.height),
        constant("processed_at", facts.processed_at, frame.height).cast(_UTC_MS),
        constant("rules_release", rules_release, frame.height),
        declared.zip_with(declared.is_not_null(), received).alias("known_at"),
    ]
    return reference.enrich(frame.hstack(added))
