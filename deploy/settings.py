"""Settings of topics and of the local stack."""

from __future__ import annotations

import sys
from typing import ClassVar

from pydantic import Field

from runtime.settings import Settings


class TopicSettings(Settings):
    """What topics.yaml leaves to the cluster they are made in."""

    section: ClassVar[str] = "topics"

    partitions: int = Field(
        default=4, ge=1, le=1000, description="Partitions of every topic; at most as many workers share the load"
    )
    replication_factor: int = Field(
        default=-1, ge=-1, le=32, description="Copies of every partition; -1: the cluster's own default"
    )


class StackSettings(Settings):
    """The local stack that `helsepuls up` starts."""

    section: ClassVar[str] = "stack"

    worker_command: tuple[str, ...] = Field(
        default=(sys.executable, "-P", "-m", "helsepuls", "worker"),
        min_length=1,
        description="Program of a worker; --name, --home and --metrics-port are added, --instance where Kafka is ours",
    )
    warehouse_command: tuple[str, ...] = Field(
        default=(sys.executable, "-P", "-m", "helsepuls", "warehouse"),
        min_length=1,
        description="Program of the warehouse; --home and --metrics-port are added",
    )
    workers: int = Field(default=1, ge=1, le=64, description="Worker processes")
    kafka_heap_mb: int = Field(default=512, ge=256, description="Java heap of the local Kafka, megabytes")
    registry_heap_mb: int = Field(default=256, ge=128, description="Java heap of the local schema registry, megabytes")
    start_seconds: float = Field(default=120, gt=0, description="How long `up` waits until everything is ready")
    stop_seconds: float = Field(
        default=30, gt=0, description="How long `down` gives the processes together to end cleanly before it kills them"
    )
    restart_seconds: float = Field(
        default=0.5, gt=0, description="First pause before a process that died is started again; doubles each time"
    )
    restart_seconds_max: float = Field(default=30, gt=0, description="Longest such pause")
    log_mb: int = Field(
        default=50, ge=1, description="Size at which a log file is cut; the part before it is kept once"
    )
