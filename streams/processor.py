"""Takes batches of one topic from raw records to delivered outcomes. Runs in one thread; knows nothing of Faust.

The order is what nothing lost rests on:
1. bring the windows of the partitions up to date (what already has its outcome is known);
2. note where the outcome topics stand;
3. judge the batch;
4. deliver the receipts and wait for the broker to have them: once an outcome is written, step 1 of the next owner
   skips its event, so a receipt that came after it could be lost in a crash;
5. deliver every outcome and wait for the broker to have them all;
6. let the windows learn, and send their log (its loss in a crash is made good by step 1 of the next owner);
7. only now may the caller acknowledge the raw offsets.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np

from monitoring import metrics
from schemas.errors import HelsepulsError
from schemas.types import RECEIPTS_TOPIC, WINDOW_TOPIC
from streams.breaker import is_bad_release
from streams.deliver import Deliverer
from streams.pipeline.process import Pipeline
from streams.settings import StreamSettings
from streams.types import Outcomes, RawBatch
from streams.window.reader import Place
from streams.window.windows import Windows


class Record(Protocol):
    """What is used of a fetched Kafka record."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None


class BreakerOpen(HelsepulsError):  # noqa: N818  # as in schemas.errors
    """The batch is held back: it looks as if this release, not the senders, were at fault."""


class Processor:
    """One per worker process."""

    def __init__(self, settings: StreamSettings, pipeline: Pipeline, windows: Windows, deliverer: Deliverer) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._windows = windows
        self._deliverer = deliverer

    def process(self, topic: str, records: Sequence[Record], held: Collection[Place], generation: int) -> None:
        """Returns when every record has its outcome in Kafka. `held`: all raw partitions of this worker.

        Raises Retryable (try the same again later), BreakerOpen (an operator must look), Fatal (end the process); in
        all three cases no offset may be acknowledged.
        """
        batch = raw_batch(topic, records)
        with timed("restore"):
            self._windows.ensure(held, generation)
            self._windows.note_positions()
        with timed("judge"):
            outcomes = self._pipeline.process(batch, lambda partition: self._windows.of(topic, partition))
        if is_bad_release(self._settings, outcomes.judged, outcomes.refusals_by_reporter):
            raise BreakerOpen(
                f"nearly every event of {len(outcomes.refusals_by_reporter)} reporters on {topic} would be rejected; "
                "nothing was sent. Check rules, code lists and schemas of this release; "
                "with stream.breaker=false the worker goes on"
            )
        with timed("deliver"):
            receipts = outcomes.messages.pop(RECEIPTS_TOPIC, None)
            self._deliverer.deliver({RECEIPTS_TOPIC: receipts} if receipts else {})
            self._deliverer.deliver(outcomes.messages)
        self._deliverer.send({WINDOW_TOPIC: self._windows.learn(batch, outcomes.accepted_ids)})
        _count(batch, outcomes)


def raw_batch(topic: str, records: Sequence[Record]) -> RawBatch:
    """Records of one or more partitions, ascending within each."""
    return RawBatch(
        topic,
        np.array([record.partition for record in records], dtype=np.int64),
        np.array([record.offset for record in records], dtype=np.int64),
        np.array([record.timestamp for record in records], dtype=np.int64),
        [record.value for record in records],
    )


class timed:  # noqa: N801  # reads as a statement
    """Observes the time of a step."""

    def __init__(self, step: str) -> None:
        self._histogram = metrics.STEP_SECONDS.labels(step)

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._histogram.observe(time.perf_counter() - self._started)


def _count(batch: RawBatch, outcomes: Outcomes) -> None:
    metrics.BATCH_EVENTS.observe(len(batch))
    for outcome, count in outcomes.counts.items():
        if outcome == "replayed":
            metrics.REPLAYED.labels(batch.family).inc(count)
        else:
            metrics.EVENTS.labels(batch.family, outcome).inc(count)
    for (code, severity), count in outcomes.rule_hits.items():
        metrics.RULE_HITS.labels(batch.family, code, severity).inc(count)
    now = time.time()
    ages = now - batch.timestamps / 1000
    metrics.LAG_SECONDS.labels(batch.topic).set(float(ages.min()))
    metrics.LAST_PROGRESS.set(now)
    histogram = metrics.END_TO_END_SECONDS.labels(batch.family)
    for age in np.unique(ages.round(3)).tolist():
        histogram.observe(age)
