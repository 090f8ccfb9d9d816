"""The released files: complete, with ids of their own, and never changed.

`avro/fingerprints.json` holds a SHA-256 of every released schema (of `Schema.text`, so that layout does not count).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.catalog import AVRO, Schema, released_path

_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class Finding:
    """One reason not to release. `location` is a path in the schema, or a file's name.

    Where two versions do not fit, `reader` cannot read what `writer` wrote, and the location is in the reader's schema.
    """

    subject: str
    location: str
    reason: str
    field: str = ""
    reader: str | None = None
    writer: str | None = None

    def __str__(self) -> str:
        versions = f" {self.reader} reads {self.writer}:" if self.reader else ""
        name = f" ({self.field})" if self.field else ""
        return f"{self.subject}:{versions} {self.location}{name}: {self.reason}"


def load(avro: Path = AVRO) -> tuple[list[Schema], list[Finding]]:
    """All released schemas that can be read, in the order of their ids, and what is wrong with the files."""
    ids: dict[str, dict[str, int]] = _read_json(avro / "ids.json")
    schemas: list[Schema] = []
    findings: list[Finding] = []
    for subject, versions in ids.items():
        numbers = sorted(map(int, versions))
        if numbers != list(range(1, len(numbers) + 1)):
            findings.append(Finding(subject, "ids.json", "versions do not count 1, 2, 3 …"))
        for version in numbers:
            path = released_path(subject, version, avro)
            try:
                definition = json.loads(path.read_text("utf-8"))
            except (FileNotFoundError, ValueError) as error:
                reason = "is missing" if isinstance(error, FileNotFoundError) else "is not JSON"
                findings.append(Finding(subject, path.name, f"{reason}; restore it from the repository's history"))
            else:
                schemas.append(Schema(subject, version, versions[str(version)], definition))
    schemas.sort(key=lambda schema: schema.id)
    return schemas, [*findings, *_strays(ids, avro), *_ids(schemas), *_fingerprints(schemas, avro)]


def seal(avro: Path = AVRO) -> int:
    """Adds the fingerprints of released schemas that have none yet; returns how many. Never replaces one."""
    known: dict[str, dict[str, str]] = _read_json(avro / "fingerprints.json")
    added = 0
    for schema in load(avro)[0]:
        versions = known.setdefault(schema.subject, {})
        if str(schema.version) not in versions:
            versions[str(schema.version)] = fingerprint(schema)
            added += 1
    (avro / "fingerprints.json").write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    return added


def fingerprint(schema: Schema) -> str:
    return hashlib.sha256(schema.text.encode()).hexdigest()


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}


def _strays(ids: dict[str, dict[str, int]], avro: Path) -> list[Finding]:
    expected = {released_path(subject, int(v), avro) for subject, versions in ids.items() for v in versions}
    found = set((avro / "released").glob("*.avsc"))
    return [Finding(path.stem, path.name, "has no id in ids.json") for path in sorted(found - expected)]


def _ids(schemas: list[Schema]) -> list[Finding]:
    findings = [
        Finding(s.subject, "ids.json", f"v{s.version}: {s.id} is not an id (1 … {_MAX_ID})")
        for s in schemas
        if not 1 <= s.id <= _MAX_ID
    ]
    by_id: dict[int, list[Schema]] = defaultdict(list)
    by_text: dict[str, list[Schema]] = defaultdict(list)
    for schema in schemas:
        by_id[schema.id].append(schema)
        by_text[schema.text].append(schema)
    for same in by_id.values():
        findings += [
            Finding(s.subject, "ids.json", f"v{s.version} has id {s.id}, which {same[0].subject} has too")
            for s in same[1:]
        ]
    # A registry gives one text one id, whatever the subject: a second id for it could never be registered.
    for same in by_text.values():
        findings += [
            Finding(s.subject, f"v{s.version}", f"is the same schema as {same[0].subject} v{same[0].version}")
            for s in same[1:]
        ]
    return findings


def _fingerprints(schemas: list[Schema], avro: Path) -> list[Finding]:
    known: dict[str, dict[str, str]] = _read_json(avro / "fingerprints.json")
    findings = []
    for schema in schemas:
        path = released_path(schema.subject, schema.version, avro).name
        kept = known.get(schema.subject, {}).get(str(schema.version))
        if kept is None:
            findings.append(
                Finding(schema.subject, path, "has no fingerprint: release with `helsepuls schemas release`")
            )
        elif kept != fingerprint(schema):
            findings.append(
                Finding(schema.subject, path, "was changed after its release; restore it and change the parts instead")
            )
    return findings
