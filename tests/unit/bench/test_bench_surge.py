"""How long a surge should be felt after its end."""

from __future__ import annotations

import pytest
from bench.measure import Results
from bench.memory import Held
from bench.surge import _flat, arithmetic


def test_what_is_behind_takes_as_long_as_the_spare_rate_needs():
    # 200 a second were done and 100 go on coming: 100 are to spare, so 1 000 take 10 s, and 5 for both ends
    assert arithmetic(behind=1_000, done=2_000, seconds=10, rate=100) == pytest.approx(15)


def test_nothing_behind_is_over_with_the_last_flush():
    assert arithmetic(behind=0, done=2_000, seconds=10, rate=100) == pytest.approx(5)


@pytest.mark.parametrize(
    ("worker", "warehouse", "failed"),
    [
        (500_000_000, 900_000_000, []),
        (565_000_000, 1_000_000_000, []),  # a million ids more
        (640_000_000, 900_000_000, ["bytes/event"]),
        (500_000_000, 1_090_000_000, ["ratio"]),
    ],
)
def test_memory_is_flat_but_for_the_ids_of_the_events(worker, warehouse, failed):
    results = Results()
    _flat(results, Held(0, 500_000_000, 900_000_000), Held(1, worker, warehouse), events=1_000_000)
    assert [figure.unit for figure in results.failed] == failed
