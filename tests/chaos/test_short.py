"""A short seeded run: every fault once, on both stages. `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.plan import plan, possible
from chaos.report import document, line
from chaos.run import run

SEED, ROUNDS = 1, 4
STAGES = ("local", "cluster")


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("stage", STAGES)
def test_nothing_is_lost_and_nothing_counted_twice_whatever_breaks(
    tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None], quick_java: dict[str, str], stage: str
) -> None:
    """A stage at a time: they need nothing of each other, and another process can play the other one."""
    rounds = [one for one in plan(SEED, ROUNDS) if one.stage == stage]
    results = run(
        *(rounds, tmp_path / "chaos"),
        short=True,
        patience=300,
        beginning=ends_with_us,
        quick_java=quick_java,
    )
    told = document(results, SEED, ROUNDS)
    assert told["holds"], "\n".join(line(result) for result in results if not result.holds)
    assert [result.round for result in results] == rounds
    assert all(result.recovery is not None for result in results)
    assert sum(result.events for result in results) > 2_500 * len(rounds) > 0


def test_the_stages_have_every_fault_and_every_round() -> None:
    rounds = plan(SEED, ROUNDS)
    assert len(rounds) == ROUNDS
    assert {one.stage for one in rounds} == set(STAGES)
    assert {name for one in rounds for name in one.faults} == set(possible())
