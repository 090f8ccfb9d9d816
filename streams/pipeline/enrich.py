"""Adds what the register knows: names, places, releases, and from when the content counts as known."""

from __future__ import annotations

import polars as pl

from streams.pipeline.verdicts import BatchFacts
from streams.reference.tables import Reference

_UTC_MS = pl.Datetime("ms", "UTC")


def enrich(frame: pl.DataFrame, facts: BatchFacts, reference: Reference, rules_release: str) -> pl.DataFrame:
    """Accepted events with every column that the accepted schema adds, but for problems."""
    return reference.enrich(
        frame.with_columns(
            source_topic=pl.lit(facts.topic),
            processed_at=pl.lit(facts.processed_at, dtype=pl.Int64).cast(_UTC_MS),
            known_at=pl.coalesce("declared_known_at", "received_at"),
            rules_release=pl.lit(rules_release),
        )
    )
