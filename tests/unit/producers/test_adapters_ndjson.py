from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from adapter_samples import FNR, NOW, REPORTER, codes, dumps, events, fields, one, run

from producers.adapters import ndjson
from producers.types import PatientId

MOVEMENT: dict[str, Any] = {
    "family": "movement",
    "subject_id": "V1/admit",
    "action": "report",
    "occurred_at": "2026-03-14T10:00:00+01:00",
    "movement_type": "admit",
    "tjenesteenhetID": "MED1",
    "patient": {"type": "1", "number": FNR},
}
CAPACITY: dict[str, Any] = {
    "family": "capacity",
    "subject_id": "c",
    "action": "report",
    "occurred_at": "2026-03-14T08:00:00Z",
    "unit": "u",
    "as_of": "2026-03-14T08:00:00Z",
    "origin": "reported",
    "resource": "bed",
    "category": "all",
}


def test_what_is_left_out_is_filled_in() -> None:
    event = one(run(ndjson.read, dumps(MOVEMENT)))

    wanted = {
        "reporter": REPORTER,
        "system_vendor": "unknown",
        "model_version": "53.1.3",
        "legal_basis": "npr",
        "sent_at": NOW,
        "occurred_at": datetime(2026, 3, 14, 9, 0, tzinfo=UTC),
        "registered_at": datetime(2026, 3, 14, 9, 0, tzinfo=UTC),
    }
    assert {name: event.record[name] for name in wanted} == wanted
    assert event.patient == PatientId("1", FNR)
    assert "patient" not in event.record
    assert "family" not in event.record


def test_an_id_that_is_given_is_kept_and_one_that_is_made_is_stable() -> None:
    given = "6f1d2b0e-0f2a-4c43-9a4e-1f0b8f7f1a11"
    day = datetime(2026, 4, 1, tzinfo=UTC)

    assert one(run(ndjson.read, dumps({**MOVEMENT, "event_id": given}), as_of=day)).event_id == given
    plain = one(run(ndjson.read, dumps(MOVEMENT)))
    reordered = one(run(ndjson.read, dumps(dict(reversed(MOVEMENT.items()))), now=day))
    declared = one(run(ndjson.read, dumps(MOVEMENT), as_of=day))
    changed = one(run(ndjson.read, dumps({**MOVEMENT, "tjenesteenhetID": "MED2"})))
    assert plain.event_id == reordered.event_id
    assert len({plain.event_id, declared.event_id, changed.event_id}) == 3
    assert declared.record["declared_known_at"] == day


def test_the_patient_does_not_enter_the_id() -> None:
    other = one(run(ndjson.read, dumps({**MOVEMENT, "patient": {"type": "1", "number": "15870550151"}})))

    assert other.event_id == one(run(ndjson.read, dumps(MOVEMENT))).event_id


def test_arrays_dates_and_numbers() -> None:
    episode = {
        "family": "episode",
        "subject_id": "E1",
        "action": "report",
        "occurred_at": "2026-03-14T10:00:00.123456+01:00",
        "epikriseDato": "2026-03-20",
        "fodselsar": 2005.0,
        "tidspunkter": [{"typeTidspunkt": "2", "tidspunkt": "2026-03-15T10:00:00Z"}],
        "tilstander": [{"tilstNr": "1", "kodeVerdi": "J189"}],
    }
    capacity = {**CAPACITY, "supply_days": 3, "late": True, "constraint": ["personnel"], "blocked": None}
    first, second = (event.record for event in events(run(ndjson.read, dumps(episode, capacity))))

    assert first["occurred_at"] == datetime(2026, 3, 14, 9, 0, 0, 123000, tzinfo=UTC)
    assert first["epikriseDato"] == date(2026, 3, 20)
    assert first["fodselsar"] == 2005
    assert isinstance(first["fodselsar"], int)
    assert first["tidspunkter"] == [{"typeTidspunkt": "2", "tidspunkt": datetime(2026, 3, 15, 10, tzinfo=UTC)}]
    assert (second["supply_days"], second["late"], second["blocked"]) == (3.0, True, None)


def test_missing_and_unknown_fields_are_named_all_at_once() -> None:
    line = {
        "family": "capacity",
        "subject_id": "c",
        "colour": "red",
        "0123": 1,
        "r15870550070eporter": 1,
        "a_158705": 1,
    }
    items = run(ndjson.read, dumps(line), reporter=None)

    assert sorted(zip(codes(items)[0].split("+"), fields(items), strict=True)) == [
        *[("NDJ-04", "(not a field's name)")] * 3,
        ("NDJ-04", "colour"),
        ("NDJ-05", "action"),
        ("NDJ-05", "as_of"),
        ("NDJ-05", "category"),
        ("NDJ-05", "occurred_at"),
        ("NDJ-05", "origin"),
        ("NDJ-05", "reporter"),
        ("NDJ-05", "resource"),
        ("NDJ-05", "unit"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "2026-03-14T10:00:00"),
        ("occurred_at", "2026-03-14"),
        ("occurred_at", 1),
        ("occurred_at", None),
        ("occurred_at", "1700-01-01T00:00:00Z"),
        ("as_of", "now"),
        ("unit", 3),
        ("occupied", "3"),
        ("occupied", 3.5),
        ("occupied", True),
        ("occupied", 1 << 63),
        ("late", 1),
        ("supply_days", "3"),
        ("constraint", "personnel"),
        ("status_counts", [{"count": 1}]),
        ("status_counts", [{"status": "regular", "sum": 1}]),
        ("status_counts", [3]),
    ],
)
def test_a_value_of_another_type(field: str, value: Any) -> None:
    line = orjson.dumps({**CAPACITY, field: value})
    items = run(ndjson.read, line + b"\n" + dumps(CAPACITY))

    assert codes(items) == ["NDJ-06", "read"]
    assert fields(items) == [field]


@pytest.mark.parametrize(
    ("family", "field", "said"),
    [
        ("capacity", "occurred_at", "a time with zone, like 2026-01-31T12:00:00Z"),
        ("capacity", "occupied", "a whole number without quotes, or null"),
        ("capacity", "supply_days", "a number without quotes, or null"),
        ("capacity", "late", "true or false without quotes"),
        ("capacity", "unit", "a text in quotes"),
        ("capacity", "constraint", "a list; each of it a text in quotes"),
        ("capacity", "status_counts", "a list; each of it an object with status (a text in quotes), count (a whole"),
        ("episode", "epikriseDato", "a date, like 2026-01-31, or null"),
    ],
)
def test_what_type_it_must_be_is_told(family: str, field: str, said: str) -> None:
    (item,) = run(ndjson.read, dumps({"family": family, field: {"a": 1}}))
    (told,) = (problem.message for problem in item.problems if problem.code == "NDJ-06")
    assert told.startswith(f"has not the type that the schema gives it: give {said}")


@pytest.mark.parametrize(
    "patient",
    ["x", {"type": "1"}, {"type": 1, "number": "2"}, {"type": "1", "number": ""}, {"type": "x", "number": "2"}],
)
def test_patients_of_another_form(patient: Any) -> None:
    items = run(ndjson.read, dumps({**MOVEMENT, "patient": patient}))

    assert (codes(items), fields(items)) == (["NDJ-07"], ["patient"])


def test_lines_that_are_no_event() -> None:
    lines = [b"{", b"[]", b'{"family":"weather"}', b"{}", b"", b"\xff\xfe", dumps(MOVEMENT), b"x" * 3000]
    items = run(ndjson.read, b"\r\n".join(lines), max_item_bytes=2000)

    assert codes(items) == ["NDJ-01", "NDJ-02", "NDJ-03", "NDJ-03", "NDJ-01", "read", "SRC-03"]
    assert [item.position for item in items] == [1, 2, 3, 4, 6, 7, 8]
