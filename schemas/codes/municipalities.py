"""Municipalities and their renumberings (code list 3402), for validity and for making old codes current."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from schemas.codes.lists import HERE, read


@cache
def municipalities() -> pl.DataFrame:
    """One row per code: code, name, county (its two digits), valid_from, valid_to (dates, null where open), successor.

    `successor` is the code that replaced it on the day after `valid_to`; null for what is in force.
    """
    return pl.read_csv(
        HERE / "municipalities.csv",
        schema={
            "code": pl.String,
            "name": pl.String,
            "county": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "successor": pl.String,
        },
    )


@cache
def renumberings() -> Mapping[str, str]:
    """Every code that is no longer in force → the one in force that it ended as, through all renumberings."""
    step = {row["code"]: row["successor"] for row in read(HERE / "municipalities.csv") if row["successor"]}

    def last(code: str) -> str:
        while code in step:
            code = step[code]
        return code

    return {code: last(code) for code in step}
