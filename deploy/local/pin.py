"""Pins a Java program anew: `python -m deploy.local.pin FILE ENDPOINT…` (a maintainer's tool, it reads many POMs).

An endpoint `group:artifact:version` brings what it depends on, `group:artifact:packaging:classifier:version` only
itself.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import jgo
from jgo.maven import Artifact, MavenContext


def pin(endpoints: list[str]) -> dict[str, str]:
    """Coordinate -> SHA-256, in class path order, each file once."""
    found: dict[str, str] = {}
    for endpoint in endpoints:
        for artifact in _artifacts(endpoint):
            coordinate = ":".join(
                part
                for part in (
                    artifact.groupId,
                    artifact.artifactId,
                    artifact.packaging,
                    artifact.classifier,
                    artifact.version,
                )
                if part
            )
            found.setdefault(coordinate, hashlib.sha256(artifact.resolve().read_bytes()).hexdigest())
    return found


def _artifacts(endpoint: str) -> list[Artifact]:
    group, artifact, *rest = endpoint.split(":")
    if len(rest) == 1:
        return list(jgo.resolve(endpoint))
    packaging, classifier, version = rest
    component = MavenContext().project(group, artifact).at_version(version)
    return [component.artifact(classifier=classifier, packaging=packaging)]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(pin(sys.argv[2:]), indent=1) + "\n", "utf-8")
