"""Opens patients' identifiers, turns them into keyed hashes, and lets go of them.

Identifiers are in the clear only between `open` and `protect`, in memory, in objects without a repr.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from runtime.keys import Keys
from schemas.frames import constant
from schemas.identity import Facts, facts, relaxed_at
from schemas.patient import Identifiers, PatientOpener, patient_keys
from schemas.types import Profile

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, repr=False)
class Identifier:
    """What one field of a batch holds, and what the numbers say of themselves."""

    held: Identifiers
    facts: Facts


@dataclass(frozen=True, repr=False)
class Opened:
    """The identifiers of a batch. `prior_patient`: None where no event has one."""

    patient: Identifier
    prior_patient: Identifier | None


class Protector:
    """The stream's half of the protection of identifiers."""

    def __init__(self, keys: Keys, profile: Profile) -> None:
        self._opener = PatientOpener({keys.registry_public.key_id: keys.registry_private_pem}, profile=profile)
        self._register_key = keys.register_key
        self._register_key_version = keys.register_key_version

    def open(self, frame: pl.DataFrame, now: datetime) -> Opened:
        """Opens `patient` and `prior_patient` of raw events. Never raises for what they hold."""
        relaxed = relaxed_at(frame["occurred_at"], now)
        event_ids = frame["event_id"].cast(pl.Binary).to_list()

        def opened(blobs: pl.Series) -> Identifier:
            held = self._opener.open_many(blobs.to_list(), event_ids)
            return Identifier(held, facts(held.types, held.numbers, relaxed))

        prior = frame["prior_patient"]
        return Opened(opened(frame["patient"]), None if prior.null_count() == len(prior) else opened(prior))

    def protect(self, frame: pl.DataFrame, opened: Opened, rows: Rows) -> pl.DataFrame:
        """Adds patient_key, patient_key_version, prior_patient_key, sex, birth_year and age_years.

        `frame` holds the events at `rows` of the batch that was opened.
        """
        found = opened.patient.facts
        told = pl.DataFrame(
            {
                "sex": found.sex[rows].astype(np.int32),
                "birth_year": found.birth_year[rows].astype(np.int32),
                "birthday": found.birthday[rows].astype(np.int32),
                "occurred_at": frame["occurred_at"],
                "patient_key": self._keys(opened.patient, rows),
                "version": constant("version", self._register_key_version, len(rows), pl.Int32),
                "prior_patient_key": self._keys(opened.prior_patient, rows),
            }
        )
        return frame.hstack(told.select(_TOLD))

    def _keys(self, identifier: Identifier | None, rows: Rows) -> pl.Series:
        if identifier is None:
            return constant("", None, len(rows), pl.String)
        contents = identifier.held.contents
        return patient_keys(self._register_key, [contents[row] for row in rows.tolist()])


_DATED = pl.col("birth_year") > 0
_DAY = pl.col("occurred_at").dt.convert_time_zone("Europe/Oslo").dt.date()
_TODAY = _DAY.dt.month().cast(pl.Int32) * 100 + _DAY.dt.day().cast(pl.Int32)
_AGE = _DAY.dt.year() - pl.col("birth_year") - (pl.col("birthday") > _TODAY).cast(pl.Int32)
"""Whole years at the event, by the Norwegian calendar."""
_TOLD = (
    pl.col("patient_key"),
    pl.when(pl.col("patient_key").is_not_null()).then("version").alias("patient_key_version"),
    pl.col("prior_patient_key"),
    pl.when(_DATED & (pl.col("sex") > 0)).then(pl.col("sex").cast(pl.String)).alias("sex"),
    pl.when(_DATED).then("birth_year").alias("birth_year"),
    pl.when(_DATED & (_AGE >= 0)).then(_AGE).alias("age_years"),
)
