"""Adds what the register knows: names, places, releases, and from when the content counts as known."""

from __future__ import annotations

import polars as pl

from streams.pipeline.verdicts import BatchFacts
from streams.reference.tables import Reference

_UTC_MS = pl.Datetime("ms", "UTC")


def enrich(frame: pl.DataFrame, facts: BatchFacts, reference: Reference, rules_release: str) -> pl.DataFrame:
    """Accepted events with every column that the accepted schema adds, but for problems."""
    declared, received = frame["declared_known_at"], frame["received_at"]
    of_all = [
        pl.Series("source_topic", [facts.topic]),
        pl.Series("processed_at", [facts.processed_at]).cast(_UTC_MS),
        pl.Series("rules_release", [rules_release]),
    ]
    known_at = declared.zip_with(declared.is_not_null(), received).alias("known_at")
    return reference.enrich(frame.hstack([*(one.new_from_index(0, frame.height) for one in of_all), known_at]))
