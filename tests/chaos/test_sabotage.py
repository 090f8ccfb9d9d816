"""The harness finds what it is there for: processes that lack a guarantee lose or double events, and it says so.

The test that takes longest is the first one: two processes share this folder's tests by halves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.plan import Round
from chaos.run import run

KILLED = {
    "commit-first": ("worker killed", "worker killed"),
    "forget": ("worker frozen beyond its session", "worker killed"),  # so that there is something to forget by then
    "insert-late": ("worker frozen beyond its session", "warehouse killed"),  # so that it has committed by then
    "remove-first": ("broker killed", "publisher killed"),  # so that it dies with events in flight
}


@pytest.fixture
def broken(
    tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None], quick_java: dict[str, str]
) -> Callable[[str], dict[str, list[str]]]:
    """Plays a round with a sabotaged process: the checks that do not hold, with what they found."""

    def play(sabotage: str) -> dict[str, list[str]]:
        wanted = [Round(1, 1, "local", KILLED[sabotage])]
        (result,) = run(
            *(wanted, tmp_path / "chaos"),
            short=True,
            patience=20,
            sabotage=sabotage,
            beginning=ends_with_us,
            quick_java=quick_java,
        )
        assert not result.holds
        return {check.name: check.wrong for check in result.checks if not check.holds}

    return play


@pytest.mark.timeout(600)
def test_a_sink_that_commits_before_it_inserts_loses_rows_and_is_found_out(broken):
    found = broken("insert-late")
    assert any("missing" in finding and "warehouse" in finding for finding in found["audit: conserved"])
    assert {"outcomes as simulated", "views: current"} <= found.keys()


@pytest.mark.timeout(600)
def test_workers_that_forget_what_they_accepted_accept_it_again_and_are_found_out(broken):
    assert any("accepted" in finding for finding in broken("forget")["outcomes as simulated"])


@pytest.mark.timeout(600)
def test_a_publisher_that_forgets_events_before_they_are_acknowledged_loses_them_and_is_found_out(broken):
    assert any(
        "are not in the raw topics" in finding
        for finding in broken("remove-first")["published: every event, unchanged"]
    )


@pytest.mark.timeout(600)
def test_workers_that_commit_before_they_deliver_lose_events_and_are_found_out(broken):
    found = broken("commit-first")
    assert any("missing" in finding for finding in found["audit: conserved"])
    assert {"outcomes as simulated", "views: current"} <= found.keys()
