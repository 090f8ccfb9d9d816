"""Which days are closed at which instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Fatal
from sinks.close_days import due_at, last_due, missed, refuse_early

SIX = time(6)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 1, 5), "2026-01-06T05:00:00Z"),
        (date(2026, 7, 1), "2026-07-02T04:00:00Z"),
        (date(2026, 3, 28), "2026-03-29T04:00:00Z"),  # closed in the morning after which summer time began
        (date(2026, 3, 29), "2026-03-30T04:00:00Z"),  # 23 hours
        (date(2026, 10, 24), "2026-10-25T05:00:00Z"),
        (date(2026, 10, 25), "2026-10-26T05:00:00Z"),  # 25 hours
    ],
)
def test_a_day_is_closed_at_six_in_oslo_on_the_next(day: date, due: str) -> None:
    moment = datetime.fromisoformat(due)
    assert due_at(day, SIX) == moment
    assert last_due(moment, SIX) == day
    assert last_due(moment - timedelta(seconds=1), SIX) == day - timedelta(days=1)


def test_the_norwegian_day_counts_not_the_utc_one() -> None:
    """23:30 UTC on the 5th is 00:30 on the 6th in Oslo."""
    assert last_due(datetime(2026, 1, 5, 23, 30, tzinfo=UTC), time(0, 15)) == date(2026, 1, 5)


def january(*days: int) -> list[date]:
    return [date(2026, 1, day) for day in days]


@pytest.mark.parametrize(
    ("closed", "left"),
    [
        ([], [9]),
        ([9], []),
        ([6], [7, 8, 9]),
        ([5, 9], [6, 7, 8]),
        ([5, 9, 7], [6, 8]),
        ([8, 2], [9]),
    ],
    ids=[
        "none yet: the last due",
        "all",
        "after an outage",
        "a later day by hand hides none before it",
        "two by hand",
        "a day before the first close is no new beginning",
    ],
)
def test_missed_days(closed: list[int], left: list[int]) -> None:
    """`closed`: in the order in which they were."""
    now = datetime(2026, 1, 10, 12, tzinfo=UTC)
    when = {day: now + timedelta(seconds=number) for number, day in enumerate(january(*closed))}
    assert missed(when, now, SIX) == january(*left)


@given(
    now=st.integers(0, 10 * 365 * 86_400).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(0, seconds)),
    at=st.times(),
)
def test_the_last_due_day_is_due_and_the_next_is_not(now: datetime, at: time) -> None:
    day = last_due(now, at)
    assert due_at(day, at) <= now
    if not time(2) <= at < time(3):  # an hour that a day does not have, or has twice
        assert due_at(day + timedelta(days=1), at) > now


def test_too_early_is_refused() -> None:
    now = datetime(2026, 1, 10, 4, 59, tzinfo=UTC)
    refuse_early(date(2026, 1, 8), now, SIX)
    for day in (date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 11)):
        with pytest.raises(Fatal, match=r"cannot be closed yet.*2026-01-08"):
            refuse_early(day, now, SIX)
