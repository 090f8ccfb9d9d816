"""A bad release stops; a bad sender does not."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable

import numpy as np
import pytest

from streams.breaker import Breaker
from streams.settings import StreamSettings
from streams.types import Refusals

SETTINGS = StreamSettings(breaker_share=0.9, breaker_events=1000, breaker_reporters=5)
BAD = range(10)
GOOD = range(100, 200)


def events(*counts: tuple[Iterable[int], int, int]) -> Refusals:
    """Reporters, of each so many refused of so many."""
    rows = [(reporter, refused, judged) for reporters, refused, judged in counts for reporter in reporters]
    return Refusals(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def opened_after(breaker: Breaker, batches: Iterable[Refusals]) -> int | None:
    """How many batches went through before one was held back."""
    return next((number for number, batch in enumerate(batches) if breaker.holds_back(batch)), None)


def test_nearly_everything_of_many_reporters_refused_is_a_bad_release() -> None:
    assert Breaker(SETTINGS).holds_back(events((BAD, 190, 200)))


@pytest.mark.parametrize("size", [1, 7, 100, 999])
def test_batches_of_the_usual_size_open_it_and_the_one_that_tips_it_is_held_back(size: int) -> None:
    """However small: with little traffic a batch is a few events, of other reporters than the one before."""
    batches = [events((((number + n) % 300 for n in range(size)), 1, 1)) for number in range(2000)]
    assert opened_after(Breaker(SETTINGS), batches) == -(-1000 // size) - 1


def test_what_is_good_closes_the_count() -> None:
    breaker = Breaker(SETTINGS)
    rounds = [*[events((BAD, 8, 8))] * 10, events((GOOD, 0, 2))]
    assert opened_after(breaker, rounds * 5) is None
    assert opened_after(breaker, [events((BAD, 8, 8))] * 20) is not None


def test_many_good_events_before_do_not_keep_it_closed() -> None:
    breaker = Breaker(SETTINGS)
    assert not breaker.holds_back(events((GOOD, 0, 1000)))
    assert opened_after(breaker, [events((BAD, 10, 10))] * 20) == 9


def test_one_reporter_that_sends_nonsense_stops_nobody() -> None:
    breaker = Breaker(SETTINGS)
    assert opened_after(breaker, [events(([1], 1000, 1000))] * 5) is None
    assert opened_after(breaker, [events(([1], 1000, 1000), (GOOD, 0, 1))] * 5) is None


def test_one_bad_sender_and_a_refusal_each_of_others_stop_nobody() -> None:
    """What counts of a reporter is its share, over all its events: also when its refusal is alone in its batch."""
    nonsense = (range(1), 95, 100)
    together = events((range(1), 9500, 10_000), (range(1, 11), 1, 20))
    assert not Breaker(SETTINGS).holds_back(together)
    scattered = [
        batch
        for other in range(1, 11)
        for batch in (events(nonsense, ([other], 1, 1)), events(nonsense, (range(1, 11), 0, 1)))
    ]
    assert opened_after(Breaker(SETTINGS), scattered * 10) is None


def test_few_events_prove_nothing() -> None:
    assert opened_after(Breaker(SETTINGS), [events((BAD, 1, 1))] * 99) is None


def test_an_ordinary_share_of_refusals_is_ordinary() -> None:
    assert opened_after(Breaker(SETTINGS), [events((BAD, 8, 20))] * 50) is None


def test_the_held_batch_counts_once_however_often_it_is_tried() -> None:
    breaker = Breaker(SETTINGS)
    few = events((BAD, 30, 30))
    assert [breaker.holds_back(few) for _ in range(3)] == [False, False, False]
    assert [breaker.holds_back(few) for _ in range(50)] == [True] * 50


def test_a_held_batch_that_has_become_good_goes_on_and_the_count_begins_anew() -> None:
    """A reference table or a schema was mended while it waited."""
    breaker = Breaker(SETTINGS)
    assert opened_after(breaker, [events((BAD, 10, 10))] * 10) == 9
    assert breaker.holds_back(events((BAD, 10, 10)))
    assert not breaker.holds_back(events((BAD, 0, 1)))
    assert opened_after(breaker, [events((BAD, 10, 10))] * 20) == 9


def test_replays_alone_change_nothing() -> None:
    breaker = Breaker(SETTINGS)
    assert opened_after(breaker, [events((BAD, 10, 10)), events()] * 9) is None
    assert breaker.holds_back(events((BAD, 10, 10)))


def test_it_can_be_switched_off() -> None:
    off = SETTINGS.model_copy(update={"breaker": False})
    assert not Breaker(off).holds_back(events((BAD, 200, 200)))


def test_it_remembers_no_more_than_it_judges_by() -> None:
    breaker, before = Breaker(SETTINGS), 0
    tracemalloc.start()
    try:
        for number in range(6000):
            breaker.holds_back(events((range(number, number + 10), 0, 1)))
            if number == 1000:
                before = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] < before + 100_000
    finally:
        tracemalloc.stop()
