"""Sixty simulated days: referrals, waiting and readiness for discharge are true in every cell, and as known before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import true_npr
from told import Told, differences

from producers.simulate.config import OSLO
from producers.simulate.hospitals import TRUSTS

MOMENTS = (datetime(2026, 3, 31, 23, 30, tzinfo=UTC), datetime(2026, 8, 15, 10, tzinfo=UTC))
"""In the night in which a Norwegian month has begun and one of UTC has not, in the middle of things; and long after,
when the waits that have no end have broken their deadlines."""
NAMES = {trust.orgnr: trust.name for trust in TRUSTS}
OTHER = {
    "patient_key",
    "home_county",
    "catchment_trust",
    "bydel",
    "pakkeforlop",
    "avvistKode",
    "elapsed",
    "utsettelser",
}
"""Columns of one by one that say nothing in the simulation, or not of the figure."""


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def moment(request: pytest.FixtureRequest) -> datetime:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def referrals(told: Told, moment: datetime) -> list[true_npr.Row]:
    today = moment.astimezone(OSLO).date()
    return [true_npr.referral(event, NAMES, today) for event in told.known("referral", moment)]


@pytest.fixture(scope="module")
def ready(told: Told, moment: datetime) -> list[true_npr.Row]:
    return true_npr.ready(told.known("episode", moment), told.known("movement", moment), NAMES, moment)


def test_every_referral(told: Told, moment: datetime, referrals: list[true_npr.Row]) -> None:
    found = told.named(f"SELECT * EXCEPT ({', '.join(OTHER)}) FROM npr_referrals_known_at(at = '{moment:%F %T}')")
    assert len(referrals) > 1000
    assert differences(found, referrals, ("reporter", "subject_id")) == []


def test_referrals_by_day(told: Told, moment: datetime, referrals: list[true_npr.Row]) -> None:
    grain = ("day", "reporter", "unit", "fagomrade", "sector", "home_municipality", "sex", "age_group")
    found = told.named(f"SELECT * FROM npr_referrals_daily_known_at(at = '{moment:%F %T}')")
    assert differences(found, true_npr.referrals_daily(referrals, moment), grain) == []
    assert any(row["ended"] for row in found)


def test_waiting_of_every_month(told: Told, moment: datetime, referrals: list[true_npr.Row]) -> None:
    found = told.named(f"SELECT * FROM npr_waiting_known_at(at = '{moment:%F %T}')")
    assert differences(found, true_npr.waiting(referrals, moment), ("month", "reporter", "unit", "fagomrade")) == []
    assert any(row["waiting"] for row in found)


def test_every_stay_that_was_ready_for_discharge(told: Told, moment: datetime, ready: list[true_npr.Row]) -> None:
    found = told.named(f"SELECT * EXCEPT (patient_key) FROM npr_discharge_ready_known_at(at = '{moment:%F %T}')")
    true = [{name: value for name, value in stay.items() if name != "_person"} for stay in ready]
    assert len(true) > 200
    assert differences(found, true, ("reporter", "subject_id")) == []


def test_nights_ready_for_discharge(told: Told, moment: datetime, ready: list[true_npr.Row]) -> None:
    grain = ("day", "reporter", "unit", "home_municipality", "sex", "age_group")
    found = told.named(f"SELECT * FROM npr_discharge_ready_daily_known_at(at = '{moment:%F %T}')")
    assert differences(found, true_npr.ready_daily(ready, moment), grain) == []


def test_now_the_true_referrals_are_known_and_no_other(told: Told) -> None:
    """After everything what is known is what happened: that the truth above was computed from what was sent is no
    matter."""
    assert told.rows("SELECT count() FROM npr_referrals") == [(told.truth["families"]["referral"]["subjects"],)]
