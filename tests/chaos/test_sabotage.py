"""The harness finds what it is there for: workers that commit before they deliver lose events, and it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.plan import Round
from chaos.run import run, sabotaged

LOSING = Round(1, 1, "local", ("worker killed", "worker killed"))


@pytest.mark.timeout(600)
def test_a_worker_that_commits_before_it_delivers_is_found_out(
    tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None]
) -> None:
    more = sabotaged("commit-first")
    (result,) = run([LOSING], tmp_path / "chaos", short=True, patience=20, more=more, beginning=ends_with_us)
    assert not result.holds
    broken = {check.name: check.wrong for check in result.checks if not check.holds}
    assert any("missing" in finding for finding in broken["audit: conserved"])
    assert "outcomes as simulated" in broken
    assert "views: current" in broken
