"""Whether what the parts now give may be released: every version, released or coming, reads every other.

Compatibility is full and transitive (a sender may be years behind, and so may a reader). With it goes what the stream
relies on: accepted records begin with the bytes of raw ones, and the types are those that the columnar decoder knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

from schemas import catalog
from schemas.catalog import AVRO, Schema
from schemas.errors import Fatal
from schemas.passthrough import IDENTITY_FIELDS, begins_with
from schemas.plan import plan
from schemas.releases import Finding, load
from schemas.resolution import can_read
from schemas.types import FAMILIES, accepted_topic, raw_topic

CANDIDATE = "candidate"
"""How a finding names the version that the parts would give."""


@dataclass(frozen=True)
class _Version:
    subject: str
    label: str
    definition: Any


def check(avro: Path = AVRO) -> list[Finding]:
    """Everything that forbids a release, and everything wrong with what is released. Empty: all is well."""
    schemas, findings = load(avro)
    versions: dict[str, list[_Version]] = {}
    for topic in catalog.topics():
        subject = f"{topic}-value"
        history = sorted((s for s in schemas if s.subject == subject), key=lambda s: s.version)
        versions[topic] = [_Version(subject, f"v{s.version}", s.definition) for s in history]
        try:
            definition = catalog.compose(topic, avro)
        except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
            findings.append(Finding(subject, "parts", f"cannot be composed ({type(error).__name__}: {error})"))
            continue
        unsound = _unsound(subject, definition)
        findings += unsound
        if not unsound and (not history or history[-1].definition != definition):
            versions[topic].append(_Version(subject, CANDIDATE, definition))
    for history_of_topic in versions.values():
        findings += _full_transitive(history_of_topic)
    for family in FAMILIES:
        findings += _pass_through(versions[raw_topic(family)], versions[accepted_topic(family)])
    return findings


def _full_transitive(history: list[_Version]) -> list[Finding]:
    return [
        Finding(reader.subject, found.location, found.reason, found.field, reader.label, writer.label)
        for older, newer in combinations(history, 2)
        for reader, writer in ((newer, older), (older, newer))
        for found in can_read(reader.definition, writer.definition)
    ]


def _pass_through(raw: list[_Version], accepted: list[_Version]) -> list[Finding]:
    """Every raw version has an accepted one that begins with its bytes, and the other way round."""
    findings = []
    for version in raw:
        names = tuple(field["name"] for field in version.definition["fields"][-len(IDENTITY_FIELDS) :])
        if names != IDENTITY_FIELDS:
            wanted = " and ".join(IDENTITY_FIELDS)
            findings.append(Finding(version.subject, "fields", f"{version.label} does not end with {wanted}"))
        elif accepted and not any(begins_with(other.definition, version.definition) for other in accepted):
            reason = f"no version of {accepted[0].subject} begins with the fields of {version.label}, in their order"
            findings.append(Finding(version.subject, "fields", reason))
    for version in accepted:
        if raw and not any(begins_with(version.definition, other.definition) for other in raw):
            reason = f"{version.label} begins with the fields of no version of {raw[0].subject}"
            findings.append(Finding(version.subject, "fields", reason))
    return findings


def _unsound(subject: str, definition: Any) -> list[Finding]:
    """What is wrong with a composed schema by itself."""
    try:
        fastavro.parse_schema(definition)
        plan(Schema(subject, 0, 0, definition))
    except (SchemaParseException, UnknownType, KeyError) as error:
        return [Finding(subject, "", f"is not a valid Avro schema: {type(error).__name__}: {error}")]
    except Fatal as error:
        return [Finding(subject, "", str(error))]
    return _fields(subject, definition, "", "")


def _fields(subject: str, record: Any, location: str, names: str) -> list[Finding]:
    """Every field has its own name and a doc, and a default fits the first branch, as most readers demand."""
    findings = []
    seen: set[str] = set()
    for i, field in enumerate(record["fields"]):
        here = f"{location}{'.' if location else ''}fields[{i}]"
        name = f"{names}{'.' if names else ''}{field['name']}"
        if field["name"] in seen:
            findings.append(Finding(subject, here, "stands in this record already", name))
        seen.add(field["name"])
        if not str(field.get("doc", "")).strip():
            findings.append(Finding(subject, here, "has no doc", name))
        if isinstance(field["type"], list) and field.get("default") is not None:
            findings.append(Finding(subject, f"{here}.default", "must be null: the first branch of the union is", name))
        inner, path = field["type"], f"{here}.type"
        while isinstance(inner, dict) and inner["type"] == "array":
            inner, path = inner["items"], f"{path}.items"
        if isinstance(inner, dict) and inner["type"] == "record":
            findings += _fields(subject, inner, path, name)
    return findings
