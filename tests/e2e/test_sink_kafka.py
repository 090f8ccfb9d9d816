"""The warehouse process on a real Kafka and the real engine: everything stored, nothing twice, whatever kills it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from fake_clickhouse import FakeClient
from outcomes import accepted, duplicate, message, receipt, rejected

from runtime.home import read_json
from runtime.settings import KafkaSettings
from schemas.types import FAMILIES, accepted_topic
from sinks.consumer import Sink, kafka_config
from sinks.settings import SinkSettings
from sinks.tables import TABLES
from sinks.writer import Writer

PARTITIONS = 2
GROUP = SinkSettings().group
DYING = Path(__file__).with_name("dying_sink.py")


class Rig:
    """A broker with the product's topics, and the warehouse processes a test starts."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.log = home / "warehouse.log"
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "HELSEPULS_SINK_INSTANCE": "embedded",
            "HELSEPULS_SINK_FLUSH_SECONDS": "0.2",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def send(self, topic: str, values: list[bytes | None], partition: int = 0) -> None:
        for value in values:
            self.producer.produce(topic, value, partition=partition)
        assert self.producer.flush(30) == 0

    def run(self, *program: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, *program], env=self.environment, stderr=log, stdout=log)
        self.processes.append(process)
        return process

    def start(self) -> subprocess.Popen[bytes]:
        """A warehouse process that is ready."""
        process = self.run("-m", "helsepuls", "warehouse", "--home", str(self.home))
        self.wait(lambda: self.facts() is not None, process)
        return process

    def facts(self) -> dict[str, Any] | None:
        found = read_json(self.home / "run" / "warehouse.json")
        return found if found and found["pid"] == self.processes[-1].pid else None

    def wait(self, condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            alive = process is None or process.poll() is None
            assert alive and time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.05)

    def ask(self, query: str) -> Any:
        """One value, through the endpoint."""
        facts = self.facts()
        assert facts
        port = int(facts["url"].rpartition(":")[2])
        client = clickhouse_connect.get_client(host="127.0.0.1", port=port, database="helsepuls")
        try:
            return client.query(query).result_rows[0][0]
        finally:
            client.close()

    def committed(self, topic: str, partition: int = 0) -> TopicPartition:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": GROUP})
        try:
            return consumer.committed([TopicPartition(topic, partition)], timeout=20)[0]
        finally:
            consumer.close()

    def end(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(30)


@pytest.fixture
def rig(kafka: str, topics: Any, home: Path) -> Iterator[Rig]:
    topics.standard(PARTITIONS)
    found = Rig(kafka, home)
    yield found
    for process in found.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def events(topic: str, count: int, first: int = 0) -> list[bytes | None]:
    family = topic.partition(".")[2]
    return [message(topic, accepted(family, offset)) for offset in range(first, first + count)]


def test_every_topic_ends_in_its_relations_and_a_restart_adds_nothing(rig: Rig) -> None:
    for family in FAMILIES:
        rig.send(accepted_topic(family), events(accepted_topic(family), 3))
    rig.send("rejected", [message("rejected", rejected(10)), message("rejected", rejected(11))])
    rig.send("duplicates", [message("duplicates", duplicate(12))], partition=1)
    rig.send("receipts", [message("receipts", receipt(0, 12))])
    process = rig.start()
    rig.wait(lambda: rig.ask("SELECT count() FROM outcomes") == 3 * len(FAMILIES) + 3, process)
    rig.wait(lambda: rig.ask("SELECT count() FROM receipts") == 1, process)
    assert rig.ask("SELECT count() FROM capacity_current") == 1
    assert rig.end(process) == 0
    assert rig.facts() is None, "a clean end takes the announcement back"
    assert (rig.committed("rejected").offset, rig.committed("rejected").metadata) == (2, "")

    url = read_json(rig.home / "sql-endpoint.json")
    process = rig.start()
    assert read_json(rig.home / "sql-endpoint.json") == url, "clients find it where it was"
    rig.send("rejected", [message("rejected", rejected(13))])
    rig.wait(lambda: rig.ask("SELECT count() FROM log_rejected") == 3, process)
    assert rig.ask("SELECT sum(c) FROM (SELECT count() AS c FROM log_accepted_episode UNION ALL SELECT count() FROM log_receipts)") == 4


@pytest.mark.parametrize("moment", ["before-insert", "after-insert", "after-commit"])
def test_a_kill_around_an_insert_loses_nothing_and_stores_nothing_twice(rig: Rig, moment: str) -> None:
    topic = "accepted.episode"
    rig.send(topic, events(topic, 30))
    dying = rig.run(str(DYING), str(rig.home), moment, "1")
    assert dying.wait(60) == -signal.SIGKILL, rig.log.read_text()[-3000:]
    left = rig.committed(topic)
    if moment == "after-commit":
        assert (left.offset, left.metadata) == (30, "")
    else:
        assert (left.offset, left.metadata) == (0, "insert 0-29")

    rig.send(topic, events(topic, 5, first=30))  # were it one block with the rest, its token would be another
    process = rig.start()
    rig.wait(lambda: rig.ask("SELECT count() FROM accepted_episode") == 35, process)
    assert rig.ask("SELECT count() FROM log_accepted_episode") == 35, "no row is stored twice, seen or unseen"
    assert rig.end(process) == 0
    assert rig.committed(topic).offset == 35


def test_kills_at_any_time_under_load(rig: Rig) -> None:
    topic, count = "accepted.capacity", 6000
    values = events(topic, count)
    chance = random.Random(7)  # noqa: S311
    process = rig.start()
    for part in range(4):
        for partition in range(PARTITIONS):
            rig.send(topic, values[part * count // 4 : (part + 1) * count // 4], partition)
        time.sleep(chance.uniform(0, 0.6))
        process.kill()
        process.wait()
        process = rig.start()
    # Both partitions carry the same raw coordinates: one event each, and twice the physical rows.
    rig.wait(lambda: rig.ask("SELECT uniqExact(outcome_partition, outcome_offset) FROM log_accepted_capacity") == 2 * count, process)
    assert rig.ask("SELECT count() FROM log_accepted_capacity") == 2 * count
    assert rig.ask("SELECT count() FROM accepted_capacity") == count


def test_what_does_not_decode_is_recorded_and_passed(rig: Rig) -> None:
    process = rig.start()
    rig.send("rejected", [message("rejected", rejected(1)), b"rubbish", None, message("rejected", rejected(2))])
    rig.wait(lambda: rig.ask("SELECT count() FROM rejected") == 2, process)
    assert rig.ask("SELECT groupArray(outcome_offset) FROM (SELECT * FROM sink_errors ORDER BY ALL)") == [1, 2]
    rig.wait(lambda: rig.committed("rejected").offset == 4, process)


def test_messages_deleted_before_they_were_stored_end_the_sink_with_a_sentence(rig: Rig) -> None:
    topic = "accepted.episode"
    rig.send(topic, events(topic, 5))
    process = rig.start()
    rig.wait(lambda: rig.ask("SELECT count() FROM accepted_episode") == 5, process)
    assert rig.end(process) == 0
    rig.send(topic, events(topic, 5, first=5))
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    admin.delete_records([TopicPartition(topic, 0, 8)])[TopicPartition(topic, 0, 8)].result(20)
    process = rig.run("-m", "helsepuls", "warehouse", "--home", str(rig.home))
    assert process.wait(60) == 1
    assert f"the next offset of {topic}[0] is not in the log any more" in rig.log.read_text()
    assert rig.committed(topic).offset == 5, "nothing was skipped"


def test_a_path_that_another_process_holds_is_told_in_a_sentence(rig: Rig) -> None:
    rig.start()
    for command in (["warehouse"], ["migrate"]):
        second = subprocess.run(
            [sys.executable, "-m", "helsepuls", command[0], "--home", str(rig.home)],
            env=rig.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        last = second.stderr.strip().splitlines()[-1]
        assert last.startswith("Error: the warehouse at ") and "held by another process" in last


def test_an_event_is_queryable_soon(rig: Rig) -> None:
    """The goal is a second on an idle machine; this bound is for a busy one."""
    process = rig.start()
    topic = "accepted.episode"
    rig.send(topic, events(topic, 1))
    rig.wait(lambda: rig.ask("SELECT count() FROM accepted_episode") == 1, process)
    started = time.monotonic()
    rig.send(topic, events(topic, 1, first=1))
    rig.wait(lambda: rig.ask("SELECT count() FROM accepted_episode") == 2, process)
    assert time.monotonic() - started < 5


class Member:
    """A sink in a thread of this process, into a warehouse that several share."""

    def __init__(self, bootstrap: str, client: FakeClient) -> None:
        settings = SinkSettings(flush_seconds=0.05, flush_rows=50)
        kafka = KafkaSettings(config={"bootstrap.servers": bootstrap})
        self.stopping = threading.Event()
        self.failure: BaseException | None = None
        self.sink = Sink(Consumer(kafka_config(kafka, settings)), Writer(client), settings)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.sink.run(self.stopping.is_set)
        except BaseException as error:  # noqa: BLE001  shown by the test
            self.failure = error

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(30)
        assert self.failure is None
        assert not self.thread.is_alive()


def test_members_that_come_and_go_store_every_message_once(rig: Rig) -> None:
    topic = "duplicates"
    client = FakeClient.with_tables()
    client.lock = threading.Lock()  # type: ignore[attr-defined]
    sending = threading.Event()
    sent = [0, 0]

    def send() -> None:
        while not sending.is_set():
            for partition in range(PARTITIONS):
                rig.producer.produce(topic, message(topic, duplicate(sent[partition], partition)), partition=partition)
                sent[partition] += 1
            rig.producer.poll(0)
            time.sleep(0.002)

    thread = threading.Thread(target=send)
    thread.start()
    first = Member(rig.bootstrap, client)
    time.sleep(1.5)
    second = Member(rig.bootstrap, client)
    time.sleep(2.5)
    first.stop()
    time.sleep(1.5)
    sending.set()
    thread.join()
    assert rig.producer.flush(30) == 0
    rig.wait(lambda: client.rows(TABLES[topic]) >= sum(sent))
    second.stop()
    stored = list(zip(client.column(TABLES[topic], "outcome_partition"), client.column(TABLES[topic], "outcome_offset"), strict=True))
    assert len(stored) == len(set(stored)) == sum(sent)
