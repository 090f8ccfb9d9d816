"""Settings of the sink."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runtime.settings import Settings
from schemas.types import Purpose


class SinkSettings(Settings):
    """When a partition's messages become one insert, and what happens when the warehouse is away.

    Latency too high at low rates: lower `flush_seconds`. Many small parts or a busy disk: raise it. The sink falls
    behind (`helsepuls_sink_lag_messages` grows while `helsepuls_sink_insert_seconds` is steady): raise `flush_rows`,
    or start a second sink in the same group against a server. Too much memory while inserts have to wait: lower
    `flush_rows` and `flush_bytes`; about two inserts of each partition are held then.
    """

    section: ClassVar[str] = "sink"

    group: str = Field(default="helsepuls-sink", min_length=1, description="Kafka consumer group")
    instance: str = Field(
        default="",
        description="Static member id in the group: a restarted sink takes its partitions back at once. "
        "An embedded warehouse has one of its own; sinks that share a group need different ones",
    )
    flush_rows: int = Field(default=50_000, ge=1, le=1_000_000, description="Rows of one insert at most")
    flush_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        description="Bytes of messages of one insert, about; at most one message more",
    )
    flush_seconds: float = Field(
        default=0.7, gt=0, le=60, description="Least time between two inserts into a table, unless there is much"
    )
    insert_seconds: float = Field(
        default=60,
        ge=1,
        le=60,
        description="Longest time of one insert on a server. Kafka takes a sink for dead that is away for 300 s "
        "(max.poll.interval.ms): half a minute of inserts, then a last block that takes two (it has unreadable "
        "messages), each sent twice by the client, is 270 s",
    )
    retry_seconds: float = Field(
        default=0.5, gt=0, description="Wait before an insert is offered again, doubled each time"
    )
    retry_limit_seconds: float = Field(default=30, gt=0, description="Longest such wait")
    revoke_seconds: float = Field(
        default=10, gt=0, le=30, description="Time to flush and commit when partitions are taken away or the sink ends"
    )


class EndpointSettings(Settings):
    """The read-only SQL endpoint over an embedded warehouse."""

    section: ClassVar[str] = "sql"

    host: str = Field(default="127.0.0.1", description="Address to listen on; it has no log-in: keep it on the machine")
    port: int = Field(
        default=0, ge=0, le=65535, description="Port to listen on; 0: the last time's if it is free, else any"
    )
    query_seconds: float = Field(
        default=60,
        gt=0,
        description="Longest run time of one query; `helsepuls sql` waits 15 seconds longer for its answer, also for a "
        "server's",
    )
    query_memory_mb: int = Field(default=1024, ge=16, description="Memory of one query")
    result_rows: int = Field(default=10_000_000, ge=1, description="Rows of one answer")
    concurrent: int = Field(default=4, ge=1, le=64, description="Queries that run at the same time; more wait")
    purposes_off: list[Purpose] = Field(
        default=[],
        description="Purposes that are switched off (npr, kpr, beredskap): relations that serve one are not readable. "
        "Nothing is deleted, and the others are not touched",
    )

    @field_validator("purposes_off", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """From the environment it comes as text with commas."""
        return value.split(",") if isinstance(value, str) and value else value or []


class CloseSettings(Settings):
    """The daily close: when the day before is kept as it stands."""

    section: ClassVar[str] = "close"

    at: time = Field(default=time(6), description="Norwegian time of day (HH:MM) at which the day before is closed")
    wait_seconds: float = Field(
        default=600,
        ge=0,
        description="Longest time that the close waits for outcomes that are in Kafka and not stored yet",
    )
