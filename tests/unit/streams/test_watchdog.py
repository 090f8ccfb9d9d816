"""When a worker must end itself."""

from __future__ import annotations

import threading

import pytest

from streams.standstill import Standing
from streams.watchdog import EXIT_STUCK, Progress, Watchdog, verdict

STUCK, ASSIGN = 90.0, 120.0


def standing(since: float) -> Progress:
    return Progress(assigned=True, loop_seen=1000, standing=Standing("raw.service", 3, 10, 30, since))


@pytest.mark.parametrize(
    ("progress", "now", "dead"),
    [
        (Progress(assigned=True, loop_seen=1000), 1001, False),
        (standing(since=905), 1000, True),
        (standing(since=915), 1000, False),
        (Progress(assigned=True, loop_seen=900), 1000, True),
        (Progress(assigned=False, loop_seen=1000), 1000, False),
        (Progress(assigned=False, loop_seen=1030), 1030, True),
    ],
    ids=["all well", "one stands still", "slow but alive", "loop blocked", "not yet assigned", "never assigned (F15)"],
)
def test_verdict(progress: Progress, now: float, dead: bool) -> None:
    assert (verdict(progress, started=905, now=now, stuck_seconds=STUCK, assign_seconds=ASSIGN) is not None) == dead


def test_the_reason_names_the_partition() -> None:
    reason = verdict(standing(since=900), started=0, now=1000, stuck_seconds=STUCK, assign_seconds=ASSIGN)
    assert reason == "raw.service[3] stands still: committed up to 10 of 30, and no further for 100 s"


def test_the_breaker_excuses_its_topic_and_what_is_away_all_of_them() -> None:
    progress = Progress(held={"raw.service": 50.0})
    assert progress.waited_on_purpose("raw.service") == 50
    assert progress.waited_on_purpose("raw.episode") == 0
    progress.waited = 60.0
    assert {progress.waited_on_purpose(topic) for topic in ("raw.service", "raw.episode")} == {60}


def test_the_thread_ends_the_process_when_the_loop_is_silent() -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watchdog = Watchdog(Progress(assigned=True), 0.1, 10, end=end, interval_seconds=0.02)
    watchdog.start()
    assert ended.wait(5)
    watchdog.stop()
    assert codes == [EXIT_STUCK]
