"""A broker, a home and the product's own processes, for measuring: started, watched from outside, ended."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.settings import TopicSettings
from deploy.topics import apply, declared
from runtime.home import read_json
from schemas.types import DUPLICATES_TOPIC, FAMILIES, REJECTED_TOPIC, accepted_topic, raw_topic

from .corpus import Events

RAW = tuple(map(raw_topic, FAMILIES))
OUTCOMES = (*map(accepted_topic, FAMILIES), REJECTED_TOPIC, DUPLICATES_TOPIC)


@dataclass
class Usage:
    """What a process took: CPU seconds, and the most memory it held (bytes)."""

    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Seen:
    """How many events were done at a moment, and the CPU seconds that somebody had taken for them."""

    at: float
    done: int
    cpu_seconds: float

    def rate_since(self, other: Seen) -> float:
        return (self.done - other.done) / (self.at - other.at)

    def cpu_us_since(self, other: Seen) -> float:
        """Microseconds an event."""
        return self._spent_since(other) / (self.done - other.done) * 1e6

    def cores_since(self, other: Seen) -> float:
        return self._spent_since(other) / (self.at - other.at)

    def _spent_since(self, other: Seen) -> float:
        return self.cpu_seconds - other.cpu_seconds


class Process:
    """A process of the product, with its log and what it says of itself."""

    def __init__(self, popen: subprocess.Popen[bytes], home: Path, name: str, log: Path) -> None:
        self.popen, self._home, self._name, self._log = popen, home, name, log
        self._seen = psutil.Process(popen.pid)

    def wait_ready(self, seconds: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (facts := read_json(self._home / "run" / f"{self._name}.json")) is None:
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._name} did not start:\n{self._log.read_text('utf-8')[-2000:]}")
            time.sleep(0.05)
        return facts

    def usage(self) -> Usage:
        """Of the process and its children until now."""
        family = [self._seen, *self._seen.children(recursive=True)]
        times = [process.cpu_times() for process in family]
        peak = sum(_peak(process.pid) for process in family)
        return Usage(sum(t.user + t.system for t in times), peak)

    def resident(self) -> int:
        """Bytes of memory it holds now."""
        return int(self._seen.memory_info().rss)

    def end(self) -> None:
        """Asks it to end; its readiness is forgotten."""
        stop(self.popen, 30)
        (self._home / "run" / f"{self._name}.json").unlink(missing_ok=True)


def _peak(pid: int) -> int:
    """The largest resident memory so far (VmHWM)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


@dataclass
class Rig:
    """One broker and one home. Topics are emptied between measurements."""

    folder: Path
    bootstrap: str
    partitions: int
    broker: subprocess.Popen[bytes]
    admin: AdminClient = field(init=False)

    def __post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap})

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def topics(self, partitions: int | None = None) -> None:
        """The product's topics, all empty, and no consumer group. Whatever was there is gone. `partitions`: from now on
        each topic has so many."""
        self.partitions = partitions or self.partitions
        existing = [name for name in self.admin.list_topics(timeout=20).topics if not name.startswith("__")]
        if existing:
            for future in self.admin.delete_topics(existing, operation_timeout=60).values():
                future.result(60)
        while any(not n.startswith("__") for n in self.admin.list_topics(timeout=20).topics):
            time.sleep(0.05)
        self.forget_groups()
        apply(self.admin, TopicSettings(partitions=self.partitions))

    def empty_outcomes(self) -> None:
        """Raw events stay, everything that came of them is gone: the next worker starts from nothing."""
        names = [topic.name for topic in declared() if topic.name not in RAW]
        for future in self.admin.delete_topics(names, operation_timeout=60).values():
            future.result(60)
        while set(names) & set(self.admin.list_topics(timeout=20).topics):
            time.sleep(0.05)
        self.forget_groups()
        apply(self.admin, TopicSettings(partitions=self.partitions))

    def forget_groups(self) -> None:
        """Deletes every consumer group, once its members have left or been given up by the broker."""
        deadline = time.monotonic() + 60
        while groups := [group.group_id for group in self.admin.list_consumer_groups().result(20).valid]:
            for future in self.admin.delete_consumer_groups(groups).values():
                if (error := future.exception(20)) and time.monotonic() > deadline:
                    raise error
            time.sleep(0.1)

    def fill(self, events: Iterable[Events], bootstrap: str | None = None) -> int:
        """Publishes events as senders do (by key, idempotent); the broker has them all when this returns."""
        producer = Producer(
            {
                "bootstrap.servers": bootstrap or self.bootstrap,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "enable.idempotence": True,
                "queue.buffering.max.messages": 1_000_000,
                "linger.ms": 20,
            }
        )
        count = 0
        for part in events:
            for start in range(0, len(part), 50_000):
                cut = part.cut(start, start + 50_000)
                batch = [{"key": key, "value": value} for key, value in zip(cut.keys, cut.values, strict=True)]
                while batch:
                    producer.produce_batch(part.topic, batch)
                    batch = [{"key": m["key"], "value": m["value"]} for m in batch if "_error" in m]
                    producer.poll(0.01 if batch else 0)
                count += len(cut)
        if producer.flush(120):
            raise RuntimeError("the broker did not take the events")
        return count

    def ends(self, topics: Sequence[str]) -> int:
        """The sum of the end offsets of topics: how many records were ever written to them."""
        deadline = time.monotonic() + 20
        while True:
            known = self.admin.list_topics(timeout=20).topics
            places = {TopicPartition(t, p): OffsetSpec.latest() for t in topics for p in known[t].partitions}
            found = self.admin.list_offsets(places).values()
            errors = [error for future in found if (error := future.exception(20))]
            if not errors:
                return sum(future.result().offset for future in found)
            if time.monotonic() > deadline:  # a new topic may have no leader for a moment
                raise errors[0]
            time.sleep(0.1)

    def committed(self, group: str, topics: Sequence[str]) -> int:
        """Records of topics that a group has committed."""
        answer = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
        return sum(max(0, place.offset) for place in answer.topic_partitions if place.topic in topics)

    def forget_warehouse(self) -> None:
        """The next warehouse starts with empty tables."""
        shutil.rmtree(self.home / "warehouse", ignore_errors=True)

    def start(self, name: str, *command: str, environment: Mapping[str, str] | None = None) -> Process:
        """A process of the product, `helsepuls <command>`; it reads this rig's home and broker."""
        log = self.folder / f"{name}.log"
        popen = spawn(
            [sys.executable, "-m", "helsepuls", *command, "--home", str(self.home)],
            log,
            {"HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap, **(environment or {})},
        )
        return Process(popen, self.home, name, log)

    def worker(self, name: str = "worker-0", **environment: str) -> Process:
        return self.start(name, "worker", "--name", name, environment=environment)

    def warehouse(self, **environment: str) -> Process:
        return self.start("warehouse", "warehouse", environment=environment)


@contextmanager
def rig(partitions: int, heap_mb: int = 1024) -> Iterator[Rig]:
    """A rig that ends and leaves nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="helsepuls-bench-"))
    port = choose()
    broker = Broker(folder / "kafka", port, choose({port}), heap_mb=heap_mb)
    broker.prepare()
    process = spawn(broker.command(), folder / "kafka.log")
    try:
        deadline = time.monotonic() + 120
        while not broker.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kafka did not start:\n{(folder / 'kafka.log').read_text('utf-8')[-2000:]}")
            time.sleep(0.1)
        (folder / "home").mkdir()
        yield Rig(folder, broker.bootstrap, partitions, process)
    finally:
        stop(process, 20)
        shutil.rmtree(folder, ignore_errors=True)


def run_json(command: Sequence[str], cwd: Path, seconds: float = 600) -> Any:
    """Runs a program that prints one JSON document as its last line."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, cwd=cwd, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"{command[1]} gave no result:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return json.loads(lines[-1])
