"""A Faust transport that hands over a partition's fetched records as one message.

Faust's price is per message (about 55 µs of tasks and queues), not per byte; with thousands of records in a message it
vanishes. Everything else is Faust's: membership, assignment, back-pressure, the commit timer.

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
from typing import Any

from faust.transport.consumer import ensure_TPset
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.transport.drivers.aiokafka import ConsumerRebalanceListener
from faust.transport.drivers.aiokafka import Transport as AIOKafkaTransport
from faust.types import TP, Message


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


class BatchConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # faust is untyped here
    """Delivers batches and commits what was acknowledged, never more."""

    RebalanceListener = OwnGenerations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._finished: dict[TP, int] = {}
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
        for tp, batch in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if batch and (active is None or tp in active or tp in self._buffered_partitions):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                message = self._to_message(tp, batch[0])
                message.value = batch
                yield tp, message

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
                after = message.value[-1].offset + 1
                assert after > self._finished.get(tp, -1), "batches of a partition finish in order"
                self._finished[tp] = after
        return current

    def committed(self, tp: TP) -> int | None:
        """The offset committed last in this generation, or None before the first commit."""
        return self._committed_offset[tp]  # type: ignore[no-any-return]  # faust is untyped here

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
        await super().on_partitions_revoked(revoked)


class BatchTransport(AIOKafkaTransport):  # type: ignore[misc]
    """Faust's own Kafka transport with the consumer above."""

    Consumer = BatchConsumer
