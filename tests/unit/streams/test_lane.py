"""The lane between Faust and the processor: order, waiting, and what is acknowledged when."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas.errors import Fatal, Retryable
from streams import lane as lane_module
from streams.lane import Lane, Threads
from streams.processor import BreakerOpen
from streams.settings import StreamSettings
from streams.watchdog import Progress

TP = SimpleNamespace(topic="raw.service", partition=0)


class Weighed(list[Any]):
    """Records that weigh so much each."""

    each = 1

    @property
    def weight(self) -> int:
        return self.each * len(self)


class FakeEvent:
    def __init__(self, records: list[int], log: list[Any], generation: int = 1) -> None:
        self.value, self.log = Weighed(records), log
        self.message = SimpleNamespace(generation_id=generation, tp=TP)

    def ack(self) -> None:
        self.log.append(("ack", self.value))


class FakeProcessor:
    def __init__(self, log: list[Any], failures: list[Exception], hold: threading.Event | None = None) -> None:
        self.log, self.failures, self.hold = log, failures, hold
        self.read_: list[list[int]] = []
        self.judged: list[list[int]] = []

    def read(self, topic: str, fetched: list[tuple[int, list[int]]]) -> list[int]:
        assert topic == "raw.service"
        records = [record for partition, part in fetched if partition == 0 for record in part]
        self.read_.append(records)
        return records

    def judge(self, records: list[int], held: list[Any], _generation: int) -> list[int]:
        assert set(held) == {("raw.service", 0)}
        if self.failures:
            error = self.failures.pop(0)
            self.log.append(("failed", records))
            raise error
        self.judged.append(records)
        return records

    def deliver(self, records: list[int]) -> None:
        if self.hold is not None:
            assert self.hold.wait(5)
        self.log.append(("done", records))


@contextmanager
def threads() -> Iterator[Threads]:
    with ThreadPoolExecutor(1) as reading, ThreadPoolExecutor(1) as judging, ThreadPoolExecutor(1) as delivering:
        yield Threads(reading, judging, delivering)


@asynccontextmanager
async def running(
    *processors: Any,
    most: int = 4,
    of: Any = None,
    progress: Progress | None = None,
    waiting: Sequence[FakeEvent] = (),
) -> AsyncIterator[list[Lane]]:
    """A lane for each processor, at work, all of one worker (`of`). What takes longer than five seconds fails.

    `waiting`: what was offered to the first one before it began.
    """
    with threads() as own:
        settings = StreamSettings(max_batch_events=most)
        lanes = [Lane("raw.service", each, settings, own, progress or Progress()) for each in processors]
        for event in waiting:
            await lanes[0].offer(event)
        tasks = [asyncio.create_task(lane.run(of or app())) for lane in lanes]
        async with asyncio.timeout(5):
            yield lanes
        for task in tasks:
            task.cancel()


async def until(happened: Callable[[], object]) -> None:
    while not happened():
        await asyncio.sleep(0.01)


def app(generation: int = 1) -> Any:
    return SimpleNamespace(consumer_generation_id=generation, consumer=SimpleNamespace(assignment=lambda: [TP]))


def run(
    events: Callable[[list[Any]], list[FakeEvent]],
    failures: list[Exception],
    done: Callable[[list[Any]], bool],
    progress: Progress | None = None,
) -> list[Any]:
    log: list[Any] = []

    async def scenario() -> None:
        async with running(FakeProcessor(log, failures), progress=progress, waiting=events(log)):
            await until(lambda: done(log))

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


def test_large_records_make_a_batch_full_sooner() -> None:
    def events(log: list[Any]) -> list[FakeEvent]:
        heavy, light = FakeEvent([1], log), FakeEvent([2], log)
        heavy.value.each = 4
        return [heavy, light]

    log = run(events, [], lambda log: len(acked(log)) == 2)
    assert [entry for entry in log if entry[0] == "done"] == [("done", [1]), ("done", [2])]


@pytest.mark.parametrize("error", [Retryable("registry away"), BreakerOpen("held")])
def test_back_pressure_repeats_the_same_batch_and_acknowledges_nothing_before(error: Exception) -> None:
    log = run(lambda log: [FakeEvent([1], log)], [error, error], lambda log: len(acked(log)) == 1)
    assert log == [("failed", [1]), ("failed", [1]), ("done", [1]), ("ack", [1])]


def test_the_watchdog_is_told_who_waits_on_purpose() -> None:
    """A breaker holds one topic back; for what is away every lane waits."""
    told = {}
    for error in (BreakerOpen("held"), Retryable("registry away"), None):
        progress = Progress()
        run(lambda log: [FakeEvent([1], log)], [error] if error else [], lambda log: bool(acked(log)), progress)
        told[type(error)] = [progress.waited_on_purpose(topic) > 0 for topic in ("raw.service", "raw.episode")]
    assert told == {BreakerOpen: [True, False], Retryable: [True, True], type(None): [False, False]}


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


def test_the_next_batch_is_judged_while_one_is_delivered_and_no_further() -> None:
    log: list[Any] = []
    hold = threading.Event()
    processor: Any = FakeProcessor(log, [], hold)

    async def scenario() -> None:
        async with running(processor, most=1) as (lane,):
            for number in range(3):
                await lane.offer(FakeEvent([number], log))
            await until(lambda: len(processor.judged) >= 2)
            await asyncio.sleep(0.05)
            assert processor.judged == [[0], [1]]
            assert not log
            hold.set()
            await until(lambda: len(acked(log)) == 3)

    asyncio.run(scenario())
    assert [number for what, (number,) in log if what == "ack"] == [0, 1, 2]
    assert [what for what, _ in log] == ["done", "ack"] * 3


def test_the_next_batch_is_read_while_one_is_judged_and_no_further() -> None:
    log: list[Any] = []
    busy, done = threading.Event(), threading.Event()

    class Slow(FakeProcessor):
        def judge(self, *arguments: Any) -> list[int]:
            busy.set()
            assert done.wait(5)
            return super().judge(*arguments)

    processor: Any = Slow(log, [])

    async def scenario() -> None:
        async with running(processor, most=1) as (lane,):
            for number in range(3):
                await lane.offer(FakeEvent([number], log))
            await until(lambda: busy.is_set() and len(processor.read_) >= 2)
            await asyncio.sleep(0.05)
            assert processor.read_ == [[0], [1]]
            assert not processor.judged
            done.set()
            await until(lambda: len(acked(log)) == 3)

    asyncio.run(scenario())
    assert processor.judged == [[0], [1], [2]]
    assert acked(log) == [[0], [1], [2]]


def test_what_goes_to_another_worker_between_reading_and_judging_is_not_judged() -> None:
    log: list[Any] = []
    processor: Any = FakeProcessor(log, [Retryable("reference away")])
    mine = app()
    other = SimpleNamespace(topic="raw.service", partition=0, of="another soon")

    async def scenario() -> None:
        lost, kept = FakeEvent([1], log), FakeEvent([2], log)
        lost.message.tp = other
        mine.consumer.assignment = lambda: [TP] if ("failed", [1, 2]) in log else [TP, other]
        async with running(processor, of=mine, waiting=[lost, kept]):
            await until(lambda: acked(log))

    asyncio.run(scenario())
    assert processor.read_ == [[1, 2], [2]]
    assert processor.judged == [[2]]
    assert acked(log) == [[2]]


def test_what_cannot_be_read_yet_is_tried_again_and_leaves_the_turn_to_others() -> None:
    log: list[Any] = []
    away = [Retryable("registry away")] * 3

    class Away(FakeProcessor):
        def read(self, *arguments: Any) -> list[int]:
            if away:
                raise away.pop()
            return super().read(*arguments)

    async def scenario() -> None:
        async with running(Away(log, []), FakeProcessor(log, [])) as lanes:
            await lanes[0].offer(FakeEvent([0], log))
            while len(away) == 3:
                await asyncio.sleep(0)
            await lanes[1].offer(FakeEvent([1], log))
            await until(lambda: len(acked(log)) == 2)

    asyncio.run(scenario())
    assert acked(log) == [[1], [0]]


def test_outcomes_that_cannot_be_delivered_end_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(lane_module.os, "_exit", codes.append)
    monkeypatch.setattr(FakeProcessor, "deliver", lambda *_: (_ for _ in ()).throw(Fatal("broker gone")))
    log = run(lambda log: [FakeEvent([1], log)], [], lambda _log: bool(codes))
    assert codes == [lane_module.EXIT_FATAL]
    assert acked(log) == []


def offered_one_after_the_other(records: list[list[int]], count: int) -> list[list[int]]:
    """What is judged together of events that come 20 ms apart."""
    log: list[Any] = []

    async def scenario() -> list[list[int]]:
        processor = FakeProcessor(log, [])
        async with running(processor) as (lane,):
            for one in records:
                await lane.offer(FakeEvent(one, log))
                await asyncio.sleep(0.02)
            await until(lambda: len(acked(log)) >= count)
            return list(processor.judged)

    return asyncio.run(scenario())


def test_the_first_events_are_judged_at_once_and_those_that_follow_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_PACE", 0.5)
    assert offered_one_after_the_other([[1], [2], [3]], 3) == [[1], [2, 3]]


def test_a_full_batch_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_PACE", 3600)
    assert offered_one_after_the_other([[1], [2, 3], [4, 5]], 3) == [[1], [2, 3, 4, 5]]


def test_what_comes_while_another_topic_is_read_becomes_one_batch() -> None:
    log: list[Any] = []
    busy, done = threading.Event(), threading.Event()

    class Busy(FakeProcessor):
        def read(self, *arguments: Any) -> list[int]:
            busy.set()
            assert done.wait(5)
            return super().read(*arguments)

    async def scenario() -> list[list[int]]:
        second = FakeProcessor(log, [])
        async with running(Busy(log, []), second) as lanes:
            await lanes[0].offer(FakeEvent([0], log))
            await until(busy.is_set)
            for number in (1, 2):
                await lanes[1].offer(FakeEvent([number], log))
                await asyncio.sleep(0.05)
            done.set()
            await until(lambda: len(acked(log)) == 3)
            return list(second.judged)

    assert asyncio.run(scenario()) == [[1, 2]]


def test_a_topic_that_waits_for_something_leaves_the_turn_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_BREAKER_WAIT", 3600)
    log: list[Any] = []

    async def scenario() -> None:
        async with running(FakeProcessor(log, [BreakerOpen("held")]), FakeProcessor(log, [])) as lanes:
            await lanes[0].offer(FakeEvent([0], log))
            await until(lambda: ("failed", [0]) in log)
            await lanes[1].offer(FakeEvent([1], log))
            await until(lambda: [1] in acked(log))

    asyncio.run(scenario())


def test_events_that_went_to_another_worker_are_no_longer_held_back_here() -> None:
    """Else the alert about the breaker would never end, and hide that this worker is stuck."""
    log: list[Any] = []

    async def scenario() -> None:
        mine = app()
        async with running(FakeProcessor(log, [BreakerOpen("held")] * 1000), of=mine) as (lane,):
            await lane.offer(FakeEvent([1], log))
            await until(lambda: breaker() == 1)
            mine.consumer_generation_id = 2
            await until(lambda: breaker() == 0)

    def breaker() -> float | None:
        return REGISTRY.get_sample_value("helsepuls_breaker_open", {"topic": "raw.service"})

    asyncio.run(scenario())
