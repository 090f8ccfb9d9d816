"""A round of chaos is at rest when every outcome is queryable, not when the last one is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from chaos.recovery import until_queryable
from chaos.waiting import InVain
from outcomes import accepted, rejected
from stored import Warehouse

from schemas.types import REJECTED_TOPIC, accepted_topic

PLACE = ("raw.episode", 0)


def stage(warehouse: Warehouse) -> Any:
    def rows(query: str, given: Any = None) -> list[Any]:
        return list(warehouse.client.query(query, parameters=given).result_rows)

    return SimpleNamespace(reader=lambda: SimpleNamespace(rows=rows))


def test_outcomes_of_a_partition_are_in_several_topics(warehouse: Warehouse) -> None:
    """Offset 2, rejected, is stored; 1, accepted, is not."""
    warehouse.store(accepted_topic("episode"), accepted("episode", 0))
    warehouse.store(REJECTED_TOPIC, rejected(2))
    with pytest.raises(InVain):
        until_queryable(stage(warehouse), {PLACE: 3}, 0.3, None)
    until_queryable(stage(warehouse), {PLACE: 1}, 5, None)
    warehouse.store(accepted_topic("episode"), accepted("episode", 1))
    until_queryable(stage(warehouse), {PLACE: 3, ("raw.service", 1): 0}, 5, None)


def test_what_came_after_does_not_stand_for_what_was_before(warehouse: Warehouse) -> None:
    warehouse.store(accepted_topic("episode"), accepted("episode", 0), accepted("episode", 5), accepted("episode", 6))
    with pytest.raises(InVain):
        until_queryable(stage(warehouse), {PLACE: 3}, 0.3, None)
