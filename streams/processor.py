"""Takes batches of one topic from raw records to delivered outcomes. Knows nothing of Faust.

Three steps, each in a thread of its own, so that one batch is judged while the next is read and while the broker takes
the outcomes of the one before. Batches pass all in the same order. What is read depends on the records alone; after it,
the order within is what nothing lost rests on:

`judge`
1. brings the windows of the partitions up to date (what already has its outcome is known);
2. notes where the outcome topics stand;
3. judges the batch;
4. lets the windows learn, so that the next batch is judged rightly.

`deliver`
5. delivers the receipts and waits for the broker to have them: once an outcome is written, step 1 of the next owner
   skips its event, so a receipt that came after it could be lost in a crash;
6. delivers every outcome and waits for the broker to have them all;
7. sends the windows' log (its loss in a crash is made good by step 1 of the next owner).

Only then may the caller acknowledge the raw offsets. What was learned and cannot be delivered ends the process, and
what it knew with it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from monitoring import metrics
from schemas.errors import HelsepulsError
from schemas.types import RECEIPTS_TOPIC, WINDOW_TOPIC
from streams.breaker import Breaker
from streams.deliver import Deliverer
from streams.pipeline.process import Pipeline, Reading
from streams.records import Records, joined
from streams.settings import StreamSettings
from streams.types import Messages, Outcomes, RawBatch
from streams.window.reader import Place
from streams.window.windows import Windows

Fetched = tuple[int, Records]
"""Records of one partition behind its number."""


class BreakerOpen(HelsepulsError):  # noqa: N818  # as in schemas.errors
    """The batch is held back: it looks as if this release, not the senders, were at fault."""


@dataclass(frozen=True)
class Verdict:
    """A judged batch. `log`: the records of the windows' log that tell of it."""

    batch: RawBatch
    outcomes: Outcomes
    log: Messages


class Processor:
    """One per worker process. Each step is called by one thread at a time."""

    def __init__(self, settings: StreamSettings, pipeline: Pipeline, windows: Windows, deliverer: Deliverer) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._windows = windows
        self._deliverer = deliverer
        self._breakers: dict[str, Breaker] = {}

    def read(self, topic: str, fetched: Sequence[Fetched]) -> Reading:
        """What these records hold. Raises Retryable: try the same again later."""
        with timed("read"):
            return self._pipeline.read(raw_batch(topic, fetched))

    def judge(self, reading: Reading, held: Collection[Place], generation: int) -> Verdict:
        """What is to be delivered for these records. `held`: all raw partitions of this worker.

        Raises Retryable (try the same again later) or BreakerOpen (an operator must look): nothing has then happened.
        Raises Fatal (end the process).
        """
        batch = reading.batch
        topic = batch.topic
        with timed("restore"):
            self._windows.ensure(held, generation)
            self._windows.note_positions()
        with timed("judge"):
            outcomes = self._pipeline.judge(reading, lambda partition: self._windows.of(topic, partition))
        if self._breakers.setdefault(topic, Breaker(self._settings)).holds_back(outcomes.refusals):
            raise BreakerOpen(
                f"nearly every event of many reporters on {topic} would be rejected; this batch was not sent. "
                "Check rules, code lists and schemas of this release; with stream.breaker=false the worker goes on"
            )
        return Verdict(batch, outcomes, self._windows.learn(batch, outcomes.accepted_ids))

    def deliver(self, verdict: Verdict) -> None:
        """Returns when every record has its outcome in Kafka. Raises Fatal: then no offset may be acknowledged."""
        messages = dict(verdict.outcomes.messages)
        with timed("deliver"):
            receipts = messages.pop(RECEIPTS_TOPIC, None)
            self._deliverer.deliver({RECEIPTS_TOPIC: receipts} if receipts else {})
            self._deliverer.deliver(messages)
        self._deliverer.send({WINDOW_TOPIC: verdict.log})
        _count(verdict.batch, verdict.outcomes)


def raw_batch(topic: str, fetched: Sequence[Fetched]) -> RawBatch:
    """Records of one or more partitions; a partition that occurs twice goes on where it stopped."""
    records = joined([part for _, part in fetched])
    partitions = np.repeat([partition for partition, _ in fetched], [len(part) for _, part in fetched])
    return RawBatch(topic, partitions, records.offsets, records.timestamps, records.values)


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
