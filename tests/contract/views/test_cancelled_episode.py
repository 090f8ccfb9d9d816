"""An episode that is withdrawn (Slett) takes its movements with it, out of stays and beds, from when that is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from outcomes import AT
from stored import Warehouse, move

HOUR = timedelta(hours=1)
REPORTER = "983971636"


def said(warehouse: Warehouse, name: str, hours: float, **changes: Any) -> None:
    """The episode of a stay that began at `AT`, as its sender tells it so many hours later."""
    fields = {"subject_id": name, "reporter": REPORTER, "omsorgsniva": "1", "innDatoTid": AT, "utDatoTid": None}
    warehouse.accept("episode", **{**fields, **known(hours), **changes})


def moved(warehouse: Warehouse, name: str, number: int, kind: str, hours: float, told: float) -> None:
    move(warehouse, name, number, kind, "A", hours, **known(told))


def known(hours: float) -> dict[str, Any]:
    moment = AT + hours * HOUR
    return {"received_at": moment, "known_at": moment, "declared_known_at": None}


def beds(warehouse: Warehouse, at: float, known_at: float | None = None) -> int:
    """Patients in the beds so many hours after `AT`."""
    named = f"_known_at(at = '{when(at)}', known_at = '{when(known_at)}')" if known_at else f"_at(at = '{when(at)}')"
    return sum(warehouse.values(f"SELECT patients FROM preparedness_occupancy{named}"))


def stays(warehouse: Warehouse) -> set[str]:
    return set(warehouse.values("SELECT stay FROM npr_stays"))


def when(hours: float) -> str:
    moment: datetime = AT + hours * HOUR
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def test_a_cancelled_episode_takes_its_movements_with_it(warehouse: Warehouse) -> None:
    """a is withdrawn five hours in, b is not: one stay and one bed are left; before, there were two of each."""
    for name in ("a", "b"):
        said(warehouse, name, 1)
        moved(warehouse, name, 1, "admit", 0, 1)
        moved(warehouse, name, 2, "transfer", 2, 2)
    assert (stays(warehouse), beds(warehouse, 3)) == ({"a", "b"}, 2)
    said(warehouse, "a", 5, revision=1, action="cancel")
    assert (stays(warehouse), beds(warehouse, 3)) == ({"b"}, 1)
    assert (beds(warehouse, 3, known_at=4), beds(warehouse, 3, known_at=6)) == (2, 1)
    known_then = f"npr_stays_known_at(at = '{when(4)}')"
    assert set(warehouse.values(f"SELECT stay FROM {known_then}")) == {"a", "b"}


def test_a_movement_that_is_told_after_it_counts(warehouse: Warehouse) -> None:
    """The number of the withdrawn episode is used again: what comes then is a stay, of these movements alone."""
    said(warehouse, "a", 1)
    moved(warehouse, "a", 1, "admit", 0, 1)
    said(warehouse, "a", 5, revision=1, action="cancel")
    moved(warehouse, "a", 2, "transfer", 7, 8)
    assert (beds(warehouse, 3), beds(warehouse, 9)) == (0, 1)
    (row,) = warehouse.rows("SELECT stay, toUnixTimestamp(admitted_at) AS admitted, flags FROM npr_stays")
    assert (row["stay"], row["admitted"], row["flags"]) == ("a", (AT + 7 * HOUR).timestamp(), ["no_admission"])


def test_an_episode_that_is_reported_again_has_its_movements_back(warehouse: Warehouse) -> None:
    said(warehouse, "a", 1)
    moved(warehouse, "a", 1, "admit", 0, 1)
    said(warehouse, "a", 5, revision=1, action="cancel")
    said(warehouse, "a", 6, revision=2, action="amend")
    assert (stays(warehouse), beds(warehouse, 3)) == ({"a"}, 1)
    assert beds(warehouse, 3, known_at=5.5) == 0


def test_another_reporters_cancel_of_the_same_name_takes_nothing(warehouse: Warehouse) -> None:
    said(warehouse, "a", 1)
    moved(warehouse, "a", 1, "admit", 0, 1)
    said(warehouse, "a", 5, revision=1, action="cancel", reporter="974706490")
    assert (stays(warehouse), beds(warehouse, 3)) == ({"a"}, 1)
