"""What is kept of beds tells what counting them anew tells: after every event, of the reporters that it concerns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from outcomes import AT
from stored import Warehouse, move

from schemas.errors import Retryable
from schemas.types import accepted_topic
from sinks.beds import Beds

HOUR = timedelta(hours=1)
AHUS, BERGEN = "983971636", "983974724"
_ALL = "SELECT * EXCEPT (as_known_at{}) FROM {} ORDER BY reporter, unit"


def kept(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    warehouse.keep()
    return warehouse.tuples(_ALL.format("", "preparedness_occupancy"))


def counted(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.tuples(_ALL.format("", "preparedness_occupancy_at(at = now64(3, 'UTC'))"))


def reported(warehouse: Warehouse, unit: str, number: int, occupied: int | None, **changes: Any) -> None:
    cell = {"subject_id": f"{unit}/{number}", "unit": unit, "resource": "bed", "category": "all", "as_of": AT}
    told = {"reporter": AHUS, "staffed": 10, "occupied": occupied, "received_at": AT}
    warehouse.accept("capacity", **{**cell, **told, **changes})


@pytest.fixture
def ward(warehouse: Warehouse) -> Warehouse:
    """Two hospitals. In Ahus: a in ward A, b on leave from it, c without a ward, d gone, e where nobody says who e is;
    ward B has no patients and a report. In Bergen: f in ward F."""
    now = (warehouse.values("SELECT now64(3, 'UTC')")[0] - AT.replace(tzinfo=None)) / HOUR
    repaired = [{"code": "CODE-01", "severity": "repair", "field": "omsorgsniva"}]
    move(warehouse, "a", 1, "admit", "A", now - 9, unit_name="Ward A", health_trust="Ahus HF", region="Sør-Øst")
    move(warehouse, "b", 1, "admit", "A", now - 9)
    move(warehouse, "b", 2, "leave_start", None, now - 5)
    move(warehouse, "c", 2, "transfer", None, now - 9, problems=repaired)
    move(warehouse, "d", 1, "admit", "B", now - 9)
    move(warehouse, "d", 2, "discharge", None, now - 8)
    move(warehouse, "e", 1, "admit", "A", now - 7, patient_key=None)
    move(warehouse, "f", 1, "admit", "F", now - 6, reporter=BERGEN)
    reported(warehouse, "B", 1, None, as_of=AT + (now - 2) * HOUR)
    warehouse.now = now
    return warehouse


def test_every_column_is_as_counted_anew(ward: Warehouse) -> None:
    found = kept(ward)
    assert found == counted(ward)
    assert {(row[4], row[6], row[7]) for row in found} == {
        ("A", 2, 1),
        ("B", 0, 0),
        ("974706490", 1, 0),
        ("F", 1, 0),
    }
    reconciled = _ALL.format(", minutes_since_last_event, reported_age_minutes", "{}")
    at = "preparedness_reconciled_at(at = now64(3, 'UTC'))"
    assert ward.tuples(reconciled.format("preparedness_reconciled")) == ward.tuples(reconciled.format(at))


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        pytest.param("movement", {"subject_id": "a/1", "revision": 2, "action": "cancel"}, id="a cancelled admission"),
        pytest.param("movement", {"subject_id": "d/2", "revision": 2, "action": "cancel"}, id="a cancelled discharge"),
        pytest.param("episode", {"subject_id": "a", "utDatoTid": AT}, id="an episode that has ended"),
        pytest.param("episode", {"subject_id": "c", "revision": 2, "action": "cancel"}, id="an episode withdrawn"),
        pytest.param(
            "episode", {"subject_id": "f", "reporter": BERGEN, "utDatoTid": AT}, id="one of the other hospital"
        ),
        pytest.param("capacity", {"subject_id": "B/1", "unit": "B", "revision": 2, "action": "cancel"}, id="no report"),
    ],
)
def test_it_is_so_after_every_kind_of_event(ward: Warehouse, family: str, changes: dict[str, Any]) -> None:
    before = kept(ward)
    told = {"reporter": AHUS, "received_at": AT + ward.now * HOUR, "declared_known_at": None, **changes}
    ward.accept(family, **told)
    assert kept(ward) == counted(ward) != before


def test_a_withdrawn_referral_period_empties_its_beds(ward: Warehouse) -> None:
    referral = {"subject_id": "r", "reporter": AHUS, "henvisningsperiodeID": "P", "received_at": AT}
    ward.accept("referral", **referral)
    ward.accept("episode", subject_id="a", reporter=AHUS, henvisningsperiodeID="P", utDatoTid=None, received_at=AT)
    before = kept(ward)
    later = AT + ward.now * HOUR
    ward.accept("referral", **{**referral, "revision": 9, "action": "cancel", "received_at": later, "known_at": later})
    assert kept(ward) == counted(ward) != before


def test_of_a_reporter_of_whom_all_is_withdrawn_nothing_is_left(warehouse: Warehouse) -> None:
    move(warehouse, "a", 1, "admit", "A", 0)
    assert [row[4] for row in kept(warehouse)] == ["A"]
    move(warehouse, "a", 1, "admit", "A", 0, revision=9, action="cancel")
    assert kept(warehouse) == counted(warehouse) == []


def test_a_bed_elsewhere_counts_at_once_though_the_first_hospital_has_no_event(ward: Warehouse) -> None:
    """a of Ahus is admitted in Bergen: one bed, the last; Ahus is not read anew for that."""
    kept(ward)
    before = dict(ward.tuples("SELECT reporter, max(read_at) FROM kept_beds GROUP BY reporter"))
    move(ward, "g", 1, "admit", "F", ward.now - 1, reporter=BERGEN, patient_key="key-a", problems=[])
    found = kept(ward)
    assert found == counted(ward)
    assert {row[4]: row[6] for row in found} == {"A": 1, "B": 0, "974706490": 1, "F": 2}
    after = dict(ward.tuples("SELECT reporter, max(read_at) FROM kept_beds GROUP BY reporter"))
    assert (after[AHUS] == before[AHUS], after[BERGEN] > before[BERGEN]) == (True, True)


def test_what_only_time_brings_is_told_after_ten_minutes(ward: Warehouse) -> None:
    """A patient of Bergen turns out to be a of Ahus, and Bergen says so: Ahus, too, knows a by the other name then."""
    clock = Clock()
    ward.beds = ward.writer._beds = Beds(ward.client, clock)
    kept(ward)
    move(
        ward, "merging", 1, "merge", None, ward.now - 1, reporter=BERGEN, patient_key="key-f", prior_patient_key="key-a"
    )
    assert kept(ward) != counted(ward)
    clock.now += 599
    assert kept(ward) != counted(ward)
    clock.now += 2
    assert kept(ward) == counted(ward)
    assert {row[4]: row[6] for row in kept(ward)}["A"] == 1, "f came later, so a lies in Bergen"


def test_beside_a_server_one_process_reads_what_has_no_event(ward: Warehouse) -> None:
    assert Beds(ward.client).turn(all_are_ours=False) == 0
    assert Beds(ward.client).turn(all_are_ours=True) == 2
    other = Beds(ward.client)
    other.stored(accepted_topic("movement"), pa.table({"reporter": [BERGEN], "subject_id": ["f/1"]}))
    assert [other.turn(all_are_ours=False) for _ in range(2)] == [1, 0]


def test_an_episode_without_movements_is_no_reason_to_read(ward: Warehouse) -> None:
    """Most are of outpatients. One with a movement is, also where the movement names it in its subject_id alone."""
    move(ward, "x", 1, "admit", "A", ward.now - 1, episode_id=None)
    kept(ward)
    read = "SELECT max(read_at) FROM kept_beds WHERE told_by = 'movements' AND reporter = '983971636'"
    before = ward.values(read)
    told = {"reporter": AHUS, "received_at": AT, "declared_known_at": None}
    ward.accept("episode", subject_id="of nobody in bed", omsorgsniva="3", utDatoTid=None, **told)
    assert kept(ward) == counted(ward)
    assert ward.values(read) == before
    ward.accept("episode", subject_id="x", utDatoTid=AT, **told)
    assert kept(ward) == counted(ward)
    assert ward.values(read) > before


def test_what_could_not_be_kept_stays_due(ward: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    ward.keep()
    clock = Clock()
    beds = Beds(ward.client, clock)
    beds.turn(all_are_ours=False)
    move(ward, "h", 1, "admit", "A", ward.now - 1)
    beds.stored(accepted_topic("movement"), pa.table({"reporter": [AHUS], "subject_id": ["h/1"]}))
    clock.now += 7
    monkeypatch.setattr("sinks.beds._SETTINGS", {"max_memory_usage": 1})
    with pytest.raises(Retryable, match="MEMORY_LIMIT_EXCEEDED"):
        beds.turn()
    assert beds.lag() == 7
    monkeypatch.undo()
    assert (beds.turn(all_are_ours=False), beds.lag()) == (1, 0)
    assert kept(ward) == counted(ward)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now
