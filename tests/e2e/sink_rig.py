"""The product's topics on a real Kafka, and the warehouse processes that a test starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from outcomes import accepted, message

from runtime.home import read_json

PARTITIONS = 2


class Rig:
    """A broker with the product's topics, and the warehouse processes a test starts."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.group = f"sink-{uuid.uuid4().hex[:8]}"  # a killed member stays in its group for a while
        self.log = home / "warehouse.log"
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "HELSEPULS_SINK_GROUP": self.group,
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

    def wait(
        self, condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, seconds: float = 60
    ) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert process is None or process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.05)

    def ask(self, query: str) -> Any:
        """One value, through the endpoint."""
        facts = self.facts()
        assert facts
        answer = requests.post(facts["url"], params={"default_format": "JSONCompact"}, data=query, timeout=30)
        assert answer.ok, answer.text
        return answer.json()["data"][0][0]

    def committed(self, topic: str, partition: int = 0) -> TopicPartition:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})
        try:
            return consumer.committed([TopicPartition(topic, partition)], timeout=20)[0]
        finally:
            consumer.close()

    def end(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(30)


def rigged(bootstrap: str, home: Path) -> Iterator[Rig]:
    found = Rig(bootstrap, home)
    yield found
    for process in found.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def events(topic: str, count: int, first: int = 0) -> list[bytes | None]:
    family = topic.partition(".")[2]
    return [message(topic, accepted(family, offset)) for offset in range(first, first + count)]
