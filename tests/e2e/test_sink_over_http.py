"""The warehouse process with a DSN of a server: it stores there, serves nothing itself, and waits while it is away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Topics
from sink_rig import PARTITIONS, Rig, events, rigged

from deploy.local.ports import choose

SERVER = Path(__file__).with_name("writable_server.py")
TOPIC = "accepted.episode"


class Server:
    """Can be killed and started again; its data stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = choose()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(SERVER), str(self.folder), str(self.port)])
        deadline = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < deadline
            assert self.process.poll() is None
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/ping", timeout=5).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def ask(self, query: str) -> Any:
        """One value."""
        return requests.get(f"http://127.0.0.1:{self.port}", params={"query": query}, timeout=30).text.strip()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path / "engine")
    found.start()
    yield found
    found.kill()


@pytest.fixture
def rig(kafka: str, topics: Topics, home: Path) -> Iterator[Rig]:
    topics.standard(PARTITIONS)
    yield from rigged(kafka, home)


def test_a_server_that_goes_and_comes_back_has_every_row_once(rig: Rig, server: Server) -> None:
    rig.environment["HELSEPULS_WAREHOUSE_DSN"] = f"clickhouse://127.0.0.1:{server.port}"
    rig.environment["HELSEPULS_SINK_RETRY_LIMIT_SECONDS"] = "1"
    process = rig.start()
    facts = rig.facts()
    assert facts is not None
    assert "url" not in facts, "readers ask the server"
    rig.send(TOPIC, events(TOPIC, 20))
    rig.wait(lambda: server.ask("SELECT count() FROM helsepuls.accepted_episode") == "20", process)

    server.kill()
    for part in range(3):
        rig.send(TOPIC, events(TOPIC, 10, first=20 + 10 * part), partition=part % PARTITIONS)
        time.sleep(0.3)
    rig.wait(lambda: "insert will be offered again" in rig.log.read_text(), process)
    server.start()
    rig.wait(lambda: server.ask("SELECT count() FROM helsepuls.accepted_episode") == "50", process)
    assert server.ask("SELECT count() FROM helsepuls.log_accepted_episode") == "50"
    assert rig.end(process) == 0
    assert rig.committed(TOPIC).offset + rig.committed(TOPIC, 1).offset == 50


def test_the_sink_that_has_the_closers_partition_closes_by_itself(rig: Rig, server: Server) -> None:
    rig.environment["HELSEPULS_WAREHOUSE_DSN"] = f"clickhouse://127.0.0.1:{server.port}"
    process = rig.start()
    rig.wait(lambda: server.ask("SELECT uniqExact(day) FROM helsepuls.closes") == "1", process)


def test_a_server_that_is_not_there_at_the_start_is_told_with_the_code_for_that(rig: Rig) -> None:
    rig.environment["HELSEPULS_WAREHOUSE_DSN"] = f"clickhouse://127.0.0.1:{choose()}"
    process = rig.run("-m", "helsepuls", "warehouse", "--home", str(rig.home))
    assert process.wait(60) == 3
    assert "Error: the ClickHouse server" in rig.log.read_text()
