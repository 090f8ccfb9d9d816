"""Settings of a worker."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from runtime.settings import Settings

BROKER_LEAST_SESSION_SECONDS = 6.0


class StreamSettings(Settings):
    """How a worker joins the group, how much it takes at a time and when it gives up."""

    section: ClassVar[str] = "stream"

    name: str = Field(default="worker-0", description="Name of this worker in logs, metrics and the home's run folder")
    metrics_port: int = Field(
        default=0, ge=0, description="Port of /metrics on the loopback address; 0 takes a free one"
    )
    group: str = Field(default="helsepuls-worker", description="Consumer group; Norsk Helsenett's form is cg.<name>.0")
    instance: str | None = Field(
        default=None,
        description="Static membership: a name of this worker's own; a restart then takes its partitions back at once. "
        "The local stack gives its workers their names",
    )
    max_batch_events: int = Field(
        default=30_000, ge=1, description="Events judged at a time, over partitions of a topic"
    )
    window_days: float = Field(
        default=7.0,
        gt=0,
        le=7,  # as long as `internal.window` is kept (deploy/topics.yaml), but for a day
        description="How long an accepted event id is remembered, log time; at most 7",
    )
    session_timeout_seconds: float = Field(
        default=10.0,
        ge=BROKER_LEAST_SESSION_SECONDS,
        description="The group takes partitions from a worker that is silent for so long (brokers refuse less than 6)",
    )
    commit_seconds: float = Field(
        default=0.5, gt=0, description="How often offsets are committed; below half of stuck_seconds"
    )
    delivery_seconds: float = Field(
        default=60.0, gt=0, description="Outcomes not acknowledged by the broker within this time end the worker"
    )
    stuck_seconds: float = Field(
        default=90.0,
        gt=0,
        description="A worker ends itself when a partition has messages waiting and is committed no further "
        "for so long; more than its turn takes while all have a backlog",
    )
    assign_seconds: float = Field(
        default=120.0, gt=0, description="A worker that was never given an assignment for so long ends itself"
    )
    breaker_share: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Share of refused events, of a topic's last ones, from which the breaker opens",
    )
    breaker_events: int = Field(
        default=1_000,
        ge=1,
        description="How many of a topic's last events the breaker judges by, in a worker, and at least",
    )
    breaker_reporters: int = Field(
        default=10,
        ge=1,
        description="Least reporters above the share: one bad sender never opens the breaker, a bad release does",
    )
    breaker: bool = Field(default=True, description="Whether the breaker may pause a topic")

    @model_validator(mode="after")
    def _times_fit(self) -> StreamSettings:
        if self.stuck_seconds <= self.delivery_seconds:
            raise ValueError("stuck_seconds must be greater than delivery_seconds")
        if self.commit_seconds >= self.stuck_seconds / 2:  # what is finished and not committed yet looks like waiting
            raise ValueError("commit_seconds must be below half of stuck_seconds: commit more often, or wait longer")
        return self
