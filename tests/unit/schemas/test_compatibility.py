"""`schemas check` over copies of the contract that were changed in one way each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import catalog, releases
from schemas.compatibility import check
from schemas.errors import Fatal
from schemas.passthrough import accepted_for, begins_with
from schemas.types import FAMILIES


@pytest.fixture
def avro(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalog.AVRO, tmp_path / "avro"))


def edit(avro: Path, part: str, change: Callable[[list[dict[str, Any]]], None]) -> None:
    path = avro / "parts" / f"{part}.json"
    content = json.loads(path.read_text("utf-8"))
    change(content["fields"])
    path.write_text(json.dumps(content), "utf-8")


def add(name: str, type_: Any = ("null", "string"), **more: Any) -> Callable[[list[dict[str, Any]]], None]:
    type_ = list(type_) if isinstance(type_, tuple) else type_
    return lambda fields: fields.append({"name": name, "type": type_, "doc": "New", **more})


def found(avro: Path) -> list[tuple[str, str, str]]:
    return [(f.subject, f.location, f.reason) for f in check(avro)]


def release(avro: Path) -> list[catalog.Schema]:
    written = catalog.release(avro)
    releases.seal(avro)
    return written


def test_the_contract_as_it_stands() -> None:
    assert check() == []


def test_a_new_field_with_default_fits_and_is_released(avro: Path) -> None:
    edit(avro, "service", add("added", default=None))
    assert check(avro) == []
    written = release(avro)
    assert [(s.subject, s.version) for s in written] == [("raw.service-value", 2), ("accepted.service-value", 2)]
    assert written[0].field_names[-2:] == ("prior_patient", "patient")
    assert check(avro) == []
    assert release(avro) == []


def test_a_new_field_without_default(avro: Path) -> None:
    edit(avro, "capacity", add("added", "string"))
    index = len(json.loads((avro / "parts" / "envelope.json").read_text("utf-8"))["fields"])
    index += len(json.loads((avro / "parts" / "capacity.json").read_text("utf-8"))["fields"]) - 1
    findings = check(avro)
    assert {f.subject for f in findings} == {"raw.capacity-value", "accepted.capacity-value"}
    assert {(f.location, f.field, f.reader, f.writer) for f in findings} == {
        (f"fields[{index}]", "added", "candidate", "v1")
    }
    assert "has no default" in str(findings[0])


def test_a_required_field_removed(avro: Path) -> None:
    edit(
        avro,
        "movement",
        lambda fields: fields.pop(next(i for i, f in enumerate(fields) if f["name"] == "movement_type")),
    )
    findings = check(avro)
    assert {(f.field, f.reader, f.writer) for f in findings} == {("movement_type", "v1", "candidate")}


def test_a_type_changed_deep_inside(avro: Path) -> None:
    def change(fields: list[dict[str, Any]]) -> None:
        array = next(f for f in fields if f["name"] == "on_call")["type"]
        next(f for f in array["items"]["fields"] if f["name"] == "count")["type"] = ["null", "string"]

    edit(avro, "capacity", change)
    locations = {(f.location.partition(".")[2], f.field) for f in check(avro)}
    assert locations == {("type.items.fields[1].type", "on_call.count")}


def test_a_promotion_is_refused_because_old_readers_fail(avro: Path) -> None:
    edit(
        avro,
        "capacity",
        lambda fields: fields[fields.index(_named(fields, "physical"))].update(type=["null", "double"]),
    )
    assert {(f.reader, f.writer) for f in check(avro)} == {("v1", "candidate")}


def test_compatibility_is_transitive(avro: Path) -> None:
    """v2 drops an optional field, v3 brings it back with another type: v3 fits v2, but not v1."""
    edit(avro, "service", lambda fields: fields.remove(_named(fields, "bydel")))
    assert check(avro) == []
    release(avro)
    edit(avro, "service", add("bydel", ("null", "long"), default=None))
    assert {frozenset((f.reader, f.writer)) for f in check(avro)} == {frozenset(("v1", "candidate"))}


def test_a_type_that_the_decoder_does_not_know(avro: Path) -> None:
    edit(avro, "service", add("added", {"type": "map", "values": "int"}, default={}))
    assert {(s, r.rpartition(" ")[2]) for s, _, r in found(avro)} == {
        ("raw.service-value", "contract"),
        ("accepted.service-value", "contract"),
    }


@pytest.mark.parametrize(
    ("field", "location", "reason"),
    [
        ({"name": "a", "type": ["null", "string"], "default": None}, "fields[{}]", "has no doc"),
        ({"name": "a", "type": ["null", "string"], "default": "x", "doc": "d"}, "fields[{}].default", "must be null"),
        ({"name": "a", "type": "long", "default": "x", "doc": "d"}, "", "not a valid Avro schema"),
        ({"name": "log_time", "type": "string", "doc": "twice"}, "fields[{}]", "stands in this record already"),
    ],
)
def test_an_unsound_field(avro: Path, field: dict[str, Any], location: str, reason: str) -> None:
    edit(avro, "window", lambda fields: fields.append(field))
    index = len(json.loads((avro / "parts" / "window.json").read_text("utf-8"))["fields"]) - 1
    assert any(place == location.format(index) and reason in why for _, place, why in found(avro))


def test_a_part_that_is_not_json(avro: Path) -> None:
    (avro / "parts" / "window.json").write_text("{", "utf-8")
    assert [(s, place) for s, place, _ in found(avro)] == [("internal.window-value", "parts")]


def test_patient_must_stay_last(avro: Path) -> None:
    edit(avro, "identity", add("more", default=None))
    reasons = {(s, r) for s, _, r in found(avro)}
    assert {(f"raw.{f}-value", "candidate does not end with prior_patient and patient") for f in FAMILIES} <= reasons


def test_a_released_accepted_schema_that_is_not_the_raw_one_and_more(avro: Path) -> None:
    path = catalog.released_path("accepted.service-value", 1, avro)
    definition = json.loads(path.read_text("utf-8"))
    definition["fields"][0], definition["fields"][1] = definition["fields"][1], definition["fields"][0]
    path.write_text(json.dumps(definition), "utf-8")
    reasons = {(s, r) for s, _, r in found(avro)}
    assert ("accepted.service-value", "v1 begins with the fields of no version of raw.service-value") in reasons


def test_new_enrichment_alone_keeps_the_raw_version(avro: Path) -> None:
    edit(avro, "enrichment", add("added", default=None))
    assert check(avro) == []
    written = release(avro)
    assert {s.topic.partition(".")[0] for s in written} == {"accepted"}
    assert check(avro) == []
    raw = next(s for s in catalog.released(avro) if s.topic == "raw.episode")
    accepted = accepted_for(raw, catalog.released(avro))
    assert accepted.version == 2
    assert begins_with(accepted.definition, raw.definition)


def test_each_raw_version_gets_the_accepted_version_of_its_fields(avro: Path) -> None:
    edit(avro, "enrichment", add("added", default=None))
    release(avro)
    edit(avro, "episode", add("more", default=None))
    release(avro)
    schemas = catalog.released(avro)
    raw = [s for s in schemas if s.topic == "raw.episode"]
    assert [(s.version, accepted_for(s, schemas).version) for s in raw] == [(1, 2), (2, 3)]
    with pytest.raises(Fatal, match=r"no accepted\.episode schema begins with"):
        accepted_for(raw[1], [s for s in schemas if s.version == 1])


@pytest.mark.parametrize(
    ("damage", "location", "reason"),
    [
        ("edited", "raw.episode.v1.avsc", "changed after its release"),
        ("removed", "raw.episode.v1.avsc", "is missing"),
        ("not json", "raw.episode.v1.avsc", "is not JSON"),
        ("stray", "raw.episode.v9.avsc", "has no id"),
        ("unsealed", "raw.episode.v1.avsc", "has no fingerprint"),
        ("same id", "ids.json", "which raw.episode-value has too"),
        ("no id", "ids.json", "is not an id"),
        ("gap", "ids.json", "versions do not count"),
        ("same text", "v1", "is the same schema as raw.episode-value v1"),
    ],
)
def test_damaged_releases(avro: Path, damage: str, location: str, reason: str) -> None:
    path = catalog.released_path("raw.episode-value", 1, avro)
    ids = json.loads((avro / "ids.json").read_text("utf-8"))
    match damage:
        case "edited":
            path.write_text(path.read_text("utf-8").replace("Idempotency key", "Key"), "utf-8")
        case "removed":
            path.unlink()
        case "not json":
            path.write_text("{", "utf-8")
        case "stray":
            shutil.copy(path, path.with_name("raw.episode.v9.avsc"))
        case "unsealed":
            (avro / "fingerprints.json").unlink()
        case "same id":
            ids["raw.movement-value"]["1"] = ids["raw.episode-value"]["1"]
        case "no id":
            ids["raw.movement-value"]["1"] = 0
        case "gap":
            ids["raw.movement-value"] = {"2": ids["raw.movement-value"]["1"]}
        case "same text":
            shutil.copy(path, catalog.released_path("raw.movement-value", 1, avro))
    (avro / "ids.json").write_text(json.dumps(ids), "utf-8")
    assert any(place == location and reason in why for _, place, why in found(avro))


def test_a_fingerprint_ignores_layout_and_is_never_replaced(avro: Path) -> None:
    path = catalog.released_path("raw.episode-value", 1, avro)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))), "utf-8")
    assert check(avro) == []
    path.write_text(path.read_text("utf-8").replace("Idempotency key", "Key"), "utf-8")
    assert releases.seal(avro) == 0
    assert check(avro) != []


def _named(fields: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(field for field in fields if field["name"] == name)
