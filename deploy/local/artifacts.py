"""Java programs from Maven's repository: pinned files, checked, kept once per user.

A pin list is data: coordinate -> SHA-256, in class path order. Resolving the 45 jars of Kafka anew reads 81 POMs (41 s
measured); with the list only the jars themselves are fetched, in parallel, and they are the same on every machine.
jgo downloads (it honours the mirrors of the user's jgo configuration); what is kept here is only what passed the check.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext

from schemas.errors import Fatal

_CONNECTIONS = 8
_TIMEOUT = 60  # seconds for a connection, and between two pieces of a file
_TRIES = 3
_PAUSE = 1.0


@dataclass(frozen=True)
class Pin:
    """One file of the repository and what it must be."""

    group: str
    artifact: str
    packaging: str
    classifier: str
    version: str
    sha256: str

    @classmethod
    def parse(cls, coordinate: str, sha256: str) -> Pin:
        """`group:artifact:packaging[:classifier]:version`, as Maven itself writes it."""
        group, artifact, packaging, *classifier, version = coordinate.split(":")
        return cls(group, artifact, packaging, "".join(classifier), version, sha256)

    @property
    def path(self) -> Path:
        """Where the file stands below a repository."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        name = f"{self.artifact}-{self.version}{suffix}.{self.packaging}"
        return Path(*self.group.split("."), self.artifact, self.version, name)


def read_pins(path: Path) -> list[Pin]:
    content: Mapping[str, str] = json.loads(path.read_text("utf-8"))
    return [Pin.parse(coordinate, sha256) for coordinate, sha256 in content.items()]


def cache_folder() -> Path:
    """The user's cache of this product: $XDG_CACHE_HOME/helsepuls, else ~/.cache/helsepuls."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "helsepuls"


def fetch(pins: list[Pin], folder: Path | None = None) -> list[Path]:
    """The files, in the order of the pins; missing or damaged ones are downloaded.

    Raises Fatal when one cannot be had or is not what was pinned: nothing unchecked is ever returned.
    """
    folder = folder or cache_folder() / "maven"
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        sound = list(pool.map(lambda pin: is_sound(folder / pin.path, pin.sha256), pins))
        missing = [pin for pin, good in zip(pins, sound, strict=True) if not good]
        if missing:
            with _staging(folder) as staging:
                list(pool.map(lambda pin: _download(pin, staging, folder), missing))
    return [folder / pin.path for pin in pins]


def is_sound(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder on the same file system, gone afterwards: two processes may fetch at the same time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=folder, prefix=".incoming-"))
    except OSError as error:
        raise Fatal(f"the cache {folder} cannot be written: {error.strerror}") from None
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _resolve(artifact: Artifact, part: Path) -> Path:
    """Downloads; a connection that fails is tried again. What came before it failed would pass for the whole file."""
    for _ in range(_TRIES - 1):
        try:
            return Path(artifact.resolve())
        except requests.RequestException:
            part.unlink(missing_ok=True)
            time.sleep(_PAUSE)
    return Path(artifact.resolve())


def _download(pin: Pin, staging: Path, folder: Path) -> None:
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    context = MavenContext(repo_cache=staging, remote_repos=repositories, timeout=_TIMEOUT)
    component = context.project(pin.group, pin.artifact).at_version(pin.version)
    artifact = component.artifact(classifier=pin.classifier, packaging=pin.packaging)
    name = pin.path.name
    try:
        path = _resolve(artifact, staging / pin.path)
    except requests.ConnectionError:
        raise Fatal(
            f"cannot download {name}: the Maven repository cannot be reached; the first start needs it"
        ) from None
    except (requests.RequestException, RuntimeError, OSError) as error:
        raise Fatal(f"cannot download {name}: {type(error).__name__}: {error}") from None
    if not is_sound(path, pin.sha256):
        raise Fatal(f"{name} is not the file that was pinned (SHA-256 differs): damaged on the way, or replaced")
    target = folder / pin.path
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
