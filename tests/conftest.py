"""Fixtures shared by all suites: a real Kafka, its topics, homes, a whole stack. Nothing of them is left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.local.control import down, up
from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.local.status import status
from deploy.settings import TopicSettings
from deploy.topics import apply, declared


@pytest.fixture(scope="session")
def quick_java() -> dict[str, str]:
    """Environment for Java's quick compiler alone: a test needs a server soon, not one that is fastest in a minute."""
    return {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}


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
    log = folder / "kafka.log"
    process = spawn(broker.command(), log, quick_java)  # it ends with this process, however that ends
    try:
        deadline = time.monotonic() + 120
        while not broker.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Kafka did not start:\n{log.read_text('utf-8')[-3000:]}")
            time.sleep(0.1)
        yield broker.bootstrap
    finally:
        stop(process, 10)
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


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory, quick_java: dict[str, str], ends_with_us: Callable[[Path], None]
) -> Iterator[Stack]:
    """The whole product running: Kafka, one worker, the warehouse. One for the session: use reporters of your own."""
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


@dataclass(frozen=True)
class Topics:
    """Makes topics in the session's broker."""

    client: AdminClient

    def unique(self, name: str = "test", partitions: int = 1, **config: str) -> str:
        """A new topic whose name no other test has; `config` with _ for . in the keys. Returns the name."""
        topic = f"{name}.{uuid.uuid4().hex[:12]}"
        settings = {key.replace("_", "."): value for key, value in config.items()}
        _wait(self.client.create_topics([NewTopic(topic, partitions, 1, config=settings)], operation_timeout=20))
        return topic

    def standard(self, partitions: int = 4) -> list[str]:
        """The product's own topics, all empty; what was in them, and every idle consumer group, is deleted first."""
        names = [topic.name for topic in declared()]
        self.clear()
        apply(self.client, TopicSettings(partitions=partitions))
        return names

    def clear(self) -> None:
        """Deletes every topic and every idle consumer group."""
        existing = [name for name in self.client.list_topics(timeout=20).topics if not name.startswith("__")]
        if existing:
            _wait(self.client.delete_topics(existing, operation_timeout=20))
        _until(lambda: not set(existing) & set(self.client.list_topics(timeout=20).topics))
        groups = [group.group_id for group in self.client.list_consumer_groups().result(20).valid]
        if groups:
            for future in self.client.delete_consumer_groups(groups).values():
                try:
                    future.result(20)
                except KafkaException as error:
                    if error.args[0].name() not in {"NON_EMPTY_GROUP", "GROUP_ID_NOT_FOUND"}:
                        raise


@pytest.fixture
def topics(kafka: str) -> Topics:
    return Topics(AdminClient({"bootstrap.servers": kafka}))


def _wait(futures: dict[str, Future[None]]) -> None:
    for future in futures.values():
        future.result(30)


def _until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
