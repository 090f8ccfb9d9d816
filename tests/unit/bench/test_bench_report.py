"""What a run is held against, and what its document holds."""

from __future__ import annotations

import json

import pytest
from bench import report
from bench.measure import Goal, Results


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Figures as a run has recorded them."""

    def record(**values: float) -> None:
        path = tmp_path / "recorded.json"
        path.write_text(json.dumps({"figures": [{"name": name, "value": value} for name, value in values.items()]}))
        monkeypatch.setattr(report, "RECORDED", path)

    return record


def test_a_ratio_that_is_worse_by_more_than_a_quarter_is_named(recorded):
    recorded(speed=2.0, cost=1.0)
    results = Results()
    results.add("speed", 1.5, "ratio", better="higher")
    results.add("cost", 1.3, "ratio", goal=Goal("lower", 2, 1))
    assert report.slower(results) == ["speed: 1.50, recorded 2.00", "cost: 1.30, recorded 1.00"]


def test_what_is_better_or_within_a_quarter_or_no_ratio_or_new_is_not(recorded):
    recorded(speed=2.0, cost=1.0, seconds=1.0)
    results = Results()
    results.add("speed", 1.7, "ratio", better="higher")
    results.add("cost", 0.5, "ratio", goal=Goal("lower", 2, 1))
    results.add("seconds", 9.0, "s")
    results.add("new", 9.0, "ratio")
    assert report.slower(results) == []


def test_the_document_has_every_figure_and_whether_it_holds():
    results = Results()
    results.add("speed", 1.5, "ratio", better="higher")
    results.add("late", 70.0, "s", goal=Goal("lower", 60, 20))
    assert report.document({"cores": 2}, results) == {
        "machine": {"cores": 2},
        "figures": [
            {"name": "speed", "value": 1.5, "unit": "ratio"},
            {"name": "late", "value": 70.0, "unit": "s", "must": 60, "aim": 20, "holds": False},
        ],
    }
