"""Events in a migrated database, stored as the sink stores them: import the fixtures of `embedded`, and `warehouse`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from embedded import empty
from outcomes import AT, accepted, block, message, store

from schemas.types import accepted_topic
from sinks.beds import Beds, Noting
from sinks.writer import Writer


class Warehouse:
    """A migrated database, and events stored in it as the sink stores them."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.beds = Beds(client)
        self.writer = Noting(Writer(client), self.beds)
        self.outcome_offsets = itertools.count()
        self.raw_offsets = itertools.count()

    def store(self, topic: str, *records: dict[str, Any]) -> None:
        """Each record as an outcome message of its own block, in this order."""
        for record in records:
            store(self.writer, block(topic, [message(topic, record)], first=next(self.outcome_offsets)))

    def accept(self, family: str, **changes: Any) -> None:
        self.store(accepted_topic(family), accepted(family, next(self.raw_offsets), **changes))

    def keep(self) -> None:
        """Keeps the beds of what was stored: `preparedness_occupancy` and `preparedness_reconciled` tell of it then."""
        while self.beds.turn():
            pass

    def rows(self, query: str) -> list[dict[str, Any]]:
        return list(self.client.query(query).named_results())

    def tuples(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.client.query(query).result_rows]

    def values(self, query: str) -> list[Any]:
        return [row[0] for row in self.client.query(query).result_rows]


def move(
    warehouse: Warehouse, stay: str, number: int, kind: str, ward: str | None, hours: float, **changes: Any
) -> None:
    """A movement of an inpatient, so many hours after `AT`."""
    fields = {
        "subject_id": f"{stay}/{number}",
        "episode_id": stay,
        "patient_key": f"key-{stay}",
        "reporter": "983971636",
        "movement_type": kind,
        "occurred_at": AT + timedelta(hours=hours),
        "unit": "974706490",
        "tjenesteenhetID": ward,
        "patient_class": "I",
        "omsorgsniva": "1",
        "utDatoTid": None,
        "received_at": AT,
    }
    warehouse.accept("movement", **{**fields, **changes})


def notify(warehouse: Warehouse, service: str, what: str, day: date | None, **changes: Any) -> None:
    """A notification (minimelding) of a municipal service, known since March 2026 began."""
    fields = {
        "reporter": "964338531",
        "subject_id": f"{service}/{what}/{day}",
        "tjenesteID": service,
        "hendelse": what,
        "hendelseDato": day,
        "tjenesteType": "15",
        "tjenesteOrgNr": "974600951",
        "midlertidigStoppID": None,
        "kommuneNr": "0301",
        "patient_key": f"key-{service}",
        "declared_known_at": None,
        "received_at": datetime(2026, 3, 1, tzinfo=UTC),
    }
    warehouse.accept("service", **{**fields, **changes})


@pytest.fixture
def warehouse(migrated: Any) -> Iterator[Warehouse]:
    yield Warehouse(migrated)
    empty(migrated)
