"""Which processes make up a local stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from deploy import topics
from deploy.local import ports
from deploy.local.children import Kind, Spec
from deploy.local.kafka import Broker
from deploy.local.registry import Registry
from deploy.settings import StackSettings, TopicSettings
from runtime.home import read_json
from runtime.settings import KafkaSettings, load
from schemas import catalog
from schemas.registry import Registry as Client
from schemas.registry import fill


@dataclass(frozen=True)
class Plan:
    """The children in the order of their start, and the addresses that are known before they run."""

    specs: tuple[Spec, ...]
    bootstrap: str
    broker: Broker | None
    """None: an outside Kafka is configured, and none is started here."""
    registry: Registry | None
    metrics_port: int
    """Of the supervisor itself."""


def make(home: Path, settings: StackSettings, *, with_registry: bool) -> Plan:
    """The plan for this home. Chooses and records ports. Raises Fatal when settings are wrong.

    Call it where no stack runs and none has left a stack.json: its Kafka would pass for an outside one.
    """
    outside = load(KafkaSettings, home).config.get("bootstrap.servers")
    workers = [f"worker-{number}" for number in range(settings.workers)]
    served = ["supervisor", "warehouse", *workers]
    names = [f"{name}-metrics" for name in served]
    names += [] if outside else ["kafka", "kafka-controller"]
    names += ["registry"] if with_registry else []
    port = ports.assign(home, names)

    specs: list[Spec] = []
    broker = registry = None
    if not outside:
        broker = Broker(home / "kafka", port["kafka"], port["kafka-controller"], settings.kafka_heap_mb)
        specs.append(_kafka(broker, load(TopicSettings, home)))
    if with_registry:
        registry = Registry(port["registry"], settings.registry_heap_mb)
        specs.append(_registry(registry))
    after = tuple(spec.name for spec in specs)

    def python(kind: Kind, name: str, *program: str) -> Spec:
        command = [*program, "--home", str(home), "--metrics-port", str(port[f"{name}-metrics"])]
        return Spec(kind, name, lambda: command, lambda pid: announced(home, pid), after)

    specs.append(python("warehouse", "warehouse", *settings.warehouse_command))
    for name in workers:
        # A killed worker's partitions wait for its session to end, unless its successor joins under the same name.
        # Only where Kafka is ours: in an outside one another stack may have workers of these names.
        instance = ("--instance", name) if broker else ()
        specs.append(python("worker", name, *settings.worker_command, "--name", name, *instance))
    bootstrap = outside or (broker.bootstrap if broker else "")
    return Plan(tuple(specs), bootstrap, broker, registry, port["supervisor-metrics"])


def announced(home: Path, pid: int) -> dict[str, Any] | None:
    """What the process said of itself in `<home>/run/` when it became ready; None before. Found by pid, not by name."""
    for path in (home / "run").glob("*.json"):
        facts = read_json(path)
        if facts is not None and facts.get("pid") == pid:
            return facts
    return None


def _kafka(broker: Broker, settings: TopicSettings) -> Spec:
    def ready(pid: int) -> dict[str, Any] | None:  # noqa: ARG001 - a broker is asked at its port
        if not broker.ready():
            return None
        topics.apply(AdminClient({"bootstrap.servers": broker.bootstrap}), settings)
        return {"bootstrap": broker.bootstrap}

    return Spec(kind="kafka", name="kafka", command=broker.command, ready=ready, port=broker.port)


def _registry(registry: Registry) -> Spec:
    """It forgets everything when it ends: it is ready when it has been filled again, after every start."""

    def ready(pid: int) -> dict[str, Any] | None:  # noqa: ARG001 - a registry is asked at its port
        if not registry.ready():
            return None
        fill(Client(registry.url), catalog.released())
        return {"url": registry.url}

    return Spec(kind="registry", name="registry", command=registry.command, ready=ready, port=registry.port)
