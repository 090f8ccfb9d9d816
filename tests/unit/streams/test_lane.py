"""The lane between Faust and the processor: order, waiting, and what is acknowledged when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.errors import Retryable
from streams import lane as lane_module
from streams.lane import Lane
from streams.processor import BreakerOpen
from streams.settings import StreamSettings
from streams.watchdog import Progress

TP = SimpleNamespace(topic="raw.service", partition=0)


class FakeEvent:
    def __init__(self, records: list[int], log: list[Any], generation: int = 1) -> None:
        self.value, self.log = records, log
        self.message = SimpleNamespace(generation_id=generation, tp=TP)

    def ack(self) -> None:
        self.log.append(("ack", self.value))


class FakeProcessor:
    def __init__(self, log: list[Any], failures: list[Exception]) -> None:
        self.log, self.failures = log, failures

    def process(self, _topic: str, records: list[int], held: list[Any], _generation: int) -> None:
        assert held == [("raw.service", 0)]
        if self.failures:
            error = self.failures.pop(0)
            self.log.append(("failed", records))
            raise error
        self.log.append(("done", records))


def app(generation: int = 1) -> Any:
    return SimpleNamespace(consumer_generation_id=generation, consumer=SimpleNamespace(assignment=lambda: [TP]))


def run(
    events: Callable[[list[Any]], list[FakeEvent]], failures: list[Exception], until: Callable[[list[Any]], bool]
) -> list[Any]:
    log: list[Any] = []

    async def scenario() -> None:
        settings = StreamSettings(max_batch_events=4)
        with ThreadPoolExecutor(1) as executor:
            lane = Lane("raw.service", FakeProcessor(log, failures), settings, executor, Progress())  # type: ignore[arg-type]
            for event in events(log):
                await lane.offer(event)
            task = asyncio.create_task(lane.run(app()))
            async with asyncio.timeout(5):
                while not until(log):
                    await asyncio.sleep(0.01)
            task.cancel()

    asyncio.run(scenario())
    return log


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(lane_module, "_BREAKER_WAIT", 0.01)


def acked(log: list[Any]) -> list[list[int]]:
    return [records for what, records in log if what == "ack"]


def test_what_waits_becomes_one_batch_and_is_acknowledged_after_it_in_order() -> None:
    log = run(lambda log: [FakeEvent([1, 2], log), FakeEvent([3], log)], [], lambda log: len(acked(log)) == 2)
    assert log == [("done", [1, 2, 3]), ("ack", [1, 2]), ("ack", [3])]


def test_a_batch_is_not_made_larger_than_it_may_be() -> None:
    log = run(lambda log: [FakeEvent([1, 2, 3, 4], log), FakeEvent([5], log)], [], lambda log: len(acked(log)) == 2)
    assert [entry for entry in log if entry[0] == "done"] == [("done", [1, 2, 3, 4]), ("done", [5])]


@pytest.mark.parametrize("error", [Retryable("registry away"), BreakerOpen("held")])
def test_back_pressure_repeats_the_same_batch_and_acknowledges_nothing_before(error: Exception) -> None:
    log = run(lambda log: [FakeEvent([1], log)], [error, error], lambda log: len(acked(log)) == 1)
    assert log == [("failed", [1]), ("failed", [1]), ("done", [1]), ("ack", [1])]


def test_records_of_a_former_generation_are_neither_processed_nor_acknowledged() -> None:
    log = run(
        lambda log: [FakeEvent([1], log, generation=0), FakeEvent([2], log)], [], lambda log: len(acked(log)) == 1
    )
    assert log == [("done", [2]), ("ack", [2])]


def test_an_error_that_is_not_understood_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust would acknowledge the event of an agent that raised (TRAPS F2): nothing escapes."""
    codes: list[int] = []
    monkeypatch.setattr(lane_module.os, "_exit", codes.append)
    log = run(lambda log: [FakeEvent([1], log)], [RuntimeError("bug")], lambda _log: bool(codes))
    assert codes == [lane_module.EXIT_FATAL]
    assert acked(log) == []
