"""A broker that dies and comes back: what clients remember of it must not keep them from going on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from chaos.cluster import BROKERS, Cluster
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from kafka_topics import Topics

from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from schemas.errors import Retryable
from streams.window.reader import LogReader, Place


class Restarted:
    """A broker of a test's own, which it may kill and start again."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        port = choose()
        self.broker = Broker(folder, port, choose({port}), heap_mb=384)
        self.broker.prepare()
        self._environment = environment
        self._log = folder / "kafka.log"
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        self.process = spawn(self.broker.command(), self._log, self._environment)
        deadline = time.monotonic() + 120
        while not self.broker.ready():
            assert self.process.poll() is None, self._log.read_text()[-3000:]
            assert time.monotonic() < deadline, self._log.read_text()[-3000:]
            time.sleep(0.1)


@pytest.fixture
def restarted(tmp_path: Path, quick_java: dict[str, str]) -> Iterator[Restarted]:
    found = Restarted(tmp_path / "kafka", quick_java)
    found.start()
    yield found
    stop(found.process, 10)


def ends_within(reader: LogReader, places: Sequence[Place], seconds: float) -> dict[Place, int]:
    """What the reader says, asked again as a worker does: a new leader may not know yet that it is one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return reader.ends(places)
        except Retryable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def ask_in_vain(bootstrap: str, places: Sequence[Place], seconds: float) -> tuple[int, float]:
    """How often there was no answer, and the processor seconds that asking used: in a process of its own, since clients
    of other tests have threads in the one of the tests."""
    reader = LogReader({"bootstrap.servers": bootstrap, "group.id": "restore"}, 60)
    begin, used, asked = time.monotonic(), time.process_time(), 0
    while time.monotonic() - begin < seconds:
        with pytest.raises(Retryable):
            reader.ends(places)
        asked += 1
        time.sleep(0.5)
    return asked, time.process_time() - used


def test_the_reader_of_the_log_goes_on_after_the_broker_was_killed(restarted: Restarted) -> None:
    """Its client remembers the leader's epoch of before, and asks with that one for ever (librdkafka, 2.16.1)."""
    bootstrap = restarted.broker.bootstrap
    topic = Topics(AdminClient({"bootstrap.servers": bootstrap})).unique()
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, b"one")
    assert producer.flush(30) == 0
    reader = LogReader({"bootstrap.servers": bootstrap, "group.id": "restore"}, 5)
    assert ends_within(reader, [(topic, 0)], 30) == {(topic, 0): 1}
    for _ in range(2):
        restarted.process.kill()
        restarted.process.wait()
        with pytest.raises(Retryable):
            reader.ends([(topic, 0)])
        restarted.start()
        assert ends_within(reader, [(topic, 0)], 30) == {(topic, 0): 1}
        assert [m.value() for messages in reader.read({(topic, 0): 0}) for m in messages] == [b"one"]


def test_a_partition_without_a_leader_has_no_end_and_asking_for_it_is_cheap(
    tmp_path: Path, quick_java: dict[str, str]
) -> None:
    """Three brokers, a topic with one copy, and the broker that has it dies. The admin client then tells of offset
    -1001: a reader that believed it would restore a window without that partition, and accept its ids again."""
    cluster = Cluster(tmp_path / "cluster")
    try:
        cluster.start_brokers(quick_java)
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        topic = NewTopic("one-copy", BROKERS, 1, config={"min.insync.replicas": "1"})
        admin.create_topics([topic], operation_timeout=30)["one-copy"].result(60)
        places = [("one-copy", number) for number in range(BROKERS)]
        reader = LogReader({"bootstrap.servers": cluster.bootstrap, "group.id": "restore"}, 60)
        ends = dict.fromkeys(places, 0)
        assert ends_within(reader, places, 30) == ends
        cluster.brokers[1].kill()
        cluster.brokers[1].wait()
        with pytest.raises(Retryable):
            reader.ends(places)
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            asked, used = alone.submit(ask_in_vain, cluster.bootstrap, places, 10).result(120)
        assert asked > 1
        assert used < 5, "it keeps a processor busy"
        cluster.start_broker(cluster.nodes[0])
        assert ends_within(reader, places, 90) == ends
    finally:
        cluster.end_brokers()
