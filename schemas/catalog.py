"""The Avro contract: which schemas exist, in which versions, under which pinned ids.

Sources are the field lists in `avro/parts`; what a client reads are the released files in `avro/released`, one per
subject and version, never changed once released. `avro/ids.json` pins the id that stands in the Confluent header.
Subjects follow Confluent's TopicNameStrategy (`raw.episode-value`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.types import FAMILIES

AVRO = Path(str(files("schemas") / "avro"))
NAMESPACE = "no.helsepuls"

_OUTCOMES = {"rejected": "rejected", "duplicates": "duplicate", "receipts": "receipt", "internal.window": "window"}


@dataclass(frozen=True)
class Schema:
    """One released version of one subject."""

    subject: str
    version: int
    id: int
    definition: Mapping[str, Any]

    @property
    def topic(self) -> str:
        return self.subject.removesuffix("-value")

    @cached_property
    def text(self) -> str:
        """The schema as a registry and an Avro reader take it: compact JSON."""
        return json.dumps(self.definition, separators=(",", ":"), ensure_ascii=False)

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field["name"] for field in self.definition["fields"])


def topics() -> tuple[str, ...]:
    """Every topic that has a schema, raw topics first."""
    return (*(f"raw.{f}" for f in FAMILIES), *(f"accepted.{f}" for f in FAMILIES), *_OUTCOMES)


def compose(topic: str, avro: Path = AVRO) -> dict[str, Any]:
    """The schema of `topic` as its parts now give it (released or not)."""

    def part(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((avro / "parts" / f"{name}.json").read_text("utf-8"))
        return loaded

    if topic in _OUTCOMES:
        name = _OUTCOMES[topic]
        body = part(name)
        return _record(NAMESPACE, name.capitalize(), body["doc"], body["fields"])
    kind, family = topic.split(".", 1)
    body = part(family)
    envelope = part("envelope")["fields"]
    tail = part("identity" if kind == "raw" else "enrichment")["fields"]
    return _record(f"{NAMESPACE}.{kind}", family.capitalize(), body["doc"], [*envelope, *body["fields"], *tail])


def _record(namespace: str, name: str, doc: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "record", "name": name, "namespace": namespace, "doc": doc, "fields": fields}


def released(avro: Path = AVRO) -> list[Schema]:
    """All released schemas in the order of their pinned ids."""
    ids = json.loads((avro / "ids.json").read_text("utf-8"))
    found = [
        Schema(
            subject=subject,
            version=int(version),
            id=int(id_),
            definition=json.loads(released_path(subject, int(version), avro).read_text("utf-8")),
        )
        for subject, versions in ids.items()
        for version, id_ in versions.items()
    ]
    return sorted(found, key=lambda schema: schema.id)


def released_path(subject: str, version: int, avro: Path = AVRO) -> Path:
    return avro / "released" / f"{subject.removesuffix('-value')}.v{version}.avsc"


@cache
def by_id() -> Mapping[int, Schema]:
    """Released schemas by the id in the Confluent header."""
    return {schema.id: schema for schema in released()}


@cache
def latest(topic: str) -> Schema:
    """The newest released schema of a topic. Raises KeyError for a topic without one."""
    versions = [schema for schema in by_id().values() if schema.topic == topic]
    if not versions:
        raise KeyError(topic)
    return max(versions, key=lambda schema: schema.version)


def release(avro: Path = AVRO) -> list[Schema]:
    """Writes a new version of every subject whose parts have changed, and pins its id. Returns what was written.

    Compatibility is the caller's business (`schemas.compatibility`): ask before releasing.
    """
    ids_file = avro / "ids.json"
    ids: dict[str, dict[str, int]] = json.loads(ids_file.read_text("utf-8")) if ids_file.exists() else {}
    next_id = 1 + max((i for versions in ids.values() for i in versions.values()), default=0)
    written = []
    for topic in topics():
        subject = f"{topic}-value"
        definition = compose(topic, avro)
        versions = ids.setdefault(subject, {})
        newest = max(map(int, versions), default=0)
        if newest and json.loads(released_path(subject, newest, avro).read_text("utf-8")) == definition:
            continue
        schema = Schema(subject, newest + 1, next_id, definition)
        path = released_path(subject, schema.version, avro)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(definition, indent=1, ensure_ascii=False) + "\n", "utf-8")
        versions[str(schema.version)] = next_id
        next_id += 1
        written.append(schema)
    ids_file.write_text(json.dumps(ids, indent=1) + "\n", "utf-8")
    return written
