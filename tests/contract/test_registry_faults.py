"""An unknown id and a registry that cannot say must lead to different things, whatever goes wrong in between."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from fake_registry import FakeRegistry

from schemas import catalog
from schemas.errors import Fatal, Retryable
from schemas.registry import Registry, SchemaSource, fill


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    with FakeRegistry() as registry:
        yield registry


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"error_code": 50001, "message": "backend"}'),
        (503, "busy"),
        (429, "{}"),
        (404, "<html>no such page</html>"),
        (404, '{"message": "no route"}'),
        (404, '{"error_code": 40403, "message": "a schema, not a subject"}'),
        (200, "<html>welcome to the proxy</html>"),
        (302, ""),
    ],
)
def test_whatever_is_not_the_registrys_own_no_is_back_pressure(fake: FakeRegistry, status: int, body: str) -> None:
    fake.answer_instead = (status, body)
    with pytest.raises(Retryable):
        SchemaSource(Registry(fake.url)).resolve([4711], "raw.episode")


def test_nobody_listens_is_back_pressure() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Retryable, match="does not answer"):
            SchemaSource(Registry(url)).resolve([4711], "raw.episode")


def test_a_registry_that_never_answers_is_back_pressure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.registry._TIMEOUT", (0.2, 0.2))
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(Retryable, match="does not answer"):
            SchemaSource(Registry(f"http://127.0.0.1:{mute.getsockname()[1]}")).resolve([4711], "raw.episode")


@pytest.mark.parametrize("status", [401, 403])
def test_refused_access_is_fatal(fake: FakeRegistry, status: int) -> None:
    fake.answer_instead = (status, "{}")
    with pytest.raises(Fatal, match="refuses access"):
        SchemaSource(Registry(fake.url)).resolve([4711], "raw.episode")


@pytest.mark.parametrize("url", ["localhost:8081", "file:///etc/passwd", "http://"])
def test_an_address_that_is_none_is_fatal(url: str) -> None:
    with pytest.raises(Fatal, match=r"registry\.url"):
        Registry(url).schema_text(1)


def test_errors_hold_no_credentials(fake: FakeRegistry) -> None:
    fake.answer_instead = (401, "{}")
    with pytest.raises(Fatal) as caught:
        Registry(fake.url.replace("http://", "http://user:hunter2@")).schema_text(1)
    assert "hunter2" not in str(caught.value)


def test_pinned_ids_need_no_registry(fake: FakeRegistry) -> None:
    fake.answer_instead = (503, "down")
    for schema in catalog.released():
        assert SchemaSource(Registry(fake.url)).resolve([schema.id], schema.topic) == {schema.id: schema}
    assert fake.calls == 0


def test_a_pinned_id_of_another_topic_is_unknown() -> None:
    assert SchemaSource().resolve([catalog.latest("raw.movement").id], "raw.episode") == {}


def test_without_a_registry_an_id_not_pinned_is_unknown() -> None:
    assert SchemaSource().resolve([4711], "raw.episode") == {}


def test_unknown_is_believed_for_a_while_and_then_asked_again(fake: FakeRegistry) -> None:
    now = 0.0
    source = SchemaSource(Registry(fake.url), ask_again_after=60, clock=lambda: now)
    for _ in range(3):
        assert source.resolve([4711], "raw.episode") == {}
    assert fake.calls == 1
    now = 61.0
    assert source.resolve([4711], "raw.episode") == {}
    assert fake.calls == 2


def test_back_pressure_is_not_remembered(fake: FakeRegistry) -> None:
    source = SchemaSource(Registry(fake.url))
    fake.answer_instead = (503, "down")
    with pytest.raises(Retryable):
        source.resolve([4711], "raw.episode")
    fake.answer_instead = None
    assert source.resolve([4711], "raw.episode") == {}


@pytest.mark.parametrize("change", ["fields cut", "type unknown here", "not Avro"])
def test_a_newer_version_that_this_release_could_not_read_is_unknown(fake: FakeRegistry, change: str) -> None:
    pinned = catalog.latest("raw.service")
    fields = pinned.definition["fields"]
    added = {"name": "added", "type": {"type": "map", "values": "int"}, "default": {}}
    fake.texts[4711] = {
        "fields cut": json.dumps({**pinned.definition, "fields": fields[3:]}),
        "type unknown here": json.dumps({**pinned.definition, "fields": [*fields, added]}),
        "not Avro": 'syntax = "proto3";',
    }[change]
    fake.subjects[pinned.subject] = {2: 4711}
    assert SchemaSource(Registry(fake.url)).resolve([4711], "raw.service") == {}


def registered(fake: FakeRegistry, schema_id: int) -> None:
    """A newer version of raw.service's schema."""
    pinned = catalog.latest("raw.service")
    fields = [*pinned.definition["fields"], {"name": f"added_{schema_id}", "type": "int", "default": 0}]
    fake.texts[schema_id] = json.dumps({**pinned.definition, "fields": fields})
    versions = fake.subjects.setdefault(pinned.subject, {})
    versions[len(versions) + 1] = schema_id


def test_one_that_is_registered_is_found_among_any_number_that_are_not(fake: FakeRegistry) -> None:
    """Each stands in one message of the batch: nothing tells which is the honest sender's."""
    registered(fake, 15_000)
    source = SchemaSource(Registry(fake.url))
    assert list(source.resolve(range(5_000, 25_000), "raw.service")) == [15_000]
    assert fake.calls == 2, "the versions of the subject, and one of them"
    assert list(source.resolve([*range(30_000, 50_000), 15_000], "raw.service")) == [15_000]
    assert fake.calls == 3


def test_one_that_was_registered_a_moment_ago_is_found_at_once(fake: FakeRegistry) -> None:
    source = SchemaSource(Registry(fake.url), clock=lambda: 0.0)
    registered(fake, 5_001)
    assert list(source.resolve([5_001, 5_002, 5_003], "raw.service")) == [5_001]
    registered(fake, 5_004)
    assert list(source.resolve([5_001, 5_004], "raw.service")) == [5_001, 5_004]


def test_a_version_whose_number_was_given_again_is_found_after_a_while(fake: FakeRegistry) -> None:
    now = 0.0
    source = SchemaSource(Registry(fake.url), ask_again_after=60, clock=lambda: now)
    registered(fake, 5_001)
    assert list(source.resolve([5_001], "raw.service")) == [5_001]
    fake.subjects.clear()
    registered(fake, 5_002)
    now = 60.0
    assert list(source.resolve([5_002], "raw.service")) == [5_002]


def test_of_unknown_ids_the_oldest_are_forgotten_first(fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SchemaSource, "_MOST_UNKNOWN", 3)
    source = SchemaSource(Registry(fake.url), clock=lambda: 0.0)
    source.resolve([5_001, 5_002, 5_003], "raw.service")
    source.resolve([5_004], "raw.service")
    assert fake.calls == 2
    source.resolve([5_002, 5_003, 5_004], "raw.service")
    assert fake.calls == 2
    source.resolve([5_001], "raw.service")
    assert fake.calls == 3


def test_filling_stops_at_a_registry_that_goes_away(fake: FakeRegistry) -> None:
    fake.answer_instead = (503, "down")
    with pytest.raises(Retryable):
        fill(Registry(fake.url), catalog.released())
    assert not fake.texts


def test_filling_goes_on_where_it_was_interrupted(fake: FakeRegistry) -> None:
    schemas = catalog.released()
    assert all(entry.new for entry in fill(Registry(fake.url), schemas[:5]))
    assert [entry.new for entry in fill(Registry(fake.url), schemas)] == [False] * 5 + [True] * (len(schemas) - 5)
    assert set(fake.levels.values()) == {"FULL_TRANSITIVE"}
