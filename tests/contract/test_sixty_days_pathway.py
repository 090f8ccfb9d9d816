"""Sixty simulated days, and patients whose identity was merged: who goes where from hospital is true in every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import true_kpr
import true_npr
from embedded import opened
from outcomes import accepted, block, message, store
from told import Told, differences, fill

from producers.simulate.hospitals import TRUSTS
from schemas.types import accepted_topic
from sinks.migrate import migrate
from sinks.writer import Writer

NAMES = {trust.orgnr: trust.name for trust in TRUSTS}
MOMENT = datetime(2026, 5, 20, 10, tzinfo=UTC)
MERGED = 60
"""So many stays get a service that was reported under another identity."""
_TOPICS = [accepted_topic(family) for family in ("episode", "movement", "service")]


class Merged(NamedTuple):
    """A warehouse of its own, the true stays and services, and of each former identity whose it is now."""

    client: Any
    ready: list[true_npr.Row]
    services: list[true_kpr.Row]
    present: Mapping[int, int]
    keys: Mapping[int, str]

    def named(self, query: str) -> list[dict[str, Any]]:
        return list(self.client.query(query).named_results())


def _merges(ready: list[true_npr.Row], services: list[true_kpr.Row]) -> list[tuple[int, int]]:
    """Former and present identity, in the order in which they are merged: by turns that of the service into that of the
    stay, the other way round, and that of the service by way of a third."""
    inside = {stay["_person"] for stay in ready}
    used: set[int] = set()

    def free(first: date, days: int) -> int:
        """Somebody without a stay, one of whose services starts then."""
        person: int = next(
            row["_person"]
            for row in services
            if row["started_on"]
            and 0 <= (row["started_on"] - first).days <= days
            and row["_person"] not in inside | used
        )
        used.add(person)
        return person

    made: list[tuple[int, int]] = []
    early = [stay for stay in ready if stay["ready_day"] < date(2026, 4, 20)]
    for n, stay in enumerate(early[:: len(early) // MERGED][:MERGED]):
        other = free(stay["ready_day"], 30)
        match n % 3:
            case 0:
                made.append((other, stay["_person"]))
            case 1:
                made.append((stay["_person"], other))
            case _:
                third = free(stay["ready_day"] - timedelta(days=60), 40)
                made += [(other, third), (third, stay["_person"])]
    return made


def _present(merges: list[tuple[int, int]]) -> dict[int, int]:
    into = dict(merges)

    def last(person: int) -> int:
        return last(into[person]) if person in into else person

    return {former: last(former) for former in into}


def _keys(told: Told, ready: list[true_npr.Row], services: list[true_kpr.Row]) -> dict[int, str]:
    """Under which key each person's events are stored."""
    rows = told.rows("SELECT DISTINCT reporter, subject_id, patient_key FROM episode_current WHERE omsorgsniva = '1'")
    rows += told.rows("SELECT DISTINCT reporter, tjenesteID, patient_key FROM service_current")
    by_name = {(reporter, name): key for reporter, name, key in rows}
    found = {stay["_person"]: by_name[stay["reporter"], stay["subject_id"]] for stay in ready}
    return found | {row["_person"]: by_name[row["reporter"], row["tjenesteID"]] for row in services}


@pytest.fixture(scope="module")
def merged(told: Told, engine_path: Any) -> Iterator[Merged]:
    ready = true_npr.ready(told.known("episode", MOMENT), told.known("movement", MOMENT), NAMES, MOMENT)
    services = true_kpr.services(told.known("service", MOMENT), MOMENT)
    keys = _keys(told, ready, services)
    merges = _merges(ready, services)
    topic = accepted_topic("movement")
    events = [
        message(topic, accepted("movement", n, 9, **_merge(n, keys[former], keys[present])))
        for n, (former, present) in enumerate(merges)
    ]
    with opened(engine_path) as client:
        migrate(client)
        writer = Writer(client)
        fill(writer, told.messages, _TOPICS)
        store(writer, block(topic, events, first=len(told.messages[topic])))
        yield Merged(client, ready, services, _present(merges), keys)


def _merge(number: int, former: str, present: str) -> dict[str, Any]:
    at = datetime(2026, 5, 2, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "subject_id": f"merge-{number}",
        "movement_type": "merge",
        "episode_id": None,
        "occurred_at": at,
        "received_at": at,
        "declared_known_at": None,
        "patient_key": present,
        "prior_patient_key": former,
    }


def test_whose_each_former_identity_is_now(merged: Merged) -> None:
    found = merged.named(f"SELECT * FROM npr_merged_patients_known_at(at = '{MOMENT:%F %T}')")
    true = [{"former": merged.keys[former], "present": merged.keys[now]} for former, now in merged.present.items()]
    assert len(true) > MERGED
    assert differences(found, true, ("former",)) == []


def test_every_way_from_hospital_to_municipality(merged: Merged) -> None:
    found = merged.named(f"SELECT * EXCEPT (patient_key) FROM pathway_discharge_known_at(at = '{MOMENT:%F %T}')")
    true = true_kpr.pathways(merged.ready, merged.services, merged.present)
    followed = [row for row in true if row["service_started_on"]]
    assert sum(row["merged"] for row in followed) >= MERGED
    assert sum(not row["merged"] for row in followed) > 5
    assert differences(found, true, ("reporter", "subject_id")) == []


def test_without_the_merging_they_are_different_persons(merged: Merged) -> None:
    """As known the day before it."""
    before = datetime(2026, 5, 1, 10, tzinfo=UTC)
    found = merged.named(
        f"SELECT merged, count() AS n FROM pathway_discharge_known_at(at = '{before:%F %T}') GROUP BY ALL"
    )
    assert [row["merged"] for row in found] == [False]
