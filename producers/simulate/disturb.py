"""Sends some true events otherwise than once, in time and right; what becomes of each is known.

Every stage takes from events that no other has touched, so an event has one story at most:

1. *amended*: it goes out with a wrong figure, and the right one follows as the next revision;
2. *cancelled*: something that never was goes out beside it, and is cancelled later;
3. *faulty*: it breaks a rule. Refused ones are mended and sent again under the same id; repaired ones stay;
4. *again*: the same bytes are sent once more.

Late events are made in `producers.simulate.envelope`. The chain of the service family (sequence, previous event) is
put between 2 and 3, so a mended event has the place in the chain that its faulty first sending had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from producers.simulate.clinical import diagnosis, main_condition
from producers.simulate.config import HOUR_MS, MINUTE_MS, SECOND_MS, SimulationConfig
from producers.simulate.envelope import AGAIN, FRESH, TOUCHED, Envelope
from producers.simulate.faults import FAULTS, OF_FAMILY, Change
from producers.simulate.values import uuids
from schemas.types import Family

Bools = npt.NDArray[np.bool_]

_AMEND_HOURS: Final = (1, 12)
_MEND_MINUTES: Final = (5, 180)
_AGAIN_MINUTES: Final = (1, 480)
_CANCELLED: Final = 0.25
"""Of the corrections of a family that can be cancelled."""

_NEVER_WAS: Final[dict[Family, tuple[pl.Expr, tuple[str, ...]]]] = {
    "movement": (pl.col("movement_type") == "admit", ("subject_id", "episode_id")),
    "episode": (pl.col("omsorgsniva") == "3", ("subject_id",)),
    "service": (pl.col("hendelse") == "TjenesteStart", ("subject_id", "tjenesteID")),
    "consultation": (pl.lit(value=True), ("subject_id",)),
}
"""Which events can be copied as something that never was, and the ids such a copy has of its own."""


class Disturber:
    """Applies the shares of a configuration. `wards` gives for each ward the one it is mistaken for."""

    def __init__(
        self,
        config: SimulationConfig,
        wards: Mapping[str, str],
        envelope: Envelope,
        rng: np.random.Generator,
        on_correction: Callable[[Family, str, int], None],
    ) -> None:
        self._config = config
        self._on_correction = on_correction
        self._envelope = envelope
        self._rng = rng
        self._wrong: dict[Family, Change] = _wrong_figures(wards)

    def correct(self, family: Family, events: pl.DataFrame) -> list[pl.DataFrame]:
        """Stages 1 and 2, for what is due now: that, and what follows from it."""
        chosen = self._choose(events, self._config.corrections, pl.col("_final"))
        if not chosen.any():
            return [events]
        never = np.zeros(events.height, np.bool_)
        if family in _NEVER_WAS:
            possible = events.select(_NEVER_WAS[family][0]).to_series().to_numpy()
            never = chosen & possible & (self._rng.random(events.height) < _CANCELLED)
        return [
            events.filter(~chosen | never),
            *self._amended(family, events.filter(chosen & ~never)),
            *self._cancelled(family, events.filter(never)),
        ]

    def break_rules(self, family: Family, events: pl.DataFrame) -> list[pl.DataFrame]:
        """Stage 3."""
        chosen = self._choose(events, self._config.invalid)
        if not chosen.any():
            return [events]
        which = self._rng.choice(OF_FAMILY[family], events.height)
        parts = [events.filter(~chosen)]
        for number in np.unique(which[chosen]).tolist():
            right = events.filter(chosen & (which == number))
            fault = FAULTS[number]
            wrong = right.with_columns(**fault.change(right)).with_columns(
                _fault=pl.lit(number, pl.Int16), _kind=pl.lit(TOUCHED, pl.Int8)
            )
            parts.append(wrong)
            if fault.refused:
                parts.append(self._sent_later(right, _MEND_MINUTES, MINUTE_MS))
        return parts

    def repeat(self, events: pl.DataFrame) -> pl.DataFrame:
        """Stage 4: what is sent again, with its later time on the wire."""
        again = events.filter(self._choose(events, self._config.duplicates))
        at = again.get_column("_at").to_numpy() + self._delay(again.height, _AGAIN_MINUTES, MINUTE_MS)
        return again.with_columns(_at=self._envelope.within(at), _kind=pl.lit(AGAIN, pl.Int8))

    def _choose(self, events: pl.DataFrame, share: float, also: pl.Expr | None = None) -> Bools:
        untouched = pl.col("_kind") == FRESH
        possible = events.select(untouched if also is None else untouched & also).to_series().to_numpy()
        chosen: Bools = possible & (self._rng.random(events.height) < share)
        return chosen

    def _amended(self, family: Family, right: pl.DataFrame) -> list[pl.DataFrame]:
        if not right.height:
            return []
        first = right.with_columns(**self._wrong[family](right)).with_columns(_kind=pl.lit(TOUCHED, pl.Int8))
        return [first, self._next_revision(family, right, "amend")]

    def _cancelled(self, family: Family, like: pl.DataFrame) -> list[pl.DataFrame]:
        if not like.height:
            return []
        own = _NEVER_WAS[family][1]
        first = like.with_columns(pl.col(*own).str.replace("^", "X")).with_columns(
            event_id=uuids(self._rng, like.height), _kind=pl.lit(TOUCHED, pl.Int8)
        )
        return [first, self._next_revision(family, first, "cancel")]

    def _next_revision(self, family: Family, events: pl.DataFrame, action: str) -> pl.DataFrame:
        self._on_correction(family, action, events.height)
        corrected = self._sent_later(events, _AMEND_HOURS, HOUR_MS).with_columns(
            event_id=uuids(self._rng, events.height),
            revision=pl.col("revision") + 1,
            action=pl.lit(action),
            registered_at=pl.col("_at") - SECOND_MS,
        )
        if family != "service":
            return corrected
        return corrected.with_columns(
            statusNotifikasjon=pl.lit("C" if action == "cancel" else "M"), notifikasjonRef=events.get_column("event_id")
        )

    def _sent_later(self, events: pl.DataFrame, between: tuple[int, int], unit: int) -> pl.DataFrame:
        at = events.get_column("_at").to_numpy() + self._delay(events.height, between, unit)
        sent = pl.Series(self._envelope.within(at))
        return events.with_columns(
            _at=sent, sent_at=sent, declared_known_at=sent, _kind=pl.lit(TOUCHED, pl.Int8), _late=pl.lit(value=False)
        )

    def _delay(self, count: int, between: tuple[int, int], unit: int) -> npt.NDArray[np.int64]:
        return self._rng.integers(between[0] * unit, between[1] * unit, count) // SECOND_MS * SECOND_MS


def _wrong_figures(wards: Mapping[str, str]) -> dict[Family, Change]:
    """What an event that is amended later had wrong at first: nothing that a rule could find."""
    one = pl.min_horizontal(pl.lit(1, pl.Int64), pl.col("occupied"))
    return {
        "episode": lambda _events: {"tilstander": pl.lit(main_condition("R104"))},
        "movement": lambda _events: {"tjenesteenhetID": pl.col("tjenesteenhetID").replace_strict(dict(wards))},
        "referral": lambda _events: {"fagomrade": pl.lit("900")},
        "service": lambda _events: {"tjenesteType": pl.lit("2")},
        "consultation": lambda _events: {"diagnoser": pl.lit(diagnosis("A04"))},
        "capacity": lambda _events: {"occupied": pl.col("occupied") - one, "available": pl.col("available") + one},
    }
