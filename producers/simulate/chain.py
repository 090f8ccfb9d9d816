"""The chain of a reporter's notifications: a running number, and the id of the one before (KPR minimelding)."""

from __future__ import annotations

import polars as pl

_FIRST = "00000000-0000-0000-0000-000000000000"


class Chains:
    """Where each reporter's chain has come to."""

    def __init__(self) -> None:
        self._last = pl.DataFrame(schema={"_reporter": pl.UInt32, "_sequence": pl.Int64, "_event": pl.String})

    def link(self, events: pl.DataFrame) -> pl.DataFrame:
        """Gives events, in the order they are sent, their place. Those that have one (mended, again) keep it."""
        if "sequence" not in events.columns:
            events = events.with_columns(sequence=pl.lit(None, pl.Int64), previous_event_id=pl.lit(None, pl.String))
        new = events.filter(pl.col("sequence").is_null())
        if not new.height:
            return events
        before = new.select("_reporter").join(self._last, on="_reporter", how="left", maintain_order="left")
        linked = new.with_columns(
            sequence=before.get_column("_sequence").fill_null(0)
            + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("_reporter"),
            previous_event_id=pl.coalesce(
                pl.col("event_id").shift(1).over("_reporter"), before.get_column("_event"), pl.lit(_FIRST)
            ),
        )
        latest = linked.group_by("_reporter", maintain_order=True).agg(
            _sequence=pl.col("sequence").last(), _event=pl.col("event_id").last()
        )
        self._last = pl.concat([self._last.join(latest, on="_reporter", how="anti"), latest])
        return pl.concat([events.filter(pl.col("sequence").is_not_null()), linked]).sort("_order")
