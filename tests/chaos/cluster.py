"""Three brokers with three copies of everything, and a ClickHouse server behind a proxy: an installation in small."""

from __future__ import annotations

import subprocess
import sys
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from confluent_kafka.admin import AdminClient

from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.settings import TopicSettings
from deploy.topics import apply

from .proxy import Proxy
from .stage import PARTITIONS, Stage
from .waiting import until

BROKERS = 3
_PATIENCE = 180.0
_SERVER = Path(__file__).parents[1] / "e2e" / "writable_server.py"
_REPLICATED = {
    "min.insync.replicas": 2,
    "default.replication.factor": BROKERS,
    "offsets.topic.replication.factor": BROKERS,
    "transaction.state.log.replication.factor": BROKERS,
    "transaction.state.log.min.isr": 2,
    "share.coordinator.state.topic.replication.factor": BROKERS,
    "share.coordinator.state.topic.min.isr": 2,
}


@dataclass(frozen=True)
class Node(Broker):
    """One of several brokers; each is a voter of the quorum too."""

    number: int = 1
    voters: str = ""

    def values(self) -> dict[str, object]:
        return {
            **super().values(),
            "node.id": self.number,
            "controller.quorum.voters": self.voters,
            **_REPLICATED,
        }


@dataclass
class Cluster(Stage):
    """The stack's supervisor has the workers and the sink; brokers and server are ours to break and to start again."""

    nodes: list[Node] = field(default_factory=list)
    brokers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    """By number."""
    name = "cluster"

    def start(self) -> None:
        self.start_brokers(self.environment)
        apply(self._admin(), TopicSettings(partitions=PARTITIONS, replication_factor=BROKERS))
        self.server_port = choose()
        self.start_server()
        self.proxy = Proxy(self.server_port)
        address = f"clickhouse://127.0.0.1:{self.proxy.port}"
        self.settings = {
            **self.settings,
            "kafka": {"bootstrap.servers": self.bootstrap},
            "warehouse": {"dsn": address, "url": address},
        }
        super().start()

    def end(self) -> None:
        super().end()
        self.proxy.close()
        stop(self.server, 10)
        self.end_brokers()

    # --- brokers -----------------------------------------------------------------------------------------------

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes)

    def start_brokers(self, environment: Mapping[str, str]) -> None:
        """Returns when they have come together. `environment`: of theirs."""
        self.environment = environment
        ports = _ports(2 * BROKERS)
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        voters = ",".join(f"{n}@127.0.0.1:{ports[BROKERS + n - 1]}" for n in range(1, BROKERS + 1))
        self.nodes = [
            Node(self.home / f"kafka-{n}", ports[n - 1], ports[BROKERS + n - 1], 384, cluster, n, voters)
            for n in range(1, BROKERS + 1)
        ]
        for node in self.nodes:
            node.prepare()
            self.start_broker(node)
        self.until_joined()

    def end_brokers(self) -> None:
        for process in self.brokers.values():
            stop(process, 10)

    def start_broker(self, node: Node) -> None:
        log = self.home / "logs" / f"kafka-{node.number}.log"
        self.brokers[node.number] = spawn(node.command(), log, self.environment)

    def until_joined(self) -> None:
        """Returns when every broker is there and every partition has all its copies in sync."""
        until(self._whole, _PATIENCE, "the brokers do not come together", 0.5)

    def _whole(self) -> bool:
        if not all(node.ready() for node in self.nodes):
            return False
        found = self._admin().list_topics(timeout=10)
        partitions = [partition for topic in found.topics.values() for partition in topic.partitions.values()]
        return len(found.brokers) == BROKERS and all(len(p.isrs) == BROKERS and p.leader >= 0 for p in partitions)

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    # --- the server --------------------------------------------------------------------------------------------

    def start_server(self) -> None:
        command = [sys.executable, str(_SERVER), str(self.home / "engine"), str(self.server_port)]
        self.server = spawn(command, self.home / "logs" / "server.log")
        until(self._server_answers, _PATIENCE, "the ClickHouse server does not start")

    def _server_answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.server_port}/ping", timeout=5).ok
        except requests.RequestException:
            return False


def _ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        found.append(choose(found))
    return found
