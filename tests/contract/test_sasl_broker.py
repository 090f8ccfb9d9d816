"""A real broker that asks for a password: the right one lets every part in, a wrong one is told and never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from services import answering

from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.settings import TopicSettings
from deploy.topics import apply
from runtime.home import read_json

REPORTER = "983971636"
RIGHT, WRONG = "right-and-not-to-be-shown", "wrong-and-not-to-be-shown"


@dataclass(frozen=True)
class Guarded(Broker):
    """A broker with a second door, for clients with a password."""

    door: int = 0

    def values(self) -> dict[str, object]:
        values = super().values()
        return values | {
            "listeners": f"{values['listeners']},SASL_PLAINTEXT://127.0.0.1:{self.door}",
            "advertised.listeners": f"{values['advertised.listeners']},SASL_PLAINTEXT://127.0.0.1:{self.door}",
            "listener.security.protocol.map": (
                f"{values['listener.security.protocol.map']},SASL_PLAINTEXT:SASL_PLAINTEXT"
            ),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
                f'org.apache.kafka.common.security.plain.PlainLoginModule required user_vendor="{RIGHT}";'
            ),
        }


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, quick_java: dict[str, str]) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    ports: list[int] = []
    for _ in range(3):
        ports.append(choose(set(ports)))
    broker = Guarded(folder, ports[0], ports[1], heap_mb=256, door=ports[2])
    broker.prepare()
    with answering(broker, folder / "kafka.log", quick_java):
        apply(AdminClient({"bootstrap.servers": broker.bootstrap}), TopicSettings(partitions=1))
        yield broker


def environment(guarded: Guarded, home: Path, password: str) -> dict[str, str]:
    return {
        **os.environ,
        "HELSEPULS_HOME": str(home),
        "HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{guarded.door}",
        "HELSEPULS_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
        "HELSEPULS_KAFKA_SASL_MECHANISM": "PLAIN",
        "HELSEPULS_KAFKA_SASL_USERNAME": "vendor",
        "HELSEPULS_KAFKA_SASL_PASSWORD": password,
    }


def run(guarded: Guarded, home: Path, password: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "helsepuls", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=environment(guarded, home, password),
    )  # fmt: skip


@pytest.fixture
def cell(tmp_path: Path) -> str:
    hour = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    told = {"family": "capacity", "subject_id": "a", "action": "report", "occurred_at": hour, "as_of": hour}
    told |= {"unit": REPORTER, "origin": "reported", "resource": "bed", "category": "adult", "staffed": 9}
    path = tmp_path / "cell.ndjson"
    path.write_text(json.dumps(told | {"occupied": 5}) + "\n", "utf-8")
    return str(path)


def ends(guarded: Guarded, topic: str) -> int:
    place = TopicPartition(topic, 0)
    client = AdminClient({"bootstrap.servers": guarded.bootstrap})
    return int(client.list_offsets({place: OffsetSpec.latest()})[place].result(20).offset)


@pytest.mark.timeout(240)
def test_with_the_right_password_an_event_is_published_judged_and_stored(
    guarded: Guarded, home: Path, cell: str
) -> None:
    sent = run(guarded, home, RIGHT, "publish", cell, "--reporter", REPORTER, "--json")
    assert (sent.returncode, ends(guarded, "raw.capacity")) == (0, 1), sent.stderr
    processes = [
        spawn(
            [sys.executable, "-m", "helsepuls", *command], home / f"{command[0]}.log", environment(guarded, home, RIGHT)
        )
        for command in (("worker", "--name", "w"), ("warehouse",))
    ]
    try:
        deadline = time.monotonic() + 120
        while _stored(guarded) < 1:
            assert time.monotonic() < deadline, "".join(path.read_text("utf-8")[-1500:] for path in home.glob("*.log"))
            time.sleep(0.5)
    finally:
        for process in processes:
            stop(process, 20)
    assert ends(guarded, "accepted.capacity") == 1
    assert all(RIGHT not in path.read_text("utf-8") for path in home.glob("*.log"))


def _stored(guarded: Guarded) -> int:
    """Outcomes that the sink has committed: they are in the table."""
    client = AdminClient({"bootstrap.servers": guarded.bootstrap})
    sinks = [one.group_id for one in client.list_consumer_groups().result(20).valid if "sink" in one.group_id]
    told = [client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group] for group in sinks]
    places = [place for one in told for place in one.result(20).topic_partitions]
    return sum(max(0, place.offset) for place in places if place.topic == "accepted.capacity")


def test_with_a_wrong_password_a_command_says_so(guarded: Guarded, home: Path, cell: str) -> None:
    before = ends(guarded, "raw.capacity")
    refused = run(guarded, home, WRONG, "publish", cell, "--reporter", REPORTER)
    assert refused.returncode == 3
    assert "uthentication failed" in refused.stderr
    assert "are the settings under [kafka] right?" in refused.stderr
    assert WRONG not in refused.stderr + refused.stdout
    assert ends(guarded, "raw.capacity") == before


@pytest.mark.timeout(120)
def test_with_a_wrong_password_a_worker_ends_with_a_sentence(guarded: Guarded, home: Path) -> None:
    """Its supervisor starts it again, in case that the broker was the one to be wrong."""
    ended = run(guarded, home, WRONG, "worker", "--name", "w")
    assert ended.returncode == 3
    assert "uthentication failed" in ended.stderr
    assert WRONG not in ended.stderr + ended.stdout


@pytest.mark.timeout(120)
def test_with_a_wrong_password_the_warehouse_says_so_and_goes_on_answering_readers(
    guarded: Guarded, home: Path
) -> None:
    log = home / "process.log"
    process = spawn([sys.executable, "-m", "helsepuls", "warehouse"], log, environment(guarded, home, WRONG))
    try:
        deadline = time.monotonic() + 60
        while "uthentication failed" not in log.read_text("utf-8"):
            assert time.monotonic() < deadline, log.read_text("utf-8")[-3000:]
            time.sleep(0.5)
        while (facts := read_json(home / "run" / "warehouse.json")) is None:
            assert time.monotonic() < deadline, log.read_text("utf-8")[-3000:]
            time.sleep(0.5)
        assert requests.post(facts["url"], data="SELECT count() FROM outcomes", timeout=20).text == "0\n"
    finally:
        stop(process, 20)
    assert process.returncode == 0
    said = log.read_text("utf-8")
    assert WRONG not in said
    assert said.count("uthentication failed") <= 2, "several lines a second would bury everything else"
