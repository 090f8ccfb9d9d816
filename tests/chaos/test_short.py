"""A short seeded run: every fault once, on both stages. `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.plan import plan, possible
from chaos.report import document, line
from chaos.run import run

SEED, ROUNDS = 1, 4


@pytest.mark.timeout(3000)
def test_nothing_is_lost_and_nothing_counted_twice_whatever_breaks(
    tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None], quick_java: dict[str, str]
) -> None:
    results = run(
        *(plan(SEED, ROUNDS), tmp_path / "chaos"),
        short=True,
        patience=300,
        beginning=ends_with_us,
        quick_java=quick_java,
    )
    told = document(results, SEED, ROUNDS)
    assert told["holds"], "\n".join(line(result) for result in results if not result.holds)
    assert {name for result in results for name in result.round.faults} == set(possible())
    assert all(result.recovery is not None for result in results)
    assert sum(result.events for result in results) > 10_000
