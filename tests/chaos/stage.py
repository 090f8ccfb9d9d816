"""What a round is played on: a running stack, and what can be asked of it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from deploy.local import lock
from deploy.local.control import down, up
from deploy.local.processes import Identity
from runtime.home import read_json, read_stack
from runtime.settings import KafkaSettings, WarehouseSettings, load
from runtime.warehouse import Reader
from schemas.types import FAMILIES, raw_topic

from .clock import Clock
from .waiting import until

PARTITIONS = 4
WORKERS = 2
RAW = [raw_topic(family) for family in FAMILIES]
_PATIENCE = 180.0
"""Seconds for something that takes a few on an idle machine."""

Place = tuple[str, int]
"""Topic and partition."""


@dataclass
class Stage:
    """A stack with two workers that the product's own supervisor keeps alive.

    `settings`: sections of helsepuls.toml. `environment`: of every process of the stack.
    """

    home: Path
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None
    """The wall clock of every process of the stack; None where it cannot be set."""

    name = "local"

    def start(self) -> None:
        """Starts the stack and waits until it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        lines: list[str] = []
        for section, values in self.settings.items():
            lines += [f"[{section}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items())]
        (self.home / "helsepuls.toml").write_text("\n".join(lines) + "\n", "utf-8")
        self.up()

    def up(self) -> None:
        """`helsepuls up`, also after the supervisor was killed."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            up(self.home, workers=WORKERS, with_registry=False, say=lambda _: None)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def end(self) -> None:
        down(self.home)

    def alive(self) -> bool:
        """Whether any process of the stack still runs."""
        recorded = read_json(self.home / "run" / "children.json") or {"children": []}
        return lock.held(self.home) or any(
            Identity(child["pid"], child["created"]).alive for child in recorded["children"]
        )

    # --- its processes -----------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        return read_stack(self.home)

    def pids(self, kind: str) -> list[int]:
        """Of the running kafka, warehouse or workers (of those: several)."""
        stack = self.facts()
        parts: Sequence[dict[str, Any]] = stack.get("workers", []) if kind == "workers" else [stack.get(kind) or {}]
        return [part["pid"] for part in parts if part.get("pid")]

    def running(self, kind: str) -> list[int]:
        """The same, waiting until there is one."""
        return until(lambda: self.pids(kind), _PATIENCE, f"no {kind} comes up")

    def ready(self) -> None:
        """Returns when the supervisor says that everything runs."""
        until(lambda: self.facts().get("state") == "ready", _PATIENCE, "the stack does not get ready again")

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    # --- what it holds -----------------------------------------------------------------------------------------

    @property
    def kafka(self) -> KafkaSettings:
        return load(KafkaSettings, self.home)

    def reader(self) -> Reader:
        """A new one: the warehouse may have come back at another place."""
        return Reader(load(WarehouseSettings, self.home))

    def ends(self, topics: Sequence[str]) -> dict[Place, int] | None:
        """The offset after the last record of every partition; None while the broker does not say."""
        consumer = Consumer({"bootstrap.servers": self.kafka.bootstrap, "group.id": "chaos", "log_level": 0})
        try:
            return {
                (topic, number): consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=5)[1]
                for topic in topics
                for number in range(PARTITIONS)
            }
        except KafkaException:
            return None
        finally:
            consumer.close()

    def audit(self, patience: float) -> dict[str, Any]:
        """`helsepuls audit --json`, as an operator runs it. For so many seconds it waits for what is still missing."""
        command = [sys.executable, "-m", "helsepuls", "audit", "--home", str(self.home), "--json"]
        command += ["--timeout", f"{patience:g}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"the audit ended with {done.returncode}: {done.stderr[-2000:]}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report
