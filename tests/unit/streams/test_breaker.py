"""A bad release stops; a bad sender does not."""

from __future__ import annotations

from streams.breaker import is_bad_release
from streams.settings import StreamSettings

SETTINGS = StreamSettings(breaker_share=0.9, breaker_events=100, breaker_reporters=5)


def test_nearly_everything_of_many_reporters_refused_is_a_bad_release() -> None:
    assert is_bad_release(SETTINGS, 200, {str(n): (19, 20) for n in range(10)})


def test_one_reporter_that_sends_nonsense_stops_nobody() -> None:
    assert not is_bad_release(SETTINGS, 10_000, {"bad": (10_000, 10_000)})
    assert not is_bad_release(SETTINGS, 10_040, {"bad": (10_000, 10_000)})


def test_few_events_prove_nothing() -> None:
    assert not is_bad_release(SETTINGS, 20, {str(n): (1, 1) for n in range(20)})


def test_an_ordinary_share_of_refusals_is_ordinary() -> None:
    assert not is_bad_release(SETTINGS, 400, {str(n): (8, 20) for n in range(20)})


def test_it_can_be_switched_off() -> None:
    off = SETTINGS.model_copy(update={"breaker": False})
    assert not is_bad_release(off, 200, {str(n): (20, 20) for n in range(10)})
