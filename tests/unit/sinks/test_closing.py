"""When the warehouse process closes by itself, and how it serves who asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring import metrics
from schemas.errors import Fatal, Retryable
from sinks.close import Closed
from sinks.warehouse.closing import Closing

NOW = datetime(2026, 1, 6, 5, 0, tzinfo=UTC)
D5, D6 = date(2026, 1, 5), date(2026, 1, 6)


class Days:
    """Stands for a Closer."""

    def __init__(self, *left: date) -> None:
        self.left = list(left)
        self.closed: list[date] = []
        self.error: Exception | None = None

    def days(self, day: date | None = None) -> list[date]:
        if day == D6:
            raise Fatal("too early")
        return [day] if day else list(self.left)

    def missed(self) -> list[date]:
        return list(self.left)

    def close(self, day: date) -> list[Closed]:
        if self.error:
            raise self.error
        self.closed.append(day)
        if day in self.left:
            self.left.remove(day)
        return [Closed(day, "v", 0, "h", NOW, new=True)]


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_missed_days_are_closed_one_a_turn() -> None:
    closing, days = Closing(600, Clock()), Days(D5, D6)
    closing.turn(days, lambda _: True)
    assert days.closed == [D5]
    closing.turn(days, lambda _: True)
    assert days.closed == [D5, D6]


def test_the_days_that_are_due_are_told() -> None:
    clock, days = Clock(), Days(D5, D6)
    days.error = Retryable("busy")
    closing = Closing(600, clock)
    closing.turn(days, lambda _: True)
    assert metrics.CLOSE_MISSED_DAYS._value.get() == 2
    days.error = None
    for _ in range(3):
        clock.now += timedelta(seconds=61)
        closing.turn(days, lambda _: True)
    assert metrics.CLOSE_MISSED_DAYS._value.get() == 0


def test_it_waits_for_what_is_not_stored_yet_but_not_for_ever() -> None:
    clock, days = Clock(), Days(D5)
    closing = Closing(600, clock)
    for seconds in (0, 300, 599):
        clock.now = NOW + timedelta(seconds=seconds)
        closing.turn(days, lambda _: False)
        assert days.closed == []
    clock.now = NOW + timedelta(seconds=600)
    closing.turn(days, lambda _: False)
    assert days.closed == [D5]


def test_it_closes_as_soon_as_what_was_there_is_stored() -> None:
    asked: list[datetime] = []
    clock, days = Clock(), Days(D5)
    closing = Closing(600, clock)
    closing.turn(days, lambda when: bool(asked.append(when)))
    clock.now = NOW + timedelta(seconds=5)
    closing.turn(days, lambda when: not asked.append(when))
    assert days.closed == [D5]
    assert asked == [NOW, NOW], "later messages are not waited for"


def test_one_of_several_sinks_closes_and_all_tell_what_is_due() -> None:
    """The one that takes over waits for what had come in by then."""
    asked: list[datetime] = []
    clock, days = Clock(), Days(D5)
    closing = Closing(600, clock)
    closing.turn(days, lambda _: True, is_ours=False)
    clock.now = NOW + timedelta(hours=1)
    closing.turn(days, lambda _: True, is_ours=False)
    assert days.closed == []
    assert metrics.CLOSE_MISSED_DAYS._value.get() == 1
    clock.now += timedelta(seconds=5)
    closing.turn(days, lambda when: bool(asked.append(when)))
    assert (days.closed, asked) == ([], [clock.now])
    clock.now += timedelta(seconds=5)
    closing.turn(days, lambda _: True)
    assert days.closed == [D5]


def test_who_asks_is_answered_whoever_closes_by_itself() -> None:
    closing = Closing(600, Clock())
    answer = closing.ask(D5)
    closing.turn(Days(), lambda _: False, is_ours=False)
    assert [one.day for one in answer.result(0)] == [D5]


def test_a_failure_is_tried_again_after_a_while() -> None:
    clock, days = Clock(), Days(D5)
    closing = Closing(0, clock)
    days.error = Retryable("busy")
    closing.turn(days, lambda _: True)
    days.error = None
    clock.now = NOW + timedelta(seconds=59)
    closing.turn(days, lambda _: True)
    assert days.closed == []
    clock.now = NOW + timedelta(seconds=60)
    closing.turn(days, lambda _: True)
    assert days.closed == [D5]


def test_who_asks_is_answered_after_the_last_day() -> None:
    closing, days = Closing(600, Clock()), Days(D5, D6)
    answer = closing.ask(None)
    closing.turn(days, lambda _: False)
    assert not answer.done()
    closing.turn(days, lambda _: False)
    assert [one.day for one in answer.result(0)] == [D5, D6]


def test_a_refusal_and_a_failure_reach_who_asked() -> None:
    closing, days = Closing(600, Clock()), Days()
    refused = closing.ask(D6)
    closing.turn(days, lambda _: True)
    with pytest.raises(Fatal, match="too early"):
        refused.result(0)
    days.error = Retryable("busy")
    failed = closing.ask(D5)
    closing.turn(days, lambda _: True)
    with pytest.raises(Retryable, match="busy"):
        failed.result(0)


def test_nothing_to_close_is_an_answer() -> None:
    closing = Closing(600, Clock())
    answer = closing.ask(None)
    closing.turn(Days(), lambda _: True)
    assert answer.result(0) == []


def test_at_the_end_who_waits_is_told() -> None:
    closing = Closing(600, Clock())
    waiting, half = closing.ask(D5), Days(D5, D6)
    closing.end()
    for answer in (waiting, closing.ask(D5)):
        with pytest.raises(Retryable, match="is ending"):
            answer.result(0)
    assert half.closed == []
