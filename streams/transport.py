"""A Faust transport that hands over a partition's fetched records as one message.

Faust's price is per message (about 55 µs of tasks and queues), not per byte; with thousands of records in a message it
vanishes. Everything else is Faust's: membership, assignment, back-pressure, the commit timer.

Below Faust, aiokafka makes an object in Python for every record. `BatchFetchResult` hands over columns instead: a
record's offset, timestamp and value are all that is needed (`streams.records`).

Which records are still ours is told by a generation, as in Faust, but by one of our own: the broker's number is the
same again when a worker rejoins without a rebalance (a lost connection, a static member), and what was fetched before
would pass for what is fetched again after it.

Commit bookkeeping changes with it. A message stands for a range of offsets, batches of a partition finish in order, and
so all that has to be remembered of a partition is the offset after its last finished batch; gaps in offsets, which
Faust fills with explicit ranges, are within batches and need nothing.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from aiokafka.consumer import fetcher
from aiokafka.errors import IllegalStateError
from faust.transport.consumer import ensure_TPset
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, ConsumerRebalanceListener
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.transport.drivers.aiokafka import Transport as AIOKafkaTransport
from faust.types import TP, Message
from faust.types.tuples import ConsumerMessage

from streams.records import NONE, Batches, Records, joined

_GATHERED_BYTES = 1024 * 1024
_FETCHED_BYTES = 4 * 1024 * 1024
"""In one response, which is held packed and unpacked at once; aiokafka's own limit is 50 MB."""
_GATHERING_MS = 50


class BatchRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped here
    """The record batches of one fetch response, decoded one by one as they are asked for.

    Reads uncommitted: a worker (at least once, idempotent outcomes) uses no transactions.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._left = NONE
        self._end: int = self.next_fetch_offset
        self._first = self._end

    def take(self, limit: int | None) -> Records:
        """The next records, `limit` at most and no more than weigh as much; none when there are no more.
        `next_fetch_offset` moves behind them.

        Raises CorruptRecordException for a damaged batch. Nothing is lost then: the next call begins at the same place.
        """
        parts = [self._left]
        weight = self._left.weight
        try:
            while (limit is None or weight < limit) and self._records.has_next():
                parts.append(self._batch())
                weight += parts[-1].weight
        finally:
            self._left = joined(parts)
        taken, self._left = self._left.split(len(self._left) if limit is None else limit)
        self.next_fetch_offset = int(taken.offsets[-1]) + 1 if len(self._left) else self._end
        return taken

    @property
    def exhausted(self) -> bool:
        return not len(self._left) and not self._records.has_next()

    def _batch(self) -> Records:
        batch = self._records.batch()
        if self._check_crcs:
            batch.check()
        records = NONE if batch.is_control else batch.records()
        self._records.go_on()
        # Behind the batch, not behind its last record: compaction may have taken that one away.
        self._end = batch.next_offset
        # A fetch may begin within a batch.
        return records.split(int(np.searchsorted(records.offsets, self._first)))[1]


class BatchFetchResult(fetcher.FetchResult):  # type: ignore[misc]
    """A fetch response that gives its records in columns."""

    def getall(self, max_records: int | None = None) -> Records:
        if not self.check_assignment(self._topic_partition) or not self.has_more():
            return NONE
        records: BatchRecords = self._partition_records  # type: ignore[has-type]
        taken = records.take(max_records)
        self._update_position()
        if records.exhausted:
            self._partition_records = None
        return taken


def install() -> None:
    """aiokafka makes these itself, by name, and has no other place to say which."""
    fetcher.MemoryRecords = Batches
    fetcher.PartitionRecords = BatchRecords
    fetcher.FetchResult = BatchFetchResult


class OwnGenerations(ConsumerRebalanceListener):  # type: ignore[misc]  # faust is untyped here
    """Numbers the assignments of this process: a new generation when partitions are taken away, and when they come."""

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> Awaitable[None]:
        self._thread.app.consumer_generation_id += 1
        result: Awaitable[None] = super().on_partitions_revoked(revoked)
        return result

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._thread.app.consumer_generation_id += 1
        generation = self._thread.app.consumer_generation_id
        await self._thread.on_partitions_assigned(ensure_TPset(assigned), generation)


class BatchThread(AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is untyped here
    """Lets the broker gather for a moment before it answers a fetch: events that come one by one would otherwise cost a
    request, and a batch, each. Makes the set of what is assigned once for an assignment."""

    _known: tuple[object, frozenset[TP]] = (None, frozenset())

    def assignment(self) -> frozenset[TP]:
        assigned = self._ensure_consumer().assignment()  # an object of its own for each assignment
        if assigned is not self._known[0]:
            self._known = assigned, frozenset(ensure_TPset(assigned))
        return self._known[1]

    def reads_at(self, tp: TP) -> int | None:
        """Where the partition is read next; None while that is being looked up. aiokafka's own `position` waits."""
        state = self._state(tp)
        return state.position if state and state.has_valid_position else None

    def highwater(self, tp: TP) -> int | None:
        """The end of the partition at its last fetch; None before it, and when it is ours no more: aiokafka's own
        raises then, and another thread may take it away at any moment."""
        state = self._state(tp)
        return state.highwater if state else None

    def _state(self, tp: TP) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001
        return subscription.assignment.state_value(tp) if subscription and subscription.assignment else None

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust passes one of the three on, as a constant, and the others not at all.
        consumer._fetch_min_bytes = _GATHERED_BYTES  # noqa: SLF001
        consumer._fetch_max_bytes = _FETCHED_BYTES  # noqa: SLF001
        consumer._fetch_max_wait_ms = _GATHERING_MS  # noqa: SLF001
        return consumer


class BatchConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # faust is untyped here
    """Delivers batches and commits what was acknowledged, never more."""

    RebalanceListener = OwnGenerations

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        install()
        super().__init__(*args, **kwargs)
        self._finished: dict[TP, int] = {}
        self._begun: dict[TP, int] = {}
        self._fetched: dict[TP, int] = {}
        self._finished_lock = threading.Lock()

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """One message per partition, with the list of its records as value."""
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(timeout)
        if records is None or self.should_stop:
            return
        if not self.flow_active or self.app.consumer_generation_id != generation:
            await self.perform_seek()  # some of these may be of before: all are fetched again
            return
        self._fetched.update({tp: int(batch.offsets[-1]) + 1 for tp, batch in records.items() if len(batch)})
        for tp, batch in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if len(batch) and (active is None or tp in active or tp in self._buffered_partitions):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                self._begun.setdefault(tp, int(batch.offsets[0]))
                yield tp, self._of_batch(tp, batch, generation)

    async def seek_to_committed(self) -> dict[TP, int]:
        """Goes back to what is committed, on every partition; where nothing is, to the first record there is.

        aiokafka leaves the position of a partition without a commit where it is: behind what had been fetched and is
        not handed over, so that it would have been lost.
        """
        committed: dict[TP, int] = await super().seek_to_committed()
        with suppress(IllegalStateError):  # taken away meanwhile: who gets it seeks anew
            # If retention has taken offset 0 away, the fetch is out of range and begins at the earliest.
            await self._thread.seek_wait({tp: 0 for tp, offset in committed.items() if not offset})
        return committed

    def _of_batch(self, tp: TP, batch: Records, generation: int) -> Message:
        """A message that stands for all records of `batch`, which is its value."""
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            int(batch.offsets[0]),
            float(batch.timestamps[0]) / 1000,
            None,
            (),
            None,
            batch,
            None,
            tp=tp,
            generation_id=generation,
        )

    def ack(self, message: Message) -> bool:
        """Remembers that a batch is finished, unless its partition has been taken away since it was fetched."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        tp = message.tp
        current = message.generation_id == self.app.consumer_generation_id and tp in self.assignment()
        if current:
            with self._finished_lock:
                after = int(message.value.offsets[-1]) + 1
                assert after > self._finished.get(tp, -1), "batches of a partition finish in order"
                self._finished[tp] = after
        return current

    def committed(self, tp: TP) -> int | None:
        """The offset committed last in this generation, or None before the first commit."""
        return self._committed_offset[tp]  # type: ignore[no-any-return]  # faust is untyped here

    def done(self, tp: TP) -> int | None:
        """The offset before which nothing is left to do; None while that is not known.

        As long as nothing was handed over, where it is read next: what lies before is not ours to wait for, nor what
        retention has taken away behind a commit. So it is when all that was fetched is committed: what else was read is
        no event (the mark of a transaction).
        """
        position: int | None = self._thread.reads_at(tp)
        begun = self._begun.get(tp)
        if begun is None:
            return position
        committed = max(begun, self.committed(tp) or 0)
        return max(committed, position or 0) if committed == self._fetched.get(tp) else committed

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        with self._finished_lock:
            finished = list(self._finished)
        return (tp for tp in finished if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        with self._finished_lock:
            return self._finished.get(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps between batches need no bookkeeping."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commits what is finished, then forgets the partitions."""
        await self.commit()
        with self._finished_lock:
            for tp in revoked:
                self._finished.pop(tp, None)
                self._begun.pop(tp, None)
                self._fetched.pop(tp, None)
        await super().on_partitions_revoked(revoked)


class BatchTransport(AIOKafkaTransport):  # type: ignore[misc]
    """Faust's own Kafka transport with the consumer above."""

    Consumer = BatchConsumer
