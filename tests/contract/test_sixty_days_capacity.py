"""Sixty simulated days: reported capacity is true in every cell, at each level, also as known at the time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import true_capacity
from told import Event, Told, differences

from producers.simulate.hospitals import TRUSTS

NAMES = {trust.orgnr: trust.name for trust in TRUSTS}
MOMENTS = (
    datetime(2026, 3, 29, 6, 0, tzinfo=UTC),
    datetime(2026, 4, 9, 22, 20, tzinfo=UTC),
    datetime(2026, 5, 28, 22, 30, tzinfo=UTC),
)
"""A day of 23 hours; after Norwegian midnight; and when some units have not reported for 28 days, and others have."""
GRAIN = ("region", "trust", "reporter", "unit", "resource", "category")


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def known(told: Told, request: pytest.FixtureRequest) -> tuple[datetime, list[Event]]:
    return request.param, told.known("capacity", request.param)


@pytest.mark.parametrize("level", true_capacity.LEVELS)
def test_capacity_of_each_level(told: Told, level: str, known: tuple[datetime, list[Event]]) -> None:
    moment, events = known
    at = f"{moment:%F %T}"
    view = f"preparedness_capacity_known_at(level = '{level}', at = '{at}', known_at = '{at}')"
    true = true_capacity.capacity(events, level, moment, NAMES)
    assert len(true) > 8
    assert differences(told.named(f"SELECT * FROM {view}"), true, GRAIN) == []


def test_capacity_as_it_turned_out(told: Told) -> None:
    """The same time, as it is known now: corrected since."""
    moment, now = MOMENTS[1], datetime(2026, 9, 1, tzinfo=UTC)
    found = told.named(
        f"SELECT * EXCEPT (as_known_at) FROM preparedness_capacity_at(level = 'unit', at = '{moment:%F %T}')"
    )
    true = true_capacity.capacity(told.known("capacity", now), "unit", moment, NAMES)
    true = [{name: value for name, value in row.items() if name != "as_known_at"} for row in true]
    assert differences(found, true, GRAIN) == []
