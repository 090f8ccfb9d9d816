"""What every event begins with, and when it is sent."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from producers.simulate.config import HOUR_MS, SECOND_MS
from producers.simulate.values import Ints, uuids
from schemas.types import LEGAL_BASIS, Family

MODELS: Final[dict[Family, str]] = {
    "episode": "53.1.3",
    "movement": "53.1.3",
    "referral": "53.1.3",
    "service": "56.0.0",
    "consultation": "56.0.0",
    "capacity": "1.0",
}
_LATE_HOURS: Final = (2, 30)

FRESH, TOUCHED, AGAIN = 0, 1, 2
"""Values of `_kind`: never sent; part of a correction or mending, or with a fault; the same bytes once more."""
NO_FAULT: Final = -1


class Envelope:
    """Completes frames of raw columns into events.

    Besides fields of the schema, events have: `_at`, when they go on the wire (`sent_at` unless sent again); `_order`,
    their place among those that go in one round; `_kind`;
    `_fault`, which of `producers.simulate.faults` they have; `_late`; `_spoilt`, whether the patient's number is made
    wrong; `_first`, whether it is the first of its subject; `_person`, `_reporter`, `_final`.
    """

    def __init__(self, reporters: pl.DataFrame, end: int, late: float, rng: np.random.Generator) -> None:
        self._reporters = reporters
        self._end = end
        self._late = late
        self._rng = rng

    def complete(self, family: Family, frame: pl.DataFrame, start: int) -> pl.DataFrame:
        """Adds the envelope; `revision` is 0 and `_first` follows from it unless given. What happened before `start` is
        the opening balance, sent spread over an hour."""
        rng, count = self._rng, frame.height
        sender = self._reporters[frame.get_column("_reporter")]
        occurred = frame.get_column("occurred_at").to_numpy()
        registered = occurred + rng.integers(10, 90, count) * SECOND_MS
        sent = registered + rng.integers(1, 20, count) * SECOND_MS
        old = start + rng.integers(0, 3600, count) * SECOND_MS
        sent = np.where(occurred < start, np.maximum(old, registered), sent)
        late = rng.random(count) < self._late
        delay = rng.integers(_LATE_HOURS[0] * HOUR_MS, _LATE_HOURS[1] * HOUR_MS, count) // SECOND_MS * SECOND_MS
        sent = self.within(np.where(late, sent + delay, sent))
        given = pl.col("revision") if "revision" in frame.columns else pl.lit(None, pl.Int64)
        frame = frame.with_columns(revision=given.fill_null(0))
        if "_first" not in frame.columns:
            frame = frame.with_columns(_first=pl.col("revision") == 0)
        return frame.with_columns(
            action=pl.when(pl.col("revision") == 0).then(pl.lit("report")).otherwise(pl.lit("amend")),
            event_id=uuids(rng, count),
            reporter=sender.get_column("orgnr"),
            system_vendor=sender.get_column("vendor"),
            system_product=sender.get_column("product"),
            system_version=sender.get_column("version"),
            model_version=pl.lit(MODELS[family]),
            registered_at=pl.Series(np.minimum(registered, sent)),
            sent_at=pl.Series(sent),
            declared_known_at=pl.Series(sent),
            legal_basis=pl.lit(LEGAL_BASIS[family]),
            _at=pl.Series(sent),
            _order=pl.lit(0, pl.Int64),
            _kind=pl.lit(FRESH, pl.Int8),
            _fault=pl.lit(NO_FAULT, pl.Int16),
            _late=pl.Series(late),
            _spoilt=pl.lit(value=False),
        )

    def within(self, at: Ints) -> Ints:
        """Whatever would be sent after the last hour is sent in its last second."""
        return np.minimum(at, self._end - SECOND_MS)
