"""A short seeded run: half of the faults, in one round of each stage. `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chaos.plan import STAGES, short
from chaos.report import line
from chaos.run import run

SEED = datetime.now(UTC).date().toordinal()
"""Of the day: two days in a row have every fault."""


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("stage", STAGES)
def test_nothing_is_lost_and_nothing_counted_twice_whatever_breaks(
    tmp_path: Path, home: Path, ends_with_us: Callable[[Path], None], quick_java: dict[str, str], stage: str
) -> None:
    """A stage at a time: they need nothing of each other, and another process can play the other one."""
    (wanted,) = [one for one in short(SEED) if one.stage == stage]
    (result,) = run(
        *([wanted], tmp_path / "chaos"),
        short=True,
        patience=300,
        beginning=ends_with_us,
        quick_java=quick_java,
    )
    assert result.holds, f"python -m tests.chaos --short --seed {SEED} --only {wanted.number}: {line(result)}"
    assert result.round == wanted
    assert result.recovery is not None
    assert result.events > 2_500
