"""Whether memory grew while it was watched."""

from __future__ import annotations

import pytest
from bench.memory import growth


def test_growth_is_the_most_of_the_second_half_by_the_most_of_the_first():
    at = [0, 1, 2, 3, 4, 5, 6, 7]
    held = [9, 100, 80, 90, 70, 110, 60, 999]
    assert growth(at, held, 1, 7) == pytest.approx(1.1), "what was held before and after does not count"


def test_a_peak_that_is_given_back_is_no_growth():
    assert growth([0, 1, 2, 3], [100, 200, 150, 150], 0, 4) == pytest.approx(0.75)


def test_a_half_that_nobody_saw_is_no_answer():
    with pytest.raises(ValueError, match="nothing was seen"):
        growth([0, 1], [1, 1], 0, 10)
