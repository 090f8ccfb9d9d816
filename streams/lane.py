"""The way from Faust's agent to the processor, one lane per topic.

Whatever has arrived while one batch was read, of all partitions of the topic, becomes the next batch: with little
traffic batches are small and fast, with much they grow to where the columns pay. One batch is read while the one before
is judged and the one before that is delivered; a batch is acknowledged when it is delivered, so in order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from monitoring.metrics import BREAKER_OPEN
from runtime.logs import described
from schemas.errors import Retryable
from streams.pipeline.process import Reading
from streams.processor import BreakerOpen, Processor, Verdict
from streams.settings import StreamSettings
from streams.watchdog import Progress

logger = logging.getLogger(__name__)

T = TypeVar("T")

EXIT_FATAL = 71
_PACE = 0.5
"""Seconds between two batches of a topic that are not full: a batch has its price, however few events are in it."""
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 10.0
_BREAKER_WAIT = 5.0


@dataclass(frozen=True)
class Threads:
    """The worker's threads, shared by all lanes: each does one thing at a time."""

    reading: Executor
    judging: Executor
    delivering: Executor
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the lane that reads: what comes to the others meanwhile goes into their next batch."""


class Lane:
    """Holds Faust events of one topic until their outcomes are delivered, then acknowledges them, in order."""

    def __init__(
        self, topic: str, processor: Processor, settings: StreamSettings, threads: Threads, progress: Progress
    ) -> None:
        self.topic = topic
        self._processor = processor
        self._settings = settings
        self._threads = threads
        self._progress = progress
        self._waiting: list[Any] = []
        self._waiting_weight = 0
        self._rested = 0.0
        self._changed = asyncio.Condition()
        self._judgement: asyncio.Task[None] | None = None
        self._delivery: asyncio.Task[None] | None = None

    async def offer(self, event: Any) -> None:
        """Takes one Faust event (a list of records). Waits while two batches are waiting already: back-pressure."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting_weight < 2 * self._settings.max_batch_events)
            self._waiting.append(event)
            self._waiting_weight += event.value.weight
            self._changed.notify_all()

    async def run(self, app: Any) -> None:
        """Works until the process ends. Nothing may escape: an error that is not understood ends the process."""
        try:
            while True:
                await self._due()
                batch = await self._guarded(self._read(app))
                if self._judgement is not None:
                    await self._judgement
                if batch is not None:
                    self._judgement = asyncio.create_task(self._guarded(self._judge(app, *batch)))
                del batch  # thousands of objects: not to be let go of when the next batch waits
        finally:
            if self._judgement is not None:
                self._judgement.cancel()

    async def _guarded(self, step: Coroutine[Any, Any, T]) -> T:
        try:
            return await step
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # a panic of a native library is no Exception
            logger.critical("worker ends itself on %s: %s", self.topic, described(error), exc_info=error)
            os._exit(EXIT_FATAL)

    async def _due(self) -> None:
        """Returns when there are events, and the next batch is full or has rested."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._rested), self._changed:
                await self._changed.wait_for(lambda: self._waiting_weight >= self._settings.max_batch_events)

    async def _take(self) -> list[Any]:
        self._rested = asyncio.get_running_loop().time() + _PACE
        async with self._changed:
            taken: list[Any] = []
            weight = 0
            while self._waiting and (not taken or weight < self._settings.max_batch_events):
                event = self._waiting.pop(0)
                taken.append(event)
                weight += event.value.weight
            self._waiting_weight -= weight
            self._changed.notify_all()
            return taken

    async def _read(self, app: Any) -> tuple[list[Any], Reading] | None:
        """The next events, as far as they are still ours, and what they hold; None when none is."""
        events: list[Any] = []

        async def once() -> tuple[list[Any], Reading] | None:
            nonlocal events
            async with self._threads.turn:
                events = self._still_ours(app, events or await self._take())
                return (events, await self._in(self._threads.reading, self._records, events)) if events else None

        return await self._patiently(once)

    async def _judge(self, app: Any, events: list[Any], reading: Reading) -> None:
        """Judges them, and hands over to be delivered what is still ours of them."""

        async def once() -> Verdict | None:
            nonlocal events, reading
            while len(held := self._still_ours(app, events)) < len(events):
                events = held
                if events:
                    reading = await self._in(self._threads.reading, self._records, events)
            if not events:
                return None
            places = [(tp.topic, tp.partition) for tp in app.consumer.assignment()]
            generation = app.consumer_generation_id
            return await self._in(self._threads.judging, self._processor.judge, reading, places, generation)

        verdict = await self._patiently(once)
        BREAKER_OPEN.labels(self.topic).set(0)
        if self._delivery is not None:
            await self._delivery
        if verdict is not None:
            self._delivery = asyncio.create_task(self._guarded(self._deliver(events, verdict)))

    def _still_ours(self, app: Any, events: list[Any]) -> list[Any]:
        """Those whose partition is still held in the generation in which they were fetched."""
        assigned: Collection[Any] = app.consumer.assignment()
        generation = app.consumer_generation_id
        held = [e for e in events if e.message.generation_id == generation and e.message.tp in assigned]
        if len(held) < len(events):
            logger.info("records of a former generation are left to be fetched again", extra={"topic": self.topic})
        return held

    def _records(self, events: list[Any]) -> Reading:
        return self._processor.read(self.topic, [(event.message.tp.partition, event.value) for event in events])

    async def _patiently(self, once: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Its answer, when what it needs is there and no breaker holds it back."""
        wait = _FIRST_WAIT
        while True:
            try:
                answer = await once()
            except Retryable as error:
                logger.warning("%s waits: %s", self.topic, error)
                self._progress.waited = time.monotonic()
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            except BreakerOpen as error:
                logger.error("%s", error)
                BREAKER_OPEN.labels(self.topic).set(1)
                self._progress.held[self.topic] = time.monotonic()
                await asyncio.sleep(_BREAKER_WAIT)
            else:
                return answer

    async def _in(self, thread: Executor, step: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, step, *arguments)

    async def _deliver(self, events: list[Any], verdict: Verdict) -> None:
        """Acknowledges the events when all outcomes are delivered."""
        await self._in(self._threads.delivering, self._processor.deliver, verdict)
        for event in events:
            event.ack()
