"""The thread that keeps the beds: it rests, tries again, and does not die in silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import REGISTRY

from schemas.errors import Retryable
from sinks.warehouse.keeping import Keeping


class Turns:
    """Stands for the beds: does of each turn what it is told, then has nothing to do."""

    def __init__(self, *what: Callable[[], int]) -> None:
        self.left = list(what)
        self.began: list[float] = []
        self.all_are_ours: list[bool] = []
        self.done = threading.Event()

    def turn(self, *, all_are_ours: bool = True) -> int:
        self.began.append(time.monotonic())
        self.all_are_ours.append(all_are_ours)
        if not self.left:
            self.done.set()
            return 0
        return self.left.pop(0)()

    def lag(self) -> float:
        return 12.5


def slow() -> int:
    time.sleep(0.3)
    return 1


def busy() -> int:
    raise Retryable("short of memory")


def wrong() -> int:
    raise ValueError("a mistake of ours")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure there is no rest."""
    monkeypatch.setattr("sinks.warehouse.keeping._AGAIN_SECONDS", 0.0)


@pytest.fixture
def started(request: pytest.FixtureRequest, at_once: None) -> Iterator[tuple[Turns, Keeping]]:
    turns = Turns(*request.param)
    of_them = Keeping(turns, lambda: False, lambda: 0.0)
    of_them.start()
    yield turns, of_them
    of_them.end()


@pytest.mark.parametrize("started", [(slow, slow)], indirect=True)
def test_it_rests_as_long_as_it_has_worked(started: tuple[Turns, Keeping]) -> None:
    turns, of_them = started
    assert turns.done.wait(10)
    first, second, third = turns.began[:3]
    assert min(second - first, third - second) >= 0.6
    assert turns.all_are_ours[0] is False
    of_them.check()
    assert REGISTRY.get_sample_value("helsepuls_beds_lag_seconds") == 12.5


def test_it_rests_four_times_as_long_while_the_sink_is_behind(at_once: None) -> None:
    turns, lag = Turns(slow, slow, slow), [60.0]
    of_them = Keeping(turns, lambda: False, lambda: lag[0])
    of_them.start()
    while len(turns.began) < 2:
        time.sleep(0.01)
    lag[0] = 1.0
    assert turns.done.wait(10)
    of_them.end()
    first, second, third = turns.began[:3]
    assert second - first >= 5 * 0.3
    assert 2 * 0.3 <= third - second < 5 * 0.3


@pytest.mark.parametrize("started", [(busy,)], indirect=True)
def test_a_failure_is_counted_and_tried_again(started: tuple[Turns, Keeping]) -> None:
    turns, of_them = started
    assert turns.done.wait(10)
    of_them.check()
    assert REGISTRY.get_sample_value("helsepuls_beds_failures_total") == 1


@pytest.mark.parametrize("started", [(wrong,)], indirect=True)
def test_a_mistake_of_ours_ends_the_process(started: tuple[Turns, Keeping]) -> None:
    """The sink calls `check` between two turns: what it raises ends the process, and the supervisor starts another."""
    turns, of_them = started
    while turns.left:
        time.sleep(0.01)
    of_them.end()
    with pytest.raises(ValueError, match="a mistake of ours"):
        of_them.check()


def test_its_end_waits_for_the_turn_that_is_going_on() -> None:
    turns = Turns(slow)
    of_them = Keeping(turns, lambda: True, lambda: 0.0)
    of_them.start()
    while not turns.began:
        time.sleep(0.01)
    of_them.end()
    assert time.monotonic() - turns.began[0] >= 0.3
    assert len(turns.began) == 1
