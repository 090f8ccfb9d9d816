"""Workers on a real Kafka: every record gets exactly one outcome, also when a worker is killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator
from aiokafka.record import default_records
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.home import read_json
from schemas import golden
from schemas.catalog import by_id, latest
from schemas.columnar import decode
from schemas.plan import plan
from schemas.slow import encode_one
from schemas.types import FAMILIES, WINDOW_TOPIC, accepted_topic, raw_topic
from schemas.wire import frame, split

PARTITIONS = 2
GROUP = "helsepuls-worker"
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
"""Whatever a vendor compresses with must not stop the worker."""


class Cluster:
    """A broker, the product's topics, and the workers a test starts."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.processes: list[subprocess.Popen[bytes]] = []
        self.session_seconds = 6
        self.group = GROUP

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """A worker by `helsepuls worker`, or by `command`."""
        environment = {
            **os.environ,
            "HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "HELSEPULS_STREAM_SESSION_TIMEOUT_SECONDS": str(self.session_seconds),
            "HELSEPULS_STREAM_NAME": name,
            "HELSEPULS_STREAM_GROUP": self.group,
        }
        log = (self.home / f"{name}.log").open("ab")
        command = command or ("helsepuls", "worker", "--home", str(self.home), "--name", name)
        process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=log, stdout=log)
        self.processes.append(process)
        return process

    def wait_ready(self, name: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while read_json(self.home / "run" / f"{name}.json") is None:
            assert self.processes[-1].poll() is None, self.logs()
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.1)

    def send(self, topic: str, values: Sequence[bytes], codec: str = "none") -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap, "compression.type": codec})
        for number, value in enumerate(values):
            producer.produce(topic, value, partition=number % PARTITIONS)
            producer.poll(0)
        producer.flush()

    def ends(self, topic: str) -> dict[int, int]:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test-ends"})
        found = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=20)[1] for p in range(PARTITIONS)}
        consumer.close()
        return found

    def read(self, topic: str) -> pl.DataFrame:
        """All records of an outcome topic, decoded."""
        ends = self.ends(topic)
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test-read"})
        consumer.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
        values: list[bytes] = []
        while len(values) < sum(ends.values()):
            values += [message.value() for message in consumer.consume(5000, timeout=0.3)]
        consumer.close()
        frames = [decode(by_id()[number], group.values) for number, group in split(values).groups.items()]
        assert not any(decoded.bad for decoded in frames)
        return pl.concat([decoded.frame for decoded in frames]) if frames else pl.DataFrame()

    def coordinates(self) -> Counter[tuple[str, int, int]]:
        """How often each raw coordinate occurs in the outcome topics."""
        found: Counter[tuple[str, int, int]] = Counter()
        for topic in (*(accepted_topic(f) for f in FAMILIES), "rejected", "duplicates"):
            records = self.read(topic)
            if records.height:
                found.update(records.select("source_topic", "source_partition", "source_offset").iter_rows())
        return found

    def committed(self, topic: str) -> dict[int, int]:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})
        places = consumer.committed([TopicPartition(topic, p) for p in range(PARTITIONS)], timeout=20)
        consumer.close()
        return {place.partition: place.offset for place in places}

    def wait_committed(self, topics: Sequence[str], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while True:
            behind = {t: (self.ends(t), self.committed(t)) for t in topics}
            if all(committed[p] == end for ends, committed in behind.values() for p, end in ends.items() if end):
                return
            assert time.monotonic() < deadline, f"not committed: {behind}\n{self.logs()}"
            time.sleep(0.3)

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in self.home.glob("*.log"))


@pytest.fixture
def cluster(kafka: str, topics: Any, home: Path) -> Iterator[Cluster]:
    topics.standard(PARTITIONS)
    cluster = Cluster(kafka, home)
    yield cluster
    for process in cluster.processes:
        process.kill()
        process.wait(10)


def event(family: str, number: int) -> bytes:
    topic = raw_topic(family)
    record = {
        **golden.load(topic)[0],
        "event_id": str(UUID(int=(FAMILIES.index(family) << 96) + 0x4000_8000_0000_0000_0000 + number)),
        "subject_id": f"subject-{number}",
    }
    return frame(latest(topic).id, encode_one(latest(topic), record))


def test_every_family_flows_and_what_was_done_is_committed(cluster: Cluster) -> None:
    cluster.start("worker-0")
    cluster.wait_ready("worker-0")
    for family, codec in zip(FAMILIES, cycle(CODECS), strict=False):
        values = [event(family, n) for n in range(20)]
        cluster.send(raw_topic(family), [*values, values[0], values[1], b"\x00noise"], codec)
    cluster.wait_committed([raw_topic(family) for family in FAMILIES])
    assert cluster.coordinates() == {
        (raw_topic(family), offset % PARTITIONS, offset // PARTITIONS): 1 for family in FAMILIES for offset in range(23)
    }
    for family in FAMILIES:
        assert cluster.read(accepted_topic(family))["event_id"].n_unique() == 20
    assert cluster.read("duplicates").height == 2 * len(FAMILIES)
    assert cluster.read("rejected").height == len(FAMILIES)
    process = cluster.processes[0]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert read_json(cluster.home / "run" / "worker-0.json") is None


def test_a_worker_killed_under_load_loses_nothing_and_accepts_nothing_twice(cluster: Cluster) -> None:
    cluster.start("worker-0")
    cluster.wait_ready("worker-0")
    count = 8_000
    values = [event("service", n % (count // 2)) for n in range(count)]  # the second half repeats the first
    for part in range(8):
        cluster.send("raw.service", values[part * count // 8 : (part + 1) * count // 8])
        if part in (2, 5):
            cluster.processes[-1].kill()
            cluster.processes[-1].wait(10)
            cluster.start(f"worker-{part}")
    cluster.wait_committed(["raw.service"])
    coordinates = cluster.coordinates()
    assert set(coordinates) == {("raw.service", n % PARTITIONS, n // PARTITIONS) for n in range(count)}
    accepted = cluster.read("accepted.service").unique(["source_partition", "source_offset"])
    assert accepted.height == accepted["event_id"].n_unique() == count // 2
    assert cluster.read("rejected").height == 0


def assignments(cluster: Cluster) -> list[set[tuple[str, int]]]:
    """What each member of the group holds, as the broker knows it."""
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    group = admin.describe_consumer_groups([GROUP])[GROUP].result(20)
    return [{(p.topic, p.partition) for p in member.assignment.topic_partitions} for member in group.members]


def test_two_workers_share_the_partitions(cluster: Cluster) -> None:
    """Not so when both join under one (empty) static name: then each takes the other's place, again and again."""
    for name in ("worker-0", "worker-1"):
        cluster.start(name)
        cluster.wait_ready(name)
    every = {(raw_topic(family), partition) for family in FAMILIES for partition in range(PARTITIONS)}
    deadline = time.monotonic() + 60
    while not (len(held := assignments(cluster)) == 2 and all(held) and held[0] | held[1] == every):
        assert time.monotonic() < deadline, held
        time.sleep(0.3)
    assert not held[0] & held[1]
    values = [event("service", n) for n in range(2_000)]
    for part in range(10):
        cluster.send("raw.service", values[part * 200 : (part + 1) * 200])
        time.sleep(0.1)
    cluster.wait_committed(["raw.service"])
    assert cluster.coordinates() == {("raw.service", n % PARTITIONS, n // PARTITIONS): 1 for n in range(2_000)}
    assert all(process.poll() is None for process in cluster.processes), cluster.logs()


def test_fausts_own_command_runs_the_same_worker(cluster: Cluster) -> None:
    cluster.start("by-faust", "faust", "-A", "streams.app", "worker")
    cluster.wait_ready("by-faust")
    cluster.send("raw.capacity", [event("capacity", n) for n in range(4)])
    cluster.wait_committed(["raw.capacity"])
    assert cluster.read("accepted.capacity").height == 4


def test_a_family_that_was_idle_until_its_log_of_ids_was_gone(cluster: Cluster) -> None:
    """More ids than a message may hold stand in the outcomes alone: the next records of the log must take them all."""
    schema = latest("accepted.service")
    blank = {"string": "", "array": [], "boolean": False, "bytes": b""}
    empty = {name: None if node.nullable else blank.get(node.kind, 0) for name, node in plan(schema)}
    own = {**empty, "source_topic": "raw.service", "source_partition": 0, "received_at": int(time.time() * 1000)}
    producer = Producer({"bootstrap.servers": cluster.bootstrap})
    for offset in range(110_000):
        value = encode_one(schema, {**own, "event_id": str(UUID(int=offset)), "source_offset": offset})
        producer.produce("accepted.service", frame(schema.id, value), partition=0)
        producer.poll(0)
    producer.flush()
    cluster.start("worker-0")
    cluster.wait_ready("worker-0")
    cluster.send("raw.service", [event("service", 0)])
    cluster.wait_committed(["raw.service"], 30)
    assert cluster.ends(WINDOW_TOPIC)[0] == 4


def test_a_killed_worker_with_an_instance_gets_its_partitions_back_before_its_session_ends(cluster: Cluster) -> None:
    """In a group of its own: its worker stays a member for a minute, and the next test would wait for it."""
    command = ("helsepuls", "worker", "--home", str(cluster.home), "--name", "worker-0", "--instance", "worker-0")
    cluster.session_seconds = 60
    cluster.group = "helsepuls-worker-with-an-instance"
    first = cluster.start("worker-0", *command)
    cluster.wait_ready("worker-0")
    cluster.send("raw.capacity", [event("capacity", n) for n in range(4)])
    cluster.wait_committed(["raw.capacity"])
    first.kill()
    first.wait(10)
    (cluster.home / "run" / "worker-0.json").unlink()
    killed = time.monotonic()
    cluster.start("worker-0", *command)
    cluster.send("raw.capacity", [event("capacity", n) for n in range(4, 8)])
    cluster.wait_committed(["raw.capacity"], 50)
    assert time.monotonic() - killed < 50, "as long as that the broker waits for a member that is silent"
    assert cluster.read("accepted.capacity").height == 8


@pytest.mark.parametrize("codec", ["lz4", "gzip"])
def test_bytes_behind_a_compressed_batch_stop_no_worker(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    """The broker takes it: Java's client reads as many records as there are, and does not look behind them."""
    pack = getattr(default_records, f"{codec}_encode")
    monkeypatch.setattr(default_records, f"{codec}_encode", lambda octets: bytes(pack(octets)) + b"rubbish-rubbish")
    monkeypatch.setattr(message_accumulator, "DefaultRecordBatchBuilder", default_records._DefaultRecordBatchBuilderPy)

    async def send(value: bytes) -> None:
        async with AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, compression_type=codec) as producer:
            await producer.send_and_wait("raw.service", value, partition=0)

    asyncio.run(send(event("service", 0)))
    worker = cluster.start("worker-0")
    cluster.wait_ready("worker-0")
    cluster.wait_committed(["raw.service"], 30)
    assert worker.poll() is None
    assert cluster.read("accepted.service")["source_offset"].to_list() == [0]


def test_the_mark_of_a_transaction_is_nothing_that_waits(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes an offset behind the last event. A worker goes on, and tells of no lag."""
    monkeypatch.setenv("HELSEPULS_STREAM_STUCK_SECONDS", "5")
    monkeypatch.setenv("HELSEPULS_STREAM_DELIVERY_SECONDS", "4")
    sender = Producer({"bootstrap.servers": cluster.bootstrap, "transactional.id": "vendor"})
    sender.init_transactions(20)
    sender.begin_transaction()
    for number in range(3):
        sender.produce("raw.service", event("service", number), partition=0)
    sender.commit_transaction(20)
    worker = cluster.start("worker-0")
    cluster.wait_ready("worker-0")
    deadline = time.monotonic() + 30
    while cluster.read("accepted.service").height < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(8)
