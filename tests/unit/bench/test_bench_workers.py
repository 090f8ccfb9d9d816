"""What is told of runs with one worker and with two."""

from __future__ import annotations

from bench.measure import Results
from bench.workers import Run, tell


def run(rate: float) -> Run:
    return Run(rate, cpu_us=10.0, workers_cores=0.9, broker_cores=0.3)


def test_ratios_are_medians_of_what_was_measured_in_one_round():
    results = Results()
    tell(
        results,
        {
            (6, 1): [run(100), run(10), run(50)],
            (6, 2): [run(150), run(30), run(60)],  # 1.5, 3 and 1.2 times
            (24, 1): [run(200), run(20), run(60)],  # 2, 2 and 1.2 times those of 6
            (24, 2): [run(300), run(60), run(30)],  # 1.5, 3 and 0.5 times
        },
    )
    ratios = {figure.name: figure for figure in results.figures if figure.unit == "ratio"}
    assert {name: figure.value for name, figure in ratios.items()} == {
        "2 workers ÷ 1, 6 partitions a topic": 1.5,
        "2 workers ÷ 1, 24 partitions a topic": 1.5,
        "24 partitions a topic ÷ 6, 1 worker": 2.0,
        "24 partitions a topic ÷ 6, 2 workers": 2.0,
    }
    assert {figure.better for figure in ratios.values()} == {"higher"}


def test_one_number_of_partitions_is_compared_with_none():
    results = Results()
    tell(results, {(24, 1): [run(100)], (24, 2): [run(150)]})
    assert [figure.name for figure in results.figures if figure.unit == "ratio"] == [
        "2 workers ÷ 1, 24 partitions a topic"
    ]
