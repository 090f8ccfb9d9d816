"""A delivery that replaces a period: afterwards exactly it is stored, whatever was there, and again changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.envelope import envelope
from producers.replacing import Period, Replacing
from producers.types import Context, Event, NotReportable, Read
from producers.validate import validate
from schemas.errors import Fatal
from schemas.types import FAMILIES, Family

REPORTER = "983971636"
DAY = datetime(2026, 3, 23, 12, tzinfo=UTC)
CONTEXT = Context("", DAY + timedelta(days=9), reporter=REPORTER)
PERIOD = Period(date(2026, 3, 20), date(2026, 3, 25))
OWN: dict[Family, dict[str, Any]] = {
    "movement": {"movement_type": "admit"},
    "capacity": {"unit": "U", "as_of": DAY, "origin": "reported", "resource": "bed", "category": "all"},
}


def event(name: str, content: str, revision: int = 0, family: Family = "episode", **changes: Any) -> Event:
    """Of which the id follows from all that it says, as from a file."""
    record = envelope(
        CONTEXT,
        family,
        reporter=REPORTER,
        event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{content}/{revision}/{changes.get('action')}")),
        subject_id=name,
        occurred_at=DAY,
        registered_at=DAY,
    )
    return Event(family, {**record, **OWN.get(family, {}), "revision": revision, "unit_name": content, **changes})


class Stored:
    """What the stream and the warehouse make of events: an id counts once, the highest revision wins, of equal ones the
    later; answers the two questions that are asked of it."""

    def __init__(self) -> None:
        self.accepted: list[Event] = []

    def take(self, *events: Event) -> None:
        for one in events:
            if one.event_id not in {known.event_id for known in self.accepted}:
                self.accepted.append(one)

    def newest(self, family: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for one in self.accepted:
            known = found.get(one.record["subject_id"])
            if one.family == family and (known is None or one.record["revision"] >= known["revision"]):
                found[one.record["subject_id"]] = one.record
        return found

    def current(self, family: str = "episode") -> dict[str, str]:
        newest = self.newest(family)
        return {name: record.get("unit_name") for name, record in newest.items() if record["action"] != "cancel"}

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        newest = self.newest(query.split("accepted_")[1].split(maxsplit=1)[0])
        assert parameters is not None
        asked = {name: newest[name] for name in parameters["subjects"] if name in newest}
        return [(name, one["event_id"], one["revision"]) for name, one in asked.items()]

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        family = query.split("FROM ")[1].split("_current", maxsplit=1)[0]
        assert parameters is not None
        return [
            record
            for record in self.newest(family).values()
            if record["action"] != "cancel"
            and parameters["first"] <= record["occurred_at"].date() <= parameters["last"]
        ]


def deliver(stored: Stored, *events: Event) -> int:
    """Publishes them as all that there is of the period. Returns the number of cancellations."""
    items = [Read(number, [one]) for number, one in enumerate(events)]
    replacing = Replacing(stored, PERIOD)
    for item in items:
        replacing.note(item)
    replacing.compare(CONTEXT)
    for item in items:
        placed = replacing.placed(item)
        assert isinstance(placed, Read)
        stored.take(*placed.events)
    for cancel in replacing.cancels:
        stored.take(*cancel.events)
    return len(replacing.cancels)


SUBJECTS = st.sampled_from("abcd")
CONTENTS = st.sampled_from("xyz")
DELIVERIES = st.dictionaries(SUBJECTS, CONTENTS, min_size=1)
LIVE = st.tuples(SUBJECTS, CONTENTS, st.integers(0, 5), st.sampled_from(["report", "amend", "cancel"]))


@given(st.lists(st.one_of(DELIVERIES, st.lists(LIVE, max_size=3)), max_size=8))
def test_the_newest_delivery_is_what_is_there(steps: list[Any]) -> None:
    """Between deliveries come single events of any revision: corrections, cancellations, other contents."""
    stored = Stored()
    for step in steps:
        if isinstance(step, list):
            stored.take(*(event(name, text, revision, action=action) for name, text, revision, action in step))
            continue
        delivery = [event(name, text) for name, text in step.items()]
        deliver(stored, *delivery)
        assert stored.current() == step
        count = len(stored.accepted)
        assert deliver(stored, *delivery) == 0
        assert len(stored.accepted) == count, "the same delivery again is something new"


def test_versions_of_a_subject_within_a_delivery_keep_their_order() -> None:
    """An older content, then the one that counts; after a live amendment of revision 7 both are above it."""
    stored = Stored()
    delivery = [event("a", "first", 0), event("a", "second", 1)]
    stored.take(event("a", "live", 7))
    for _ in range(2):
        deliver(stored, *delivery)
        assert stored.current() == {"a": "second"}
        assert [one.record["revision"] for one in stored.accepted] == [7, 8, 9]


def test_other_days_and_other_families_stay() -> None:
    stored = Stored()
    stored.take(event("old", "x", occurred_at=DAY - timedelta(days=30)), event("m", "x", family="movement"))
    assert deliver(stored, event("a", "x")) == 0
    assert stored.current() == {"old": "x", "a": "x"}
    assert stored.current("movement") == {"m": "x"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_cancellation_is_valid_and_says_what_its_schema_asks_for(family: Family) -> None:
    stored = Stored()
    stored.take(event("gone", "x", 3, family=family, occurred_at=DAY))
    assert deliver(stored, event("kept", "x", family=family)) == 1
    (cancel,) = [one for one in stored.accepted if one.record["action"] == "cancel"]
    assert (cancel.record["subject_id"], cancel.record["revision"], cancel.patient) == ("gone", 4, None)
    (problems,) = validate([cancel], profile="dev", now=CONTEXT.now)
    assert [problem for problem in problems if problem.severity.refuses] == []


def test_what_is_not_reportable_is_passed_on() -> None:
    item = NotReportable(1, "NR-01", "nothing")
    replacing = Replacing(Stored(), PERIOD)
    replacing.note(item)
    replacing.compare(CONTEXT)
    assert (replacing.placed(item), replacing.cancels) == (item, [])


@pytest.mark.parametrize("away", [timedelta(days=365), timedelta(days=-365), timedelta(days=3)])
def test_a_delivery_of_other_days_than_it_replaces_is_refused(away: timedelta) -> None:
    stored = Stored()
    stored.take(event("reported", "x"))
    with pytest.raises(Fatal, match="nothing was sent: no event of the input is of the days from 2026-03-20 to"):
        deliver(stored, event("other", "x", occurred_at=DAY + away))
    assert stored.current() == {"reported": "x"}


def test_days_are_norwegian_and_some_events_may_be_of_others() -> None:
    stored = Stored()
    last = datetime(2026, 3, 25, 22, 30, tzinfo=UTC)  # half past eleven in the evening, in winter time
    deliver(stored, event("long stay", "x", occurred_at=DAY - timedelta(days=90)), event("late", "x", occurred_at=last))
    assert set(stored.current()) == {"long stay", "late"}
