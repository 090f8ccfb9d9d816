"""Reads the outcome topics and stores them: the one loop of the sink.

The order, for the partitions whose next block is due:

1. commit each block's range beside the unchanged offset (its intent), with the name of the blocks it goes with;
2. insert the blocks of a topic together, under a token made of all their ranges;
3. commit the offsets after the stored blocks.

A crash before 2 loses nothing, since no offset moved. A crash between 2 and 3 leaves the intents: whoever reads the
partitions next re-forms exactly those blocks, and the engine knows their token. A crash during 2 is either of the two.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any, Final, Protocol

from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition

from monitoring import metrics
from schemas.errors import Retryable
from sinks.block import Block, Buffer, Intent, Limits, group_of
from sinks.decode import Rows, rows
from sinks.kafka import judge
from sinks.settings import SinkSettings
from sinks.tables import TABLES

log = logging.getLogger(__name__)

_FETCH: Final = 10_000
"""Messages taken from librdkafka at once."""
_POLL_SECONDS: Final = 0.1
_LEAST_SECONDS: Final = 0.005
"""A block may have to wait for the others that it goes with: not without a pause."""
_ROUND_SECONDS: Final = 30.0
"""Inserts of one round; what is left waits for the next, so that the group hears of us (`SinkSettings.insert_seconds`
says how long the last one may take)."""
_TOPICS: Final = 3
"""Of one round. Its blocks are settled at its beginning: with many topics the last would be old by its turn. A round
has the price of two commits."""
_GROUP_SECONDS: Final = 60.0
"""A block waits so long for the others of its insert: one of their partitions may be without a leader."""
_COMMITTED_SECONDS: Final = 30.0
_LAG_EVERY_SECONDS: Final = 1.0


Parcel = list[tuple[Buffer, Block]]
"""Blocks of one topic that go into one insert, each with the buffer it comes from."""


class Stores(Protocol):
    """`sinks.writer.Writer`, as the loop uses it."""

    def write(self, blocks: Sequence[Block], found: Rows) -> int: ...


class Sink:
    """The loop, over a confluent-kafka Consumer. For one thread; `run` ends when `stopping` says so."""

    def __init__(
        self, consumer: Any, writer: Stores, settings: SinkSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._consumer = consumer
        self._writer = writer
        self._settings = settings
        self._limits = Limits(settings.flush_rows, settings.flush_bytes)
        self._clock = clock
        self._decoder = ThreadPoolExecutor(1, "decode")
        self._buffers: dict[tuple[str, int], Buffer] = {}
        self._rested: dict[str, float] = {}
        """By topic: clock reading before which no insert follows the last one, unless a block is full."""
        self._lag_due = 0.0
        self.lag_seconds = 0.0
        """Age of the oldest message that is here and not stored, when it was last told. Other threads may look."""

    def run(self, stopping: Callable[[], bool], between: Callable[[], None] = lambda: None) -> None:
        """Stores messages until `stopping`, then what is left, and leaves the group. `between` is called after every
        turn, when nothing is being stored.

        Raises Fatal when going on cannot help: an offset outside the log, no rights, data or tables that do not fit.
        Then nothing more is stored or committed.
        """
        self._tell_partitions()
        self._consumer.subscribe(list(TABLES), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        try:
            while not stopping():
                self.step()
                between()
            self._store_all(self._buffers.values())
        finally:
            self._decoder.shutdown()
            self._buffers.clear()  # closing takes the partitions away: nothing is to be stored for that
            self._consumer.close()

    def step(self) -> None:
        """One turn: take what has come, store what is due."""
        self._take(self._consumer.consume(_FETCH, timeout=self._patience()))
        now = self._clock()
        if due := [buffer for buffer in self._buffers.values() if self._due_at(buffer) <= now]:
            self._store(due, now + _ROUND_SECONDS)
        self._regulate()
        if now >= self._lag_due:
            self._lag_due = now + _LAG_EVERY_SECONDS
            self._tell_lag()

    def has(self, topic: str, partition: int) -> bool:
        """Whether the partition is this sink's, as far as it knows."""
        return (topic, partition) in self._buffers

    def has_stored_until(self, when: datetime) -> bool:
        """Whether every message of before that time is stored, as far as the brokers have told: in this sink's own
        partitions, of others it knows nothing."""
        until_ms = when.timestamp() * 1000
        return bool(self._buffers) and all(self._is_past(buffer, until_ms) for buffer in self._buffers.values())

    def _is_past(self, buffer: Buffer, until_ms: float) -> bool:
        if buffer.times:
            return bool(buffer.times[0] >= until_ms)
        low, high = self._consumer.get_watermark_offsets(TopicPartition(buffer.topic, buffer.partition), cached=True)
        start = low if buffer.position is None else buffer.position
        return bool(0 <= high <= start)

    # --- taking ------------------------------------------------------------------------------------------------

    def _patience(self) -> float:
        """How long to wait for messages: not beyond the time at which the next block is due."""
        due = min(map(self._due_at, self._buffers.values()), default=math.inf)
        return min(max(due - self._clock(), _LEAST_SECONDS), _POLL_SECONDS)

    def _due_at(self, buffer: Buffer) -> float:
        return buffer.due_at(self._limits, self._rested.get(buffer.topic, 0.0))

    def _take(self, messages: Sequence[Any]) -> None:
        """Appends messages to their buffers, all of a partition that come one behind the other at once."""
        now = self._clock()
        if failed := [message for message in messages if message.error()]:
            for message in failed:
                judge(message.error(), message.topic(), message.partition(), self._settings.group)
            messages = [message for message in messages if not message.error()]
        start = 0
        for place, run in groupby([(message.topic(), message.partition()) for message in messages]):
            held = messages[start : start + len(list(run))]
            start += len(held)
            buffer = self._buffers.get(place)
            if buffer:  # else the partition was taken away in this very call: its next reader has the messages
                times = [message.timestamp()[1] for message in held]
                buffer.extend([message.offset() for message in held], [message.value() for message in held], times, now)

    def _regulate(self) -> None:
        """Fetches nothing for buffers that have enough: Kafka keeps it better than memory does."""
        for buffer in self._buffers.values():
            if (enough := buffer.has_enough(self._limits)) is not buffer.paused:
                buffer.paused = enough
                fetch = self._consumer.pause if enough else self._consumer.resume
                fetch([TopicPartition(buffer.topic, buffer.partition)])

    # --- storing -----------------------------------------------------------------------------------------------

    def _store(self, buffers: Iterable[Buffer], until: float, *, last: bool = False) -> None:
        """Stores one block of each buffer, those of a topic together, of the few topics that have waited longest. After
        a failure the rest waits for the next turn. `last`: there will be no other turn for these buffers."""
        stored = []
        for parcel, found in self._decoded(self._intend(self._parcels(buffers, last=last))):
            if self._clock() >= until:
                break
            blocks = [block for _, block in parcel]
            self._rest(blocks[0].topic)
            try:
                self._writer.write(blocks, found)
            except Retryable as error:
                for buffer, _ in parcel:
                    self._hold(buffer, error)
                break
            for buffer, block in parcel:
                self._kept(buffer, block)
                stored.append(buffer)
        self._commit([(buffer, "") for buffer in stored])

    def _decoded(self, parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, Rows]]:
        """Each parcel with its rows. The next one is decoded while the caller stores this one."""
        ahead: Future[Rows] | None = None
        for parcel, following in zip_longest(parcels, parcels[1:]):
            found = (ahead or self._decode(parcel)).result()
            ahead = self._decode(following) if following else None
            yield parcel, found

    def _decode(self, parcel: Parcel) -> Future[Rows]:
        return self._decoder.submit(rows, [block for _, block in parcel])

    def _parcels(self, buffers: Iterable[Buffer], *, last: bool) -> list[Parcel]:
        """What goes into one insert each, of few topics. Blocks that may be stored already go as they went then, or
        alone when not all of them are ours any more or one does not come: readers find a row that is stored twice once.
        """
        turn = sorted(buffers, key=lambda buffer: buffer.since)
        ready = {(buffer.topic, buffer.partition) for buffer in turn}
        parcels: list[Parcel] = []
        forming: dict[str, Parcel] = {}
        done: set[tuple[str, int]] = set()
        for buffer in turn:
            if (buffer.topic, buffer.partition) in done:
                continue
            topics = {parcel[0][0].topic for parcel in parcels}
            if len(topics) == _TOPICS and buffer.topic not in topics:
                continue
            if buffer.intended is None:
                parcel = forming.get(buffer.topic)
                block = buffer.block(self._limits)
                if parcel is None or not _fits(parcel, block, self._limits):
                    parcel = forming[buffer.topic] = []
                    parcels.append(parcel)
                parcel.append((buffer, block))
                continue
            members = self._group(buffer)
            places = {(member.topic, member.partition) for member, _ in members}
            if places <= ready:
                parcels.append(members)
                done |= places
            elif last or self._has_waited(buffer, members):
                parcels.append([(buffer, buffer.block(self._limits))])
        return parcels

    def _has_waited(self, buffer: Buffer, members: Parcel) -> bool:
        """Whether the block has waited long enough for others that are still not whole."""
        return self._clock() - buffer.since >= _GROUP_SECONDS and not all(member.is_whole for member, _ in members)

    def _group(self, buffer: Buffer) -> Parcel:
        """The blocks that `buffer`'s next one was intended to go with; itself alone when they are not all here."""
        alone = [(buffer, buffer.block(self._limits))]
        assert buffer.intended
        name = buffer.intended.group
        if not name:
            return alone
        with_it = [
            other
            for other in self._buffers.values()
            if other.topic == buffer.topic and other.intended and other.intended.group == name
        ]
        ranges = [Block(b.topic, b.partition, b.intended, [], [], []) for b in with_it if b.intended]
        if group_of(ranges) != name:
            return alone
        # One that is not complete yet is not ready; its block is then not looked at.
        return [(other, other.block(self._limits) if other.offsets else ranges[i]) for i, other in enumerate(with_it)]

    def _intend(self, parcels: list[Parcel]) -> list[Parcel]:
        """Commits the intents that are not committed yet. Returns the parcels whose intents are."""
        new: list[tuple[Buffer, Intent]] = []
        for parcel in parcels:
            name = group_of([block for _, block in parcel])
            new += [(buffer, replace(block.intent, group=name)) for buffer, block in parcel if buffer.intended is None]
        refused = self._commit([(buffer, intent.metadata()) for buffer, intent in new])
        ready = [p for p in parcels if not any((b.topic, b.partition) in refused for b, _ in p)]
        going = {(buffer.topic, buffer.partition) for parcel in ready for buffer, _ in parcel}
        for buffer, intent in new:  # of the others nothing is stored: they may be formed anew
            if (buffer.topic, buffer.partition) in going:
                buffer.intended = intent
        return ready

    def _kept(self, buffer: Buffer, block: Block) -> None:
        buffer.stored(block, self._clock())
        metrics.SINK_LATENCY_SECONDS.labels(block.topic).observe(max(0.0, time.time() - block.times[0] / 1000))

    def _rest(self, topic: str) -> None:
        self._rested[topic] = self._clock() + self._settings.flush_seconds

    def _hold(self, buffer: Buffer, error: Retryable) -> None:
        """The warehouse is away or busy: the same block later, and no more messages of this partition until then."""
        wait = buffer.failed(self._clock(), self._settings.retry_seconds, self._settings.retry_limit_seconds)
        metrics.SINK_RETRIES.labels(TABLES[buffer.topic]).inc()
        log.warning(
            "insert will be offered again",
            extra={"topic": buffer.topic, "partition": buffer.partition, "wait_seconds": wait, "reason": str(error)},
        )

    def _commit(self, positions: list[tuple[Buffer, str]]) -> set[tuple[str, int]]:
        """Commits each buffer's position with metadata, in one request. Returns the partitions it failed for.

        A failure is not an error of ours: after a rebalance another member has the partition, and with the broker
        away the same is committed in the next turn.
        """
        if not positions:
            return set()
        offsets = [TopicPartition(b.topic, b.partition, b.position, metadata) for b, metadata in positions]
        try:
            answered = self._consumer.commit(offsets=offsets, asynchronous=False)
            failed = {(tp.topic, tp.partition): tp.error.name() for tp in answered if tp.error}
        except KafkaException as error:
            failed = {(tp.topic, tp.partition): error.args[0].name() for tp in offsets}
        if failed:
            log.warning("commit failed", extra={"errors": sorted(set(failed.values())), "partitions": len(failed)})
            for buffer, _ in positions:
                if (buffer.topic, buffer.partition) in failed:
                    buffer.not_before = self._clock() + self._settings.retry_seconds
        return set(failed)

    def _store_all(self, buffers: Iterable[Buffer]) -> None:
        """Stores what can be stored within the budget, complete or not. What cannot stays in Kafka."""
        until = self._clock() + self._settings.revoke_seconds
        while (now := self._clock()) < until:
            ready = [buffer for buffer in buffers if buffer.due_at(self._limits) <= now]
            if not ready:
                return
            self._store(ready, until, last=True)
        log.warning("the time to flush was too short", extra={"seconds": self._settings.revoke_seconds})

    # --- membership --------------------------------------------------------------------------------------------

    def _assigned(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        try:
            committed = consumer.committed(partitions, timeout=_COMMITTED_SECONDS)
        except KafkaException as error:
            raise Retryable(f"Kafka does not tell the committed offsets ({error.args[0].name()})") from None
        for partition in committed:
            if partition.error:
                raise Retryable(f"Kafka does not tell the committed offsets ({partition.error.name()})")
            is_new = partition.offset < 0
            self._buffers[partition.topic, partition.partition] = Buffer(
                partition.topic,
                partition.partition,
                position=None if is_new else partition.offset,
                intended=None if is_new else Intent.parse(partition.metadata, partition.offset),
            )
            self._rest(partition.topic)  # much may come at first
            if is_new:
                partition.offset = OFFSET_BEGINNING
        consumer.assign(committed)
        consumer.resume(partitions)  # one that was paused when it was taken away would stay so
        self._tell_partitions()
        log.info("partitions assigned", extra={"partitions": len(partitions)})

    def _revoked(self, _consumer: Any, partitions: list[TopicPartition]) -> None:
        taken = [self._buffers[p.topic, p.partition] for p in partitions if (p.topic, p.partition) in self._buffers]
        self._store_all(taken)
        self._forget(partitions)

    def _lost(self, _consumer: Any, partitions: list[TopicPartition]) -> None:
        """Another member may already have them: store nothing, commit nothing."""
        self._forget(partitions)
        log.warning("partitions lost", extra={"partitions": len(partitions)})

    def _forget(self, partitions: Sequence[TopicPartition]) -> None:
        for partition in partitions:
            if self._buffers.pop((partition.topic, partition.partition), None):
                metrics.SINK_LAG_MESSAGES.remove(partition.topic, str(partition.partition))
        kept = {topic for topic, _ in self._buffers}
        for topic in {partition.topic for partition in partitions} - kept:
            metrics.SINK_LAG_SECONDS.remove(topic)
        self._tell_partitions()

    # --- telling -----------------------------------------------------------------------------------------------

    def _tell_partitions(self) -> None:
        """Of every topic, also those of which it has none: where nothing is assigned, nothing else is told."""
        held = Counter(topic for topic, _ in self._buffers)
        for topic in TABLES:
            metrics.SINK_PARTITIONS.labels(topic).set(held[topic])

    def _tell_lag(self) -> None:
        now_ms = time.time() * 1000
        ages: dict[str, float] = dict.fromkeys((topic for topic, _ in self._buffers), 0.0)
        for (topic, number), buffer in self._buffers.items():
            if buffer.times:
                ages[topic] = max(ages[topic], (now_ms - buffer.times[0]) / 1000)
            low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, number), cached=True)
            start = low if buffer.position is None else buffer.position
            if start >= 0 and high >= 0:  # else librdkafka has not heard of them yet
                metrics.SINK_LAG_MESSAGES.labels(topic, str(number)).set(max(0, high - start))
        self.lag_seconds = max(ages.values(), default=0.0)
        for topic, age in ages.items():
            metrics.SINK_LAG_SECONDS.labels(topic).set(age)


def _fits(parcel: Parcel, block: Block, limits: Limits) -> bool:
    """Whether one insert may hold this block, too."""
    blocks = [block, *(one for _, one in parcel)]
    return sum(len(one.offsets) for one in blocks) <= limits.rows and sum(one.size for one in blocks) <= limits.size
