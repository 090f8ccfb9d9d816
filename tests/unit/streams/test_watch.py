"""What the watch of a worker sees of its partitions, and when it ends the process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from monitoring import metrics
from streams import app as app_module
from streams.settings import StreamSettings
from streams.watchdog import EXIT_STUCK, Progress, Watchdog

MOVING, STILL = TP("raw.service", 0), TP("raw.service", 1)
STUCK = 0.5


class Partitions:
    """Stands for the consumer: every partition has messages waiting, and those in `moving` are committed on."""

    def __init__(self, *moving: TP) -> None:
        self.assigned = {MOVING, STILL}
        self.moving = moving
        self.ends = {MOVING: 1_000_000, STILL: 30}
        self.finished = {MOVING: 10, STILL: 10}

    def assignment(self) -> set[TP]:
        for tp in self.moving:
            self.finished[tp] += 1
        return self.assigned

    def highwater(self, tp: TP) -> int | None:
        return self.ends.get(tp)

    def done(self, tp: TP) -> int | None:
        return self.finished.get(tp)


class Watch:
    """The product's watch over such a consumer; how the process would have ended is in `codes`."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.codes: list[int] = []
        self.progress = Progress()
        quick = partial(Watchdog, end=self.codes.append, interval_seconds=0.01)
        monkeypatch.setattr(app_module, "Watchdog", quick)
        monkeypatch.setattr(app_module, "_WATCH_SECONDS", 0.01)

    def run(self, partitions: Partitions, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        """Until the process would have ended, for so long at most; `each`: in every turn."""
        tasks: list[Any] = []
        ends: list[Any] = []
        app: Any = SimpleNamespace(
            consumer=partitions, task=tasks.append, on_before_shutdown=SimpleNamespace(connect=ends.append)
        )
        settings = StreamSettings(stuck_seconds=STUCK, delivery_seconds=STUCK / 2, commit_seconds=STUCK / 4)
        app_module._add_watch(app, self.home, settings, self.progress)

        async def scenario() -> None:
            task = asyncio.create_task(tasks[0](app))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not self.codes:
                        each()
                        await asyncio.sleep(0.01)
            assert not task.done() or task.result()
            task.cancel()
            await ends[0]()

        asyncio.run(scenario())


@pytest.fixture
def watch(home: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(home, monkeypatch)


def test_a_partition_that_stands_still_ends_the_process_while_another_moves(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        watch.run(Partitions(MOVING), seconds=10)
    assert watch.codes == [EXIT_STUCK]
    assert "raw.service[1] stands still: committed up to 10 of 30" in caplog.text


def test_what_moves_has_nothing_to_do_or_is_not_known_yet_ends_nothing(watch: Watch) -> None:
    partitions = Partitions(MOVING)
    partitions.assigned = {TP("raw.service", number) for number in range(5)}
    partitions.ends |= {TP("raw.service", number): 30 for number in (1, 2, 3)}
    partitions.finished |= {TP("raw.service", number): done for number, done in ((1, 30), (2, 31), (4, 0))}
    watch.run(partitions, seconds=2 * STUCK)
    assert watch.codes == []


def test_a_partition_that_comes_and_goes_has_its_whole_time_each_time(watch: Watch) -> None:
    class HandedRound(Partitions):
        looks = 0

        def assignment(self) -> set[TP]:
            self.looks += 1
            return {STILL} if self.looks % 4 else set()

    watch.run(HandedRound(), seconds=2 * STUCK)
    assert watch.codes == []


def test_a_partition_whose_topic_waits_on_purpose_ends_nothing(watch: Watch) -> None:
    watch.run(Partitions(), 2 * STUCK, lambda: watch.progress.held.update({STILL.topic: time.monotonic()}))
    assert watch.codes == []


def test_a_worker_that_is_ending_is_not_ended(watch: Watch) -> None:
    """It may take its time: what it fetched is committed meanwhile or not, and the loop ends."""
    watch.run(Partitions(), seconds=STUCK / 2)
    time.sleep(2 * STUCK)
    assert watch.codes == []


def test_the_metrics_tell_of_every_partition_and_forget_those_that_are_gone(watch: Watch) -> None:
    def told() -> dict[str, dict[tuple[str, ...], float]]:
        gauges = {"lag": metrics.LAG_MESSAGES, "committed": metrics.COMMITTED_OFFSET}
        return {name: {k: v._value.get() for k, v in gauge._metrics.items()} for name, gauge in gauges.items()}

    partitions = Partitions()
    watch.run(partitions, STUCK / 2)
    waiting, gone = ("raw.service", "1"), ("raw.service", "0")
    assert told() == {"lag": {waiting: 20, gone: 999_990}, "committed": {waiting: 10, gone: 10}}
    partitions.assigned = {STILL}
    watch.run(partitions, STUCK / 2)
    assert told() == {"lag": {waiting: 20}, "committed": {waiting: 10}}
