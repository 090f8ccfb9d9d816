"""Fixtures shared by all suites: a real Kafka, its topics, homes, a whole stack. Nothing of them is left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from java import quick
from kafka_topics import Topics
from services import answering

from deploy.local.control import down, up
from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.status import status


@pytest.fixture(scope="session")
def quick_java() -> dict[str, str]:
    """Environment of every Java that a test starts."""
    return quick()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory that `find_home` finds; no setting of the machine leaks in."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("HELSEPULS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HELSEPULS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, quick_java: dict[str, str]) -> Iterator[str]:
    """A real broker for the whole session: its bootstrap address. It starts empty; `topics` makes topics in it."""
    folder = tmp_path_factory.mktemp("kafka")
    port = choose()
    broker = Broker(folder, port, choose({port}), heap_mb=384)
    broker.prepare()
    with answering(broker, folder / "kafka.log", quick_java):
        yield broker.bootstrap
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def ends_with_us() -> Iterator[Callable[[Path], None]]:
    """Tell it a home before a stack is started there: the stack is ended even when this process is killed."""
    janitor = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "e2e" / "janitor.py")],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert janitor.stdin

    def tell(folder: Path) -> None:
        janitor.stdin.write(f"{folder}\n")
        janitor.stdin.flush()

    yield tell
    janitor.stdin.close()
    janitor.wait(60)


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    home: Path

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`helsepuls …` on this stack, in a process of its own; `options` as for subprocess.run."""
        command = [sys.executable, "-m", "helsepuls", *arguments]
        environment = {**os.environ, "HELSEPULS_HOME": str(self.home), **options.pop("env", {})}
        settings = {"capture_output": True, "text": True, "timeout": 300, **options}
        return subprocess.run(command, check=False, env=environment, **settings)

    def json(self, *arguments: str, **options: Any) -> Any:
        """The same with --json: the document. Fails when the command does."""
        done = self.run(*arguments, "--json", **options)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return json.loads(done.stdout)

    def status(self) -> dict[str, Any]:
        return status(self.home)


def _stack(
    tmp_path_factory: pytest.TempPathFactory, quick_java: dict[str, str], ends_with_us: Callable[[Path], None]
) -> Iterator[Stack]:
    """The whole product running: Kafka, one worker, the warehouse."""
    folder = tmp_path_factory.mktemp("stack") / "home"
    ends_with_us(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HELSEPULS_")]:
            patch.delenv(name)
        for name, value in quick_java.items():
            patch.setenv(name, value)
        up(folder, workers=1, with_registry=False, say=lambda _: None)
    yield Stack(folder)
    down(folder)
    shutil.rmtree(folder, ignore_errors=True)


stack = pytest.fixture(scope="session", name="stack")(_stack)
"""One for the session: use reporters of your own."""
own_stack = pytest.fixture(scope="module", name="own_stack")(_stack)
"""One for a module alone, which reads everything that is there."""


@pytest.fixture
def topics(kafka: str) -> Topics:
    return Topics(AdminClient({"bootstrap.servers": kafka}))
