"""Control digits and dates of Norwegian identifiers, held against python-stdnum. Every number here is synthetic."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer, orgnr

from schemas.identity import (
    DUF,
    FH,
    FNR,
    D,
    Facts,
    H,
    control_digits,
    facts,
    organisation,
    personal,
    relaxed_at,
    valid_number,
    valid_organisation,
)

TODAY = date(2026, 3, 10)
LATER = date(2032, 1, 1)

digits = st.integers(0, 9)
two = st.integers(0, 99).map("{:02d}".format)
nine = st.tuples(
    st.one_of(st.integers(1, 31), st.integers(41, 71), st.integers(0, 99)).map("{:02d}".format),
    st.one_of(st.integers(81, 92), st.integers(81, 99)).map("{:02d}".format),
    two,
    st.integers(0, 999).map("{:03d}".format),
).map("".join)


@st.composite
def synthetic(draw: st.DrawFn) -> str:
    """Eleven digits with month + 80: control digits right, or one of them off."""
    first = draw(nine)
    control = control_digits(first) or draw(two)
    return first + draw(st.sampled_from([control, control, draw(two)]))


def judged(type_id: str, number: str, *, relaxed: bool = False) -> Facts:
    return facts(pl.Series([type_id]), pl.Series([number]), np.array([relaxed]))


def by_stdnum(number: str) -> bool:
    """stdnum knows no synthetic months: its date check gets the month without the 80, its control digits the number."""
    if number[9] != fodselsnummer.calc_check_digit1(number) or number[10] != fodselsnummer.calc_check_digit2(number):
        return False
    month = int(number[2:4]) - 80
    if not 1 <= month <= 12:
        return False
    try:
        fodselsnummer.get_birth_date(f"{number[:2]}{month:02d}{number[4:]}")
    except ValidationError:
        return False
    return True


@given(synthetic())
@settings(max_examples=300, deadline=None)
def test_agrees_with_stdnum(number: str) -> None:
    expected = by_stdnum(number)
    is_d = int(number[:2]) > 40
    assert valid_number(D if is_d else FNR, number, TODAY) is expected
    assert not valid_number(FNR if is_d else D, number, TODAY)
    assert personal(pl.Series([number]), np.array([False]))[0] == expected


@given(nine)
@settings(deadline=None)
def test_control_digits_agree_with_stdnum(first: str) -> None:
    one = fodselsnummer.calc_check_digit1(first)
    second = fodselsnummer.calc_check_digit2(first + one) if one != "10" else "10"
    assert control_digits(first) == (None if "10" in (one, second) else one + second)


@given(st.one_of(st.from_regex(r"\A[0-9]{9}\Z"), st.text(max_size=12)))
@settings(deadline=None)
def test_organisation_numbers_agree_with_stdnum(number: str) -> None:
    plain = len(number) == 9 and number.isascii() and number.isdigit()
    expected = plain and number[0] in "89" and orgnr.is_valid(number)
    assert valid_organisation(number) == expected
    column = pl.DataFrame({"number": [number, None, "983971636"]})
    assert column.select(organisation(pl.col("number"))).to_series().to_list() == [expected, None, True]


@given(st.lists(synthetic(), min_size=1, max_size=20))
@settings(deadline=None)
def test_a_batch_judges_each_number_as_alone(numbers: list[str]) -> None:
    batch = facts(pl.Series([FNR] * len(numbers)), pl.Series(numbers), np.zeros(len(numbers), np.bool_))
    for i, number in enumerate(numbers):
        alone = judged(FNR, number)
        assert (batch.valid[i], batch.sex[i], batch.birth_year[i]) == (
            alone.valid[0],
            alone.sex[0],
            alone.birth_year[0],
        )


def with_remainder(remainder: int) -> str:
    """A synthetic number whose first control sum leaves `remainder`, and whose second is right."""
    for individual in range(500):
        first = f"018190{individual:03d}"
        k1 = (remainder - sum(int(d) * w for d, w in zip(first, (3, 7, 6, 1, 8, 9, 4, 5, 2), strict=True))) % 11
        k2 = -sum(int(d) * w for d, w in zip(f"{first}{k1}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
        if k1 < 10 and k2 < 10:
            return f"{first}{k1}{k2}"
    raise AssertionError


@pytest.mark.parametrize(
    ("remainder", "before", "after"), [(0, True, True), (1, False, True), (3, False, True), (4, False, False)]
)
def test_rule_of_2032(remainder: int, before: bool, after: bool) -> None:
    number = with_remainder(remainder)
    assert valid_number(FNR, number, date(2031, 12, 31)) is before
    assert valid_number(FNR, number, LATER) is after


def test_relaxed_from_norwegian_midnight_of_the_event_or_of_the_judgement() -> None:
    before = datetime(2031, 12, 31, 22, 59, tzinfo=UTC)
    after = datetime(2031, 12, 31, 23, tzinfo=UTC)
    instants = pl.Series([before, after], dtype=pl.Datetime("ms", "UTC"))
    assert relaxed_at(instants, before).tolist() == [False, True]
    assert relaxed_at(instants, after).tolist() == [True, True]


@pytest.mark.parametrize(
    ("first", "year", "sex"),
    [
        ("018190001", 1990, 1),
        ("018190000", 1990, 2),
        ("018154500", 1854, 2),
        ("018105501", 2005, 1),
        ("018139999", 2039, 1),
        ("018140901", 1940, 1),
        ("298100500", 2000, 2),
    ],
)
def test_tells_year_and_sex(first: str, year: int, sex: int) -> None:
    number = next(n for i in range(100) if (n := _near(first, i)))
    found = judged(FNR, number)
    assert (found.valid[0], found.synthetic[0], found.birth_year[0], found.sex[0]) == (True, True, year, sex)
    assert found.birthday[0] == (int(first[2:4]) - 80) * 100 + int(first[:2])
    told = judged(FNR, number, relaxed=True)
    assert (told.birth_year[0], told.sex[0], told.birthday[0]) == (0, 0, 0)


def _near(first: str, steps: int) -> str | None:
    """The number with `first`, or an individual number some even steps on: same century and sex."""
    nine_digits = f"{first[:6]}{int(first[6:]) + (-2 if first[6:] > '990' else 2) * steps:03d}"
    control = control_digits(nine_digits)
    return nine_digits + control if control else None


@pytest.mark.parametrize(
    "first", ["308290000", "298201500", "018140600", "008190000", "018093000", "329190000", "319190000"]
)
def test_no_date_of_the_calendar(first: str) -> None:
    number = next(n for i in range(40) if (n := _near(first, i)))
    assert not judged(FNR, number).valid[0]


def test_h_fh_and_duf_numbers() -> None:
    h = next(f"014190{i:03d}{c}" for i in range(99) if (c := control_digits(f"014190{i:03d}")))
    fh = next(f"81234567{i}{c}" for i in range(9) if (c := control_digits(f"81234567{i}")))
    assert judged(H, h).valid[0]
    assert not judged(H, h).tells_origin[0]
    assert judged(FNR, h).synthetic[0]  # NAV's synthetic numbers look the same
    assert judged(FH, fh).valid[0]
    assert not judged(FH, h).valid[0]
    assert not judged(FNR, fh).valid[0]
    assert judged(FH, fh).birth_year[0] == 0
    assert judged(DUF, "202012345678").valid[0]
    assert not judged(DUF, "20201234567").valid[0]


@pytest.mark.parametrize("number", ["", "0181900", "018190000000", "0181900000x", "٠١٨١٩٠٠٠٠٠٠", " 1819000000"])
def test_what_is_no_eleven_digits(number: str) -> None:
    assert judged(FNR, number).valid[0] == np.False_


def test_other_types_are_not_checked() -> None:
    assert valid_number("9", "983974678/4711", TODAY) is None
    nothing = facts(pl.Series([None], dtype=pl.String), pl.Series([None], dtype=pl.String), np.array([False]))
    assert not nothing.checked[0]
