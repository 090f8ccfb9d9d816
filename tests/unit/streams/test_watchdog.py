"""When a worker must end itself."""

from __future__ import annotations

import threading

import pytest

from streams.watchdog import EXIT_STUCK, Progress, Watchdog, verdict

STUCK, ASSIGN = 90.0, 120.0


@pytest.mark.parametrize(
    ("progress", "now", "dead"),
    [
        (Progress(assigned=True, loop_seen=1000, moved=1000), 1001, False),
        (Progress(assigned=True, loop_seen=1000, moved=905), 1000, True),
        (Progress(assigned=True, loop_seen=1000, moved=915), 1000, False),
        (Progress(assigned=True, loop_seen=900, moved=1000), 1000, True),
        (Progress(assigned=False, loop_seen=1000, moved=0), 1000, False),
        (Progress(assigned=False, loop_seen=1030, moved=0), 1030, True),
    ],
    ids=["all well", "nothing finished", "slow but alive", "loop blocked", "not yet assigned", "never assigned (F15)"],
)
def test_verdict(progress: Progress, now: float, dead: bool) -> None:
    assert (verdict(progress, started=905, now=now, stuck_seconds=STUCK, assign_seconds=ASSIGN) is not None) == dead


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
