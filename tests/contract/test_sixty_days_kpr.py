"""Sixty simulated days: municipal services, acute beds and the way there from hospital are true in every cell."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import true_kpr
from told import Told, differences

MOMENTS = (datetime(2026, 3, 31, 23, 30, tzinfo=UTC), datetime(2026, 5, 20, 10, tzinfo=UTC))
"""In the middle of things, and after everything."""


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def moment(request: pytest.FixtureRequest) -> datetime:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def services(told: Told, moment: datetime) -> list[true_kpr.Row]:
    return true_kpr.services(told.known("service", moment), moment)


def _shown(rows: list[true_kpr.Row]) -> list[true_kpr.Row]:
    return [{name: value for name, value in row.items() if name != "_person"} for row in rows]


def test_every_service(told: Told, moment: datetime, services: list[true_kpr.Row]) -> None:
    found = told.named(f"SELECT * EXCEPT (patient_key) FROM kpr_services_known_at(at = '{moment:%F %T}')")
    assert {row["state"] for row in services} == {"active", "paused", "ended"} | {
        "unknown" for row in services if not row["started_on"]
    }
    assert differences(found, _shown(services), ("reporter", "tjenesteID")) == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 3, 31)], ids=str)
def test_services_in_force_on_a_day(told: Told, moment: datetime, services: list[true_kpr.Row], day: date) -> None:
    found = told.named(f"SELECT * FROM kpr_services_active_known_at(at = '{day}', known_at = '{moment:%F %T}')")
    assert differences(found, true_kpr.active_at(services, day), ("kommuneNr", "tjenesteType")) == []
    assert any(row["paused"] for row in found)


def test_every_stay_in_an_acute_bed(told: Told, moment: datetime, services: list[true_kpr.Row]) -> None:
    found = told.named(f"SELECT * EXCEPT (patient_key) FROM kpr_kad_known_at(at = '{moment:%F %T}')")
    assert len(found) > 100
    assert differences(found, _shown(true_kpr.kad(services, moment)), ("reporter", "tjenesteID")) == []


def test_acute_beds_by_day(told: Told, moment: datetime, services: list[true_kpr.Row]) -> None:
    grain = ("day", "kommuneNr", "home_municipality", "sex", "age_group")
    found = told.named(f"SELECT * FROM kpr_kad_daily_known_at(at = '{moment:%F %T}')")
    assert differences(found, true_kpr.kad_daily(true_kpr.kad(services, moment), moment), grain) == []
