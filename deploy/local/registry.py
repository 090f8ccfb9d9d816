"""An Apicurio schema registry of our own, with Confluent's API, for those who want one beside the local Kafka.

It keeps its content in memory: the schemas in the repository are the truth, and the supervisor registers them anew
after every start.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import requests

from deploy.local.artifacts import Pin, cache_folder, fetch, read_pins
from deploy.local.java import JAVA
from schemas.errors import Fatal

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Registry:
    """Where the registry listens and how much it may use."""

    port: int
    heap_mb: int = 256

    @property
    def url(self) -> str:
        """The base of Confluent's API, as clients are given it."""
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def command(self) -> list[str]:
        """Starts the registry in the foreground, its log on standard output. Raises Fatal without its program."""
        return [
            *JAVA,
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",  # starts in half the time; a registry is not asked much
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-Djava.net.preferIPv4Stack=true",
            "-Dregistry.storage.kind=mem",
            "-Dquarkus.http.host=127.0.0.1",
            f"-Dquarkus.http.port={self.port}",
            "-jar",
            str(program()),
        ]

    def ready(self) -> bool:
        """Whether it answers Confluent's API."""
        try:
            return requests.get(f"{self.url}/subjects", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def program() -> Path:
    """The runnable jar, its libraries beside it; downloaded and unpacked the first time. Raises Fatal without."""
    [pin] = read_pins(_FOLDER / "apicurio.files.json")
    target = cache_folder() / "programs" / f"{pin.artifact}-{pin.version}-{pin.sha256[:12]}"
    if not target.is_dir():
        _unpack(pin, target)
    return target / f"{pin.artifact}-{pin.version}-runner.jar"


def _unpack(pin: Pin, target: Path) -> None:
    [archive] = fetch([pin])
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpack-"))
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(staging, filter="data")
        if not target.is_dir():
            staging.rename(target)
        archive.unlink(missing_ok=True)
    except OSError as error:
        if not target.is_dir():  # another process may have been quicker
            raise Fatal(f"{archive.name} could not be unpacked into {target}: {error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
