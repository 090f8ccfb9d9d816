"""Named checks that take more than one expression of the vocabulary: control digits, city districts, working days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.codes import models_for, valid
from schemas.identity import ORGANISATION_FORM, TEST_ORGANISATION, organisation
from schemas.types import Profile

_WORKING_DAYS: Final = 10
_FIRST_YEAR, _LAST_YEAR = 2015, 2100


def reporter(column: pl.Expr, _family: str, profile: Profile) -> pl.Expr:
    """An organisation number; outside production also the registers' test organisation."""
    right = organisation(column)
    return right if profile == "prod" else right | (column == TEST_ORGANISATION)


def supported_model(column: pl.Expr, family: str, _profile: Profile) -> pl.Expr:
    return column.is_in(models_for(family))


def unit_number(column: pl.Expr, _family: str, _profile: Profile) -> pl.Expr:
    """A unit is named by organisation number, RESH id or an id of the sender's own: only what looks like the first is
    held to its control digit."""
    return ~column.str.contains(ORGANISATION_FORM) | organisation(column)


def provider(column: pl.Expr, _family: str, _profile: Profile) -> pl.Expr:
    """The minimelding lets a zero follow the nine digits."""
    return organisation(column.str.replace("^([0-9]{9})0$", "$1"))


def city_district(column: pl.Expr, _family: str, _profile: Profile) -> pl.Expr:
    """A city district of the home municipality: its six digits begin with the municipality's four."""
    return valid("3403", column, pl.col("occurred_at")) & column.str.starts_with(pl.col("komNrHjem"))


def main_diagnosis(column: pl.Expr, _family: str, _profile: Profile) -> pl.Expr:
    """Some condition with a code has number 1, or no number that would say otherwise."""
    element = pl.element().struct
    first = element.field("tilstNr").is_null() | (element.field("tilstNr") == "1")
    return column.list.eval(first & element.field("kodeVerdi").is_not_null()).list.any()


def assessed_in_time(column: pl.Expr, _family: str, _profile: Profile) -> pl.Expr:
    """Not before receipt, and at most ten working days after it. Far-off dates are other rules' business."""
    received = pl.col("mottaksDato")
    known = received.is_between(*_span()) & column.is_between(*_span())
    start, end = pl.when(known).then(received), pl.when(known).then(column)
    days = pl.business_day_count(start, end, holidays=_holidays())
    return (column >= received) & (days <= _WORKING_DAYS)


EXPRESSIONS: Final[Mapping[str, Callable[[pl.Expr, str, Profile], pl.Expr]]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            reporter,
            supported_model,
            unit_number,
            provider,
            city_district,
            main_diagnosis,
            assessed_in_time,
        )
    }
)
"""Checks by name. Each gives where the column is in order; null counts as in order."""


def _span() -> tuple[date, date]:
    return date(_FIRST_YEAR, 1, 1), date(_LAST_YEAR, 12, 31)


@cache
def _holidays() -> list[date]:
    """Norway's public holidays (lov om helligdager; 1 and 17 May)."""
    found = []
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        found += [date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))]
        found += [easter(year) + timedelta(days=days) for days in (-3, -2, 1, 39, 50)]
    return found


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, shift = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - correction + 15) % 30
    weekday = (32 + 2 * shift + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
