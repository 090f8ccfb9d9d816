"""Norwegian identifiers: which numbers are valid, and what they still tell.

Birth numbers (fnr), D and H numbers are DDMMYYiiikk: birth date, individual number, two control digits of modulus 11
(weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2). A D number adds 40 to the day, an H number 40 to the month;
synthetic numbers add 80 to the month (Tenor), or 40 or 65 (NAV). FH numbers begin with 8 or 9 and hold no date.

From 1 January 2032 the first control digit may leave a remainder of 0 to 3 (`relaxed` below), and a number then no
longer tells sex or birth date: a new number can by chance look like an old one, so from that day nothing is read out
of any number. Before it, only remainder 0 is valid.

Nothing here raises for a bad number, and nothing shows one in a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.frames import Bools, is_true

Ints = npt.NDArray[np.int64]

RELAXED_FROM: Final = date(2032, 1, 1)

_RELAXED_INSTANT: Final = datetime(2031, 12, 31, 23, tzinfo=UTC)

FNR, D, H, DUF, FH = "1", "2", "3", "10", "12"
"""Types of code list 9032 whose numbers have a form of their own."""
_KINDS: Final = {name: number for number, name in enumerate((FNR, D, H, DUF, FH))}

SYNTHETIC_MONTH: Final = 80
_NAV_MONTHS: Final = (40, 65)
_H_MONTH: Final = 40
_D_DAY: Final = 40

_K1: Final = np.array([3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0])
_K2: Final = np.array([5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])
_DAYS: Final = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

ORGANISATION_FORM: Final = "^[89][0-9]{8}$"
_ORG_WEIGHTS: Final = (3, 2, 7, 6, 5, 4, 3, 2, 1)
TEST_ORGANISATION: Final = "777777777"
"""The registers' own test organisation; no real number begins with 7."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a column of numbers says of itself, row by row.

    `valid` and `synthetic` mean something only where `checked`: other types of identifier have no rule we know, and of
    H, FH and DUF numbers nobody can tell whether they are synthetic (`tells_origin`). `sex` is 1 or 2 (code list 3101)
    `birth_year` a year and `birthday` month times 100 plus day; all are 0 where the number does not tell.
    """

    checked: Bools
    valid: Bools
    tells_origin: Bools
    synthetic: Bools
    sex: Ints
    birth_year: Ints
    birthday: Ints


def facts(types: pl.Series, numbers: pl.Series, relaxed: Bools) -> Facts:
    """`types` by code list 9032 and `numbers` as text, nulls allowed; `relaxed`: is the rule of 2032 in force?"""
    found = pl.DataFrame({"type": types, "number": numbers}).select(_FORMS)
    code, eleven, twelve = (column.to_numpy() for column in found.iter_columns())
    kind = {name: code == number for name, number in _KINDS.items()}
    digits = split(numbers if eleven.all() else numbers.set(~found["eleven"], "0" * 11))
    control = eleven & controlled(digits, relaxed)
    day, month = digits[:, 0] * 10 + digits[:, 1], digits[:, 2] * 10 + digits[:, 3]
    day = day - np.where(kind[D], _D_DAY, 0)
    shift = _month_shift(month)
    month = month - shift
    year = birth_years(digits)
    dated = _is_date(year, month, day)

    birth = dated & control
    right = (
        (kind[FNR] & birth)
        | (kind[D] & birth)
        | (kind[H] & birth & (shift == _H_MONTH))
        | (kind[FH] & control & (digits[:, 0] >= 8))
        | (kind[DUF] & twelve)
    )
    checked = code >= 0
    numbered = kind[FNR] | kind[D]
    tells = right & (numbered | kind[H]) & ~relaxed
    return Facts(
        checked=checked,
        valid=right,
        tells_origin=numbered & right,
        synthetic=numbered & (shift > 0),
        sex=np.where(tells, 2 - digits[:, 8] % 2, 0),
        birth_year=np.where(tells, year, 0),
        birthday=np.where(tells, month * 100 + day, 0),
    )


_FORMS: Final = (
    pl.col("type").replace_strict(_KINDS, default=None, return_dtype=pl.Int8).fill_null(-1).alias("kind"),
    pl.col("number").str.contains("^[0-9]{11}$").fill_null(value=False).alias("eleven"),
    pl.col("number").str.contains("^[0-9]{12}$").fill_null(value=False).alias("twelve"),
)


def personal(numbers: pl.Series, relaxed: Bools) -> Bools:
    """Whether each text of eleven digits can be somebody's fnr, D or H number, real or synthetic.

    It then has a valid birth date in one of their forms, and both control digits. Finds numbers where none belongs.
    """
    digits = split(numbers)
    day, month = digits[:, 0] * 10 + digits[:, 1], digits[:, 2] * 10 + digits[:, 3]
    day = day - np.where(day > _D_DAY, _D_DAY, 0)
    return controlled(digits, relaxed) & _is_date(birth_years(digits), month - _month_shift(month), day)


def split(numbers: pl.Series) -> Ints:
    """The digits of texts that all have eleven: shape (n, 11)."""
    text = numbers.str.join("").item().encode()
    return (np.frombuffer(text, np.uint8).reshape(len(numbers), 11) - ord("0")).astype(np.int64)


def controlled(digits: Ints, relaxed: Bools) -> Bools:
    """Whether both control digits are right; `digits` has shape (n, 11)."""
    first: Ints = digits @ _K1 % 11
    right: Bools = ((first == 0) | (relaxed & (first <= 3))) & (digits @ _K2 % 11 == 0)
    return right


def birth_years(digits: Ints) -> Ints:
    """The year of birth that year and individual number make together, -1 where they make none."""
    individual = digits[:, 6] * 100 + digits[:, 7] * 10 + digits[:, 8]
    short = digits[:, 4] * 10 + digits[:, 5]
    return np.select(
        [
            individual < 500,
            (individual < 750) & (short >= 54),
            short < 40,
            individual >= 900,
        ],
        [short + 1900, short + 1800, short + 2000, short + 1900],
        default=-1,
    )


def relaxed_at(instants: pl.Series, now: datetime) -> Bools:
    """Whether the rule of 2032 is in force for events that happened at `instants` and are judged at `now`."""
    if now >= _RELAXED_INSTANT:
        return np.ones(len(instants), np.bool_)
    return is_true(instants.cast(pl.Datetime("ms", "UTC")) >= _RELAXED_INSTANT)


def control_digits(nine: str) -> str | None:
    """The two control digits that go with the first nine digits; None where there are none."""
    first = -sum(int(digit) * int(weight) for digit, weight in zip(nine, _K1, strict=False)) % 11
    second = -(sum(int(d) * int(w) for d, w in zip(nine, _K2, strict=False)) + 2 * first) % 11
    return None if 10 in (first, second) else f"{first}{second}"


def valid_number(type_id: str, number: str, on: date) -> bool | None:
    """The scalar of `facts`: whether `number` is valid on a date; None for a type without a rule."""
    relaxed = np.array([on >= RELAXED_FROM])
    found = facts(pl.Series([type_id]), pl.Series([number]), relaxed)
    return bool(found.valid[0]) if found.checked[0] else None


@lru_cache(maxsize=65_536)
def valid_organisation(number: str) -> bool:
    """Nine digits that begin with 8 or 9, with a right control digit."""
    if len(number) != 9 or not number.isascii() or not number.isdigit() or number[0] not in "89":
        return False
    return sum(int(digit) * weight for digit, weight in zip(number, _ORG_WEIGHTS, strict=True)) % 11 == 0


def organisation(column: pl.Expr) -> pl.Expr:
    """`valid_organisation` for a column of texts; null gives null."""
    number = column.cast(pl.UInt32, strict=False)
    weighed = [number // 10 ** (8 - place) % 10 * weight for place, weight in enumerate(_ORG_WEIGHTS)]
    return column.str.contains(ORGANISATION_FORM) & (pl.sum_horizontal(weighed) % 11 == 0)


def _month_shift(month: Ints) -> Ints:
    """What was added to the month: 0, 40 (H number, or synthetic of NAV), 65 (synthetic of NAV) or 80 (Tenor)."""
    return np.select(
        [(month > 80) & (month <= 92), (month > 65) & (month <= 77), (month > 40) & (month <= 52)],
        [SYNTHETIC_MONTH, _NAV_MONTHS[1], _NAV_MONTHS[0]],
        default=0,
    )


def _is_date(year: Ints, month: Ints, day: Ints) -> Bools:
    """Whether year, month and day make a date of the calendar."""
    known = (year > 0) & (month >= 1) & (month <= 12)
    longest = _DAYS[np.where(known, month, 1) - 1]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    february = (month == 2) & ~leap & (day == 29)
    found: Bools = known & (day >= 1) & (day <= longest) & ~february
    return found
