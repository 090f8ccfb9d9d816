"""A real single-node Apache Kafka (KRaft) of our own: its files, its settings, its command.

Nothing here starts or watches a process: `processes.py` does, for the supervisor and for the tests alike.
"""

from __future__ import annotations

import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local.artifacts import fetch, read_pins
from deploy.local.java import JAVA
from schemas.errors import Fatal

_FOLDER = Path(__file__).parent
_FORMAT_SECONDS = 60.0


def _property(value: str) -> str:
    """As a properties file of Java's has it: read as ISO-8859-1, with escapes for what is not ASCII."""
    units = memoryview(value.encode("utf-16", "surrogatepass")).cast("H")[1:]  # behind the byte order mark
    return "".join(chr(unit) if 32 <= unit < 127 and unit != ord("\\") else f"\\u{unit:04x}" for unit in units)


def program() -> list[Path]:
    """The class path; downloaded the first time. Raises Fatal when it cannot be had."""
    return fetch(read_pins(_FOLDER / "kafka.jars.json"))


@dataclass(frozen=True)
class Broker:
    """Where one broker lives and how much it may use."""

    folder: Path
    port: int
    controller_port: int
    heap_mb: int = 512
    cluster: str = field(default_factory=lambda: urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    """The id that its storage is formatted with; brokers of one cluster share it."""

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    def prepare(self) -> None:
        """Writes the settings and, the first time, formats the storage. Data that is there stays.

        Raises Fatal when the jars cannot be had, the storage cannot be formatted, or its path is none for Kafka.
        """
        if "," in str(self.data):  # a list of folders, to Kafka
            raise Fatal(f"Kafka cannot keep its data in {self.data}: a comma parts folders there; name another --home")
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={_property(str(value))}\n" for name, value in self.values().items()]
        self.properties.write_text("".join(lines), "ascii")
        if not (self.data / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        """Starts the broker in the foreground, its log on standard output. Raises Fatal when the jars cannot be had."""
        return [*self._java(f"-Xmx{self.heap_mb}m", "-Xms128m"), "kafka.Kafka", str(self.properties)]

    def ready(self) -> bool:
        """Whether the broker answers a request for its metadata."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                pass
        except OSError:
            return False
        client = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return len(client.list_topics(timeout=2).brokers) > 0
        except KafkaException:
            return False

    def values(self) -> dict[str, object]:
        """One broker for one machine: small, no replicas, nothing created by itself, consumer groups without delay."""
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.data,
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "offsets.retention.minutes": 30 * 24 * 60,  # as long as events are kept: a stack may be down for a while
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 4,
            # After a kill the controller refuses the broker until the session of its former self has ended (9 s).
            "broker.session.timeout.ms": 5000,
            "broker.heartbeat.interval.ms": 500,
            # The first entry of an index lets the kernel fill the whole file with zeros: of its 10 MB, 2 ms, for both
            # indexes of every partition. This is enough for segments of a third of a gigabyte.
            "log.index.size.max.bytes": 1024 * 1024,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "num.recovery.threads.per.data.dir": 2,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,  # its default takes 128 MB of the heap
        }

    def _java(self, *options: str) -> list[str]:
        return [
            *JAVA,
            *options,
            "-XX:+UseG1GC",
            "-XX:+ExitOnOutOfMemoryError",
            "--sun-misc-unsafe-memory-access=allow",  # Kafka 4.1 uses it to unmap files; Java 25 warns of each use
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={_FOLDER / 'kafka.log4j2.yaml'}",
            "-cp",
            ":".join(str(jar) for jar in program()),
        ]

    def _format(self) -> None:
        command = [
            *self._java("-Xmx128m", "-XX:TieredStopAtLevel=1"),
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={self.cluster}",
            f"--config={self.properties}",
            "--ignore-formatted",
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_FORMAT_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Fatal(f"Kafka's storage in {self.data} could not be formatted: {error}") from None
        if done.returncode:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise Fatal(f"Kafka's storage in {self.data} could not be formatted: {lines[-1] if lines else 'no reason'}")
