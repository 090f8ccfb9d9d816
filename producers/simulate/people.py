"""The simulated population: a person is a whole number, and everything about a person follows from it.

Nothing is stored. A person is `place * PER_PLACE + days`: a place of living (large municipalities have several) and a
birth day. Both are needed by every reporter alike, so a person has the same home, age and number wherever they turn
up, and two persons never share a number.

Numbers are synthetic (birth month + 80) with valid control digits. Of three individual numbers in a row at most one
has no first and at most one no second control digit, because both control sums change by a fixed step modulo 11 when
the last digit grows; so three candidates always hold a usable one.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from producers.simulate.config import epoch_day
from producers.simulate.values import Ints, fixed_text

_FIRST_BIRTH: Final = epoch_day(date(1932, 1, 1))
_LAST_BIRTH: Final = epoch_day(date(2024, 12, 31))
_RANKS: Final = 150
"""Persons born on one day: half a thousand individual numbers in groups of ten, three candidates thrice in each."""
_DAYS_BETWEEN: Final = 3
_DAYS_A_YEAR: Final = 365
PER_PLACE: Final = (_LAST_BIRTH - _FIRST_BIRTH) // _DAYS_BETWEEN
PLACES: Final = _RANKS * _DAYS_BETWEEN

_K1: Final = np.array([3, 7, 6, 1, 8, 9, 4, 5, 2])
_K2: Final = np.array([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
_SYNTHETIC_MONTH: Final = 80
_INVALID: Final = 10


def draw(rng: np.random.Generator, places: Ints, youngest: int | Ints, oldest: int | Ints, on_day: int) -> Ints:
    """One person from each of `places`, aged `youngest` to `oldest` years on `on_day` (days since 1970)."""
    first = np.maximum(0, (on_day - _days(oldest) - _DAYS_A_YEAR - _FIRST_BIRTH) // _DAYS_BETWEEN + 1)
    last = np.minimum(PER_PLACE - 1, (on_day - _days(youngest) - _FIRST_BIRTH) // _DAYS_BETWEEN - 1)
    return places * PER_PLACE + rng.integers(first, last + 1, len(places))


def _days(years: int | Ints) -> int | Ints:
    return years * 1461 // 4


def place(persons: Ints) -> Ints:
    return persons // PER_PLACE


def birth_day(persons: Ints) -> Ints:
    """Days since 1970."""
    return _FIRST_BIRTH + persons % PER_PLACE * _DAYS_BETWEEN + place(persons) // _RANKS


def numbers(persons: Ints) -> pl.Series:
    """The eleven digits of each person, as text."""
    nine, _, k1, k2 = _chosen(persons)
    return fixed_text(np.column_stack([nine, k1, k2]).astype(np.uint8) + ord("0"))


def with_wrong_digit(numbers: pl.Series) -> pl.Series:
    """The numbers with another last digit, so that the control fails."""
    last = (numbers.str.slice(10).cast(pl.Int64) + 1) % 10
    return numbers.str.slice(0, 10) + last.cast(pl.String)


def sex(persons: Ints) -> Ints:
    """1 man, 2 woman (code list 3101), as the number tells."""
    individual = _chosen(persons)[1]
    return np.where(individual % 2 == 1, 1, 2)


def birth_year(persons: Ints) -> Ints:
    year, _, _ = _dates(birth_day(persons))
    return year


def _chosen(persons: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """First nine digits, individual number and both control digits of each person."""
    year, month, day = _dates(birth_day(persons))
    rank = place(persons) % _RANKS
    group = np.where(year >= 2000, 500, 0) + rank // 3 * 10 + rank % 3 * 3
    turn = persons % 3
    found = np.full(len(persons), -1, np.int64)
    nine = np.zeros((len(persons), 9), np.int64)
    k1 = np.zeros(len(persons), np.int64)
    k2 = np.zeros(len(persons), np.int64)
    nine[:, 0:6] = _two_digits(day, month + _SYNTHETIC_MONTH, year % 100)
    for attempt in range(3):
        individual = group + (turn + attempt) % 3
        candidate = nine.copy()
        candidate[:, 6], candidate[:, 7], candidate[:, 8] = (
            individual // 100,
            individual // 10 % 10,
            individual % 10,
        )
        first = -(candidate @ _K1) % 11
        second = -(candidate @ _K2[:9] + first * _K2[9]) % 11
        take = (found < 0) & (first != _INVALID) & (second != _INVALID)
        found[take], k1[take], k2[take] = individual[take], first[take], second[take]
        nine[take, 6:] = candidate[take, 6:]
    assert (found >= 0).all()
    return nine, found, k1, k2


def _two_digits(*parts: Ints) -> Ints:
    return np.column_stack([digit for part in parts for digit in (part // 10, part % 10)])


def _dates(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of days since 1970."""
    when = days.astype("datetime64[D]")
    month_start = when.astype("datetime64[M]")
    year = when.astype("datetime64[Y]").astype(np.int64) + 1970
    month = month_start.astype(np.int64) % 12 + 1
    day = (when - month_start.astype("datetime64[D]")).astype(np.int64) + 1
    return year, month, day
