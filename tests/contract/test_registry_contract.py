"""One suite over a registry in this process and over a real Apicurio: both must be used in the same way."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import fastavro
import pytest
import requests
from fake_registry import FakeRegistry
from registries import apicurio

from schemas import catalog, golden
from schemas.catalog import Schema
from schemas.errors import Fatal, Retryable
from schemas.registry import Registry, SchemaSource, fill
from schemas.slow import encode_one
from schemas.wire import frame

__all__ = ["apicurio"]


@pytest.fixture(scope="module", params=["fake", "apicurio"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A registry that was empty and was filled once."""
    if request.param == "apicurio":
        address = request.getfixturevalue("apicurio")
        assert all(entry.new for entry in fill(Registry(address), catalog.released()))
        yield address
        return
    with FakeRegistry() as fake:
        assert all(entry.new for entry in fill(Registry(fake.url), catalog.released()))
        yield fake.url


def _other(subject: str, id_: int, **fields: Any) -> Schema:
    definition = {
        "type": "record",
        "name": subject.removesuffix("-value").replace(".", "_").replace("-", "_"),
        "fields": [{"name": name, "type": type_} for name, type_ in fields.items()],
    }
    return Schema(subject, 1, id_, definition)


def test_every_id_is_the_pinned_one(url: str) -> None:
    registry = Registry(url)
    for schema in catalog.released():
        assert json.loads(registry.schema_text(schema.id) or "") == schema.definition
        assert schema.version in registry.versions(schema.subject)
        number, text = registry.version(schema.subject, schema.version) or (0, "")
        assert (number, json.loads(text)) == (schema.id, schema.definition)


def test_filling_again_changes_nothing(url: str) -> None:
    assert not any(entry.new for entry in fill(Registry(url), catalog.released()))


def test_an_id_that_stands_for_another_schema_is_fatal_before_anything_is_written(url: str) -> None:
    registry = Registry(url)
    stranger = _other("conflict-value", 1, a="int")
    with pytest.raises(Fatal, match="uses id 1 for another schema"):
        fill(registry, [stranger])
    assert registry.lookup(stranger.subject, stranger.text) is None


def test_a_registry_that_gives_another_id_is_fatal_and_keeps_nothing_of_it(url: str) -> None:
    registry = Registry(url)
    late = _other("late-value", 4711, a="int")
    with pytest.raises(Fatal, match="pinned is 4711"):
        fill(registry, [late])
    assert registry.lookup(late.subject, late.text) is None


def test_a_subject_registered_under_another_id_is_fatal(url: str) -> None:
    registry = Registry(url)
    elsewhere = _other("elsewhere-value", 4712, a="string")
    registry.register(elsewhere.subject, elsewhere.text)
    with pytest.raises(Fatal, match="pinned is 4712"):
        fill(registry, [elsewhere])


@pytest.mark.parametrize("unknown", [987654, 2**31 - 1, 0, -1, -(2**31)])
def test_unknown_id_is_invalid_not_retryable(url: str, unknown: int) -> None:
    assert SchemaSource(Registry(url)).resolve([unknown], "raw.episode") == {}


def test_a_subject_or_version_that_is_not_there_is_none(url: str) -> None:
    assert Registry(url).versions("nobody-value") == []
    assert Registry(url).version("nobody-value", 1) is None
    assert Registry(url).version(catalog.latest("raw.service").subject, 99) is None


def test_a_known_id_of_another_subject_is_invalid(url: str) -> None:
    stranger = _other("stranger-value", 0, a="double")
    id_ = Registry(url).register(stranger.subject, stranger.text)
    assert SchemaSource(Registry(url)).resolve([id_], "raw.episode") == {}


def test_a_newer_release_of_the_subject_is_resolved(url: str) -> None:
    registry = Registry(url)
    pinned = catalog.latest("raw.service")
    added = {"name": "added", "type": ["null", "string"], "default": None, "doc": "New"}
    fields = [*pinned.definition["fields"][:-2], added, *pinned.definition["fields"][-2:]]
    newer = json.dumps({**pinned.definition, "fields": fields})
    id_ = registry.register(pinned.subject, newer)
    resolved = SchemaSource(registry).resolve([id_], "raw.service")[id_]
    assert (resolved.subject, resolved.version, resolved.id) == (pinned.subject, pinned.version + 1, id_)
    assert "added" in resolved.field_names


def test_a_wrong_path_is_not_taken_for_an_unknown_schema(url: str) -> None:
    with pytest.raises(Retryable, match="not a schema registry"):
        SchemaSource(Registry(f"{url}/wrong")).resolve([987654], "raw.episode")


def test_a_client_that_knows_nothing_of_helsepuls_resolves_the_ids(url: str) -> None:
    for topic in ("raw.capacity", "raw.movement"):
        event = golden.load(topic)[0]
        pinned = catalog.latest(topic)
        value = frame(pinned.id, encode_one(pinned, event))
        id_ = int.from_bytes(value[1:5], "big")
        text = requests.get(f"{url}/schemas/ids/{id_}", timeout=10).json()["schema"]
        written = fastavro.parse_schema(json.loads(text))
        assert fastavro.schemaless_reader(io.BytesIO(value[5:]), written, None) == event


def test_apicurio_demands_compatibility_of_later_versions(apicurio: str) -> None:
    registry = Registry(apicurio)
    fill(registry, catalog.released())
    pinned = catalog.latest("raw.referral")
    required = {"name": "required", "type": "string"}
    breaking = {**pinned.definition, "fields": [required, *pinned.definition["fields"]]}
    with pytest.raises(Fatal, match="refuses the schema"):
        registry.register(pinned.subject, json.dumps(breaking))
    level = requests.get(f"{apicurio}/config/{pinned.subject}", timeout=10).json()
    assert level == {"compatibilityLevel": "FULL_TRANSITIVE"}
