"""A referral period that is withdrawn (Slett of 7372 H) takes its episodes and their movements with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from outcomes import AT
from stored import Warehouse, move

HOUR = timedelta(hours=1)
REPORTER = "983971636"


def referred(warehouse: Warehouse, name: str, hours: float, **changes: Any) -> None:
    """A referral of period P, as its sender tells it so many hours after `AT`."""
    fields = {"subject_id": name, "henvID": name, "reporter": REPORTER, "henvisningsperiodeID": "P"}
    warehouse.accept("referral", **{**fields, **known(hours), **changes})


def seen(warehouse: Warehouse, name: str, hours: float, **changes: Any) -> None:
    """A stay in period P that began at `AT`."""
    fields = {"subject_id": name, "reporter": REPORTER, "henvisningsperiodeID": "P", "omsorgsniva": "1"}
    warehouse.accept("episode", **{**fields, "innDatoTid": AT, "utDatoTid": None, **known(hours), **changes})


def known(hours: float) -> dict[str, Any]:
    moment = AT + hours * HOUR
    return {"received_at": moment, "known_at": moment, "declared_known_at": None}


def contacts(warehouse: Warehouse, known_at: float | None = None) -> set[str]:
    view = f"npr_contacts_known_at(at = '{when(known_at)}')" if known_at else "npr_contacts"
    return set(warehouse.values(f"SELECT subject_id FROM {view}"))


def beds(warehouse: Warehouse, at: float, known_at: float | None = None) -> int:
    named = f"_known_at(at = '{when(at)}', known_at = '{when(known_at)}')" if known_at else f"_at(at = '{when(at)}')"
    return sum(warehouse.values(f"SELECT patients FROM preparedness_occupancy{named}"))


def when(hours: float) -> str:
    moment: datetime = AT + hours * HOUR
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def test_a_withdrawn_period_takes_its_episodes_and_their_movements(warehouse: Warehouse) -> None:
    """Withdrawn five hours in: contact, stay and bed are gone from then on; a stay of period Q keeps its own."""
    referred(warehouse, "h", 0)
    for name, period in (("a", "P"), ("b", "Q")):
        seen(warehouse, name, 1, henvisningsperiodeID=period)
        move(warehouse, name, 1, "admit", "A", 0, **known(1))
    assert (contacts(warehouse), beds(warehouse, 3)) == ({"a", "b"}, 2)
    referred(warehouse, "h", 5, revision=1, action="cancel")
    assert (contacts(warehouse), beds(warehouse, 3)) == ({"b"}, 1)
    assert set(warehouse.values("SELECT stay FROM npr_stays")) == {"b"}
    assert (contacts(warehouse, 4), contacts(warehouse, 6)) == ({"a", "b"}, {"b"})
    assert (beds(warehouse, 3, known_at=4), beds(warehouse, 3, known_at=6)) == (2, 1)


@pytest.mark.parametrize("first", ["referral", "episode"])
def test_the_order_in_which_they_arrive_does_not_matter(warehouse: Warehouse, first: str) -> None:
    def episode() -> None:
        seen(warehouse, "a", 1)
        move(warehouse, "a", 1, "admit", "A", 0, **known(1))

    if first == "episode":
        episode()
    referred(warehouse, "h", 5, revision=1, action="cancel")
    referred(warehouse, "h", 0)
    if first == "referral":
        episode()
    assert (contacts(warehouse), beds(warehouse, 3)) == (set(), 0)


def test_a_period_with_a_referral_left_stays(warehouse: Warehouse) -> None:
    """A Henvisning is no object of Slett: of two referrals one is withdrawn, and the period goes on with the other."""
    referred(warehouse, "h1", 0)
    referred(warehouse, "h2", 0)
    seen(warehouse, "a", 1)
    referred(warehouse, "h1", 5, revision=1, action="cancel")
    assert contacts(warehouse) == {"a"}
    referred(warehouse, "h2", 7, revision=1, action="cancel")
    assert (contacts(warehouse), contacts(warehouse, 6)) == (set(), {"a"})


def test_what_becomes_known_after_it_counts(warehouse: Warehouse) -> None:
    """a is told again after the Slett: it counts, its old movement too. b is new, c is not told again."""
    referred(warehouse, "h", 0)
    for name in ("a", "c"):
        seen(warehouse, name, 1)
        move(warehouse, name, 1, "admit", "A", 0, **known(1))
    referred(warehouse, "h", 5, revision=1, action="cancel")
    seen(warehouse, "a", 6, revision=1, action="amend")
    seen(warehouse, "b", 6)
    assert (contacts(warehouse), beds(warehouse, 3)) == ({"a", "b"}, 1)


def test_a_referral_that_is_reported_again_has_its_episodes_back(warehouse: Warehouse) -> None:
    referred(warehouse, "h", 0)
    seen(warehouse, "a", 1)
    move(warehouse, "a", 1, "admit", "A", 0, **known(1))
    referred(warehouse, "h", 5, revision=1, action="cancel")
    referred(warehouse, "h", 6, revision=2, action="amend")
    assert (contacts(warehouse), beds(warehouse, 3)) == ({"a"}, 1)
    assert contacts(warehouse, 5.5) == set()


def test_a_cancellation_need_not_name_the_period(warehouse: Warehouse) -> None:
    """It is the one that the referral named before."""
    referred(warehouse, "h", 0)
    seen(warehouse, "a", 1)
    referred(warehouse, "h", 5, revision=1, action="cancel", henvisningsperiodeID=None)
    assert contacts(warehouse) == set()


def test_another_reporters_period_of_the_same_name_takes_nothing(warehouse: Warehouse) -> None:
    referred(warehouse, "h", 5, revision=1, action="cancel", reporter="974706490")
    seen(warehouse, "a", 1)
    assert contacts(warehouse) == {"a"}


def test_of_an_episode_that_was_cancelled_before_its_period_the_later_counts(warehouse: Warehouse) -> None:
    """Cancelled at 3; what is told at 4 counts until the period is withdrawn at 5, what is told at 6 counts again."""
    referred(warehouse, "h", 0)
    seen(warehouse, "a", 1)
    seen(warehouse, "a", 3, revision=1, action="cancel", henvisningsperiodeID=None)
    move(warehouse, "a", 1, "admit", "A", 0, **known(4))
    referred(warehouse, "h", 5, revision=1, action="cancel")
    assert (beds(warehouse, 3), beds(warehouse, 3, known_at=4.5), beds(warehouse, 3, known_at=5.5)) == (0, 1, 0)
    move(warehouse, "a", 2, "transfer", "B", 1, **known(6))
    assert warehouse.values("SELECT subject_id FROM npr_movements") == ["a/2"]


def test_an_episode_that_is_cancelled_after_its_period_takes_what_was_told_in_between(warehouse: Warehouse) -> None:
    referred(warehouse, "h", 0)
    seen(warehouse, "a", 1)
    referred(warehouse, "h", 5, revision=1, action="cancel")
    move(warehouse, "a", 1, "admit", "A", 0, **known(6))
    assert beds(warehouse, 3) == 1
    seen(warehouse, "a", 7, revision=1, action="cancel")
    assert (beds(warehouse, 3), beds(warehouse, 3, known_at=6.5)) == (0, 1)
