"""The harness finds what it is there for: workers that lack a guarantee lose or double events, and it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.plan import Round
from chaos.run import run, sabotaged

KILLING = Round(1, 1, "local", ("worker killed", "worker killed"))


@pytest.fixture
def broken(tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None]) -> Callable[[str], dict[str, list[str]]]:
    """Plays a round with sabotaged workers: the checks that do not hold, with what they found."""

    def play(sabotage: str) -> dict[str, list[str]]:
        more = sabotaged(sabotage)
        (result,) = run([KILLING], tmp_path / "chaos", short=True, patience=20, more=more, beginning=ends_with_us)
        assert not result.holds
        return {check.name: check.wrong for check in result.checks if not check.holds}

    return play


@pytest.mark.timeout(600)
def test_workers_that_commit_before_they_deliver_lose_events_and_are_found_out(broken):
    found = broken("commit-first")
    assert any("missing" in finding for finding in found["audit: conserved"])
    assert {"outcomes as simulated", "views: current"} <= found.keys()


@pytest.mark.timeout(600)
def test_workers_that_forget_what_they_accepted_accept_it_again_and_are_found_out(broken):
    assert any("accepted" in finding for finding in broken("forget")["outcomes as simulated"])
