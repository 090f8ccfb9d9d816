from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from producers.mappings.loader import MappingError, load_mapping, shipped
from schemas.identity import TEST_ORGANISATION, valid_organisation

GOOD: dict[str, Any] = {
    "name": "m",
    "title": "t",
    "source": "s",
    "reporter": "983971636",
    "events": [
        {
            "family": "capacity",
            "fields": {
                "unit": {"column": "unit"},
                "as_of": {"column": "at", "clock": "08:00"},
                "origin": "reported",
                "resource": "bed",
                "category": "all",
                "occupied": {"column": "n"},
            },
        }
    ],
}


def load(tmp_path: Path, mapping: Any) -> Any:
    path = tmp_path / "m.yaml"
    path.write_text(mapping if isinstance(mapping, str) else yaml.safe_dump(mapping), "utf-8")
    return load_mapping(str(path))


def changed(path: str, value: Any) -> dict[str, Any]:
    mapping: dict[str, Any] = yaml.safe_load(yaml.safe_dump(GOOD))
    node: Any = mapping
    *head, last = path.split("/")
    for name in head:
        node = node[int(name) if name.isdigit() else name]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return mapping


@pytest.mark.parametrize("name", shipped())
def test_shipped_mappings_load_and_name_valid_reporters(name: str) -> None:
    mapping = load_mapping(name)

    assert mapping.name == name
    numbers = mapping.tables.get("reporters", {}).values() or [mapping.reporter]
    assert all(number == TEST_ORGANISATION or valid_organisation(str(number)) for number in numbers)


def test_shipped() -> None:
    assert shipped() == ["divi-icu", "nor-census"]


def test_a_file(tmp_path: Path) -> None:
    mapping = load(tmp_path, GOOD)

    assert mapping.columns == {"unit", "at", "n"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("reporter", None, "key reporter: is missing"),
        ("colour", "red", "key colour: there is no such key"),
        ("zone", "Mars/Olympus", "key zone: is no time zone"),
        ("csv", {"encoding": "klingon"}, "key csv.encoding"),
        ("csv", {"encoding": "utf-16"}, "key csv.encoding"),
        ("csv", {"delimiter": ";;"}, "key csv.delimiter"),
        ("csv", {"thousands": "."}, "key csv: takes the same sign for decimal and thousands"),
        ("csv", {"thousands": "1"}, "key csv.thousands: stands between digits"),
        ("events", [], "key events"),
        ("events/0/family", "weather", "key events.0.family"),
        ("events/0/fields/colour", "red", "key events.0.fields.colour: capacity has no field of that name"),
        ("events/0/fields/event_id", "x", "key events.0.fields.event_id: is made by the adapter"),
        ("events/0/fields/unit", None, "key events.0.fields: lacks unit"),
        ("events/0/fields/as_of", None, "lacks"),
        ("events/0/fields/status_counts", "red", "is an array: give a list"),
        ("events/0/fields/constraint", [{"a": 1}], "is no array of objects"),
        ("events/0/fields/occupied", [{"a": 1}], "is no array of objects"),
        ("events/0/fields/status_counts", [{"count": 1}], "events.0.fields.status_counts.0: lacks status"),
        ("events/0/fields/status_counts", [{"status": "x", "sum": 1}], "status_counts.0.sum: is no part"),
        ("events/0/fields/unit/table", "nowhere", "key events.0.fields.unit.table: names a table"),
        ("events/0/fields/as_of/clock", "8 o'clock", "clock"),
        ("events/0/fields/as_of/clock", 480, "clock"),
        ("events/0/subject", "{colour}", "names colour"),
        ("events/0/subject", "{unit.__class__}", "nothing else in braces"),
        ("events/0/family", "referral", "key events.0.fields"),
        ("events/0/fields/unit", {"colum": "x"}, "fields.unit.colum: there is no such key, did you mean column?"),
        ("events/0/fields/occupied", [1], "key events.0.fields.occupied.0: must be a table of keys and values"),
        ("events/0/fields/occupied", {"column": "n", "scale": "x"}, "fields.occupied.scale: should be a valid decimal"),
        ("reporter", 983971636, "key reporter: must be text: put it in quotes"),
        ("events", "x", "key events: must be a list"),
        ("events/0/fields/occupied", "three", "occupied: must be a column, or a whole number without quotes, or null"),
        ("events/0/fields/occupied", 1.5, "fields.occupied: must be a column, or a whole number"),
        ("events/0/fields/unit", 983971636, "fields.unit: must be a column, or a text in quotes"),
        ("events/0/fields/late", 1, "fields.late: must be a column, or true or false"),
        ("events/0/fields/as_of", "2026-01-31T12:00:00Z", "fields.as_of: must come from a column"),
        ("events/0/fields/as_of/format", "DD.MM.YYYY", "fields.as_of.format: is no format of a date, like %d.%m.%Y"),
        ("events/0/fields/as_of/format", "%d.%m.%Q", "fields.as_of.format: is no format of a date, like %d.%m.%Y"),
        ("events/0/fields/status_counts", [{"status": 1, "count": 1}], "status_counts.0.status: must be a column, or"),
    ],
)
def test_mistakes_name_file_key_and_what_to_do(tmp_path: Path, path: str, value: Any, said: str) -> None:
    with pytest.raises(MappingError, match=r"m\.yaml") as raised:
        load(tmp_path, changed(path, value))

    assert said in str(raised.value)
    assert not any(word in str(raised.value) for word in ("Cell", "Value error", "Input", "Extra inputs", "tuple["))


@pytest.mark.parametrize("path", ["k" * 5000, f"events/0/fields/{'k' * 5000}", "events/0/subject"])
def test_a_mistake_is_a_sentence_whatever_stands_there(tmp_path: Path, path: str) -> None:
    with pytest.raises(MappingError, match=r"m\.yaml, key (k|events\.0\.)") as raised:
        load(tmp_path, changed(path, f"{{{'k' * 5000}}}"))

    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y%m%d", "%d/%m/%y", "%d %b %Y", "%Y-%m-%d %H:%M", "%d.%m.%Y %H.%M %z"])
def test_formats_of_dates(tmp_path: Path, form: str) -> None:
    assert load(tmp_path, changed("events/0/fields/as_of/format", form)).events


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "not readable as YAML in line 1"),
        ("- a", "must be a YAML table"),
        ("", "must be a YAML table"),
        ("name: m\ntables: {units: {A: '1', B: '2', A: '3'}}", "in line 2: a key that is there already"),
    ],
)
def test_files_that_are_no_mapping(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        load(tmp_path, text)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(MappingError, match="divi-icu, nor-census"):
        load_mapping("no-such")
    with pytest.raises(MappingError, match="there is no mapping"):
        load_mapping("./no/such.yaml")


def test_other_families_need_a_subject(tmp_path: Path) -> None:
    fields = {
        "henvID": {"column": "id"},
        "occurred_at": {"column": "at", "clock": "00:00"},
        "registered_at": {"column": "at", "clock": "00:00"},
    }
    with pytest.raises(MappingError, match=r"events\.0\.subject: is needed"):
        load(tmp_path, {**GOOD, "events": [{"family": "referral", "fields": fields}]})
