"""How long a surge should be felt after its end."""

from __future__ import annotations

import pytest
from bench.surge import arithmetic


def test_what_is_behind_takes_as_long_as_the_spare_rate_needs():
    # 200 a second were done and 100 go on coming: 100 are to spare, so 1 000 take 10 s, and 5 for both ends
    assert arithmetic(behind=1_000, done=2_000, seconds=10, rate=100) == pytest.approx(15)


def test_nothing_behind_is_over_with_the_last_flush():
    assert arithmetic(behind=0, done=2_000, seconds=10, rate=100) == pytest.approx(5)
