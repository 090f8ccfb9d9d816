"""Whether memory grew while it was watched."""

from __future__ import annotations

import pytest
from bench.memory import Held, halves


def seen(*held: tuple[int, int]) -> list[Held]:
    return [Held(at, worker, warehouse) for at, (worker, warehouse) in enumerate(held)]


def test_each_half_has_the_most_that_each_process_held_in_it():
    samples = seen((9, 9), (100, 5), (80, 7), (90, 6), (70, 8), (110, 4), (60, 5), (999, 999))
    assert halves(samples, 1, 7) == (Held(1, 100, 7), Held(4, 110, 8)), "what was held before and after does not count"


def test_a_half_that_nobody_saw_is_no_answer():
    with pytest.raises(ValueError, match="empty"):
        halves(seen((1, 1), (1, 1)), 0, 10)
