"""The two ways from a publisher to the broker: through the spool on disk, or directly from memory."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from confluent_kafka import KafkaException

from producers.client import Connect, concerns_message, words
from producers.delivery import DeliveryReport, Reports
from producers.encode import Message
from producers.relay import Relay
from producers.spool import Spool
from schemas.errors import Fatal, HelsepulsError, Rejected, Retryable

log = logging.getLogger(__name__)

_STEP_SECONDS = 0.01
_IDLE_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_GIVE_BACK_SECONDS = 5.0


class Route(Protocol):
    """Takes messages and reports on each exactly once."""

    def send(self, messages: Sequence[Message]) -> None:
        """Takes the messages. Raises Rejected or Retryable when it cannot now; what was taken then, each route says."""

    def flush(self, timeout: float | None) -> None:
        """Returns when everything taken so far has been reported. Raises Retryable after `timeout` seconds."""

    def close(self, timeout: float) -> int:
        """Ends within about `timeout` seconds; returns how many messages were not reported."""


class Spooled:
    """Through the spool: `send` returns when the messages are on disk, a thread of its own brings them to the broker.

    Raises Rejected from `send` when the spool is full (nothing of that call was taken), and Fatal from everything once
    the spool has become unusable.
    """

    def __init__(self, spool: Spool, connect: Connect, reports: Reports) -> None:
        self._spool = spool
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._relay = Relay(spool, connect, reports.add)
        self._thread = threading.Thread(target=self._run, name="helsepuls-relay", daemon=True)
        self._thread.start()

    def send(self, messages: Sequence[Message]) -> None:
        self._check()
        self._spool.append(messages)
        self._wake.set()

    def flush(self, timeout: float | None) -> None:
        if threading.current_thread() is self._thread:
            raise Fatal("flush() within on_report would wait for itself: call it from another thread")
        target = self._spool.last
        with self._changed:
            self._changed.wait_for(lambda: self._failure is not None or self._settled(target), timeout)
        self._check()
        if not self._settled(target):
            raise Retryable(
                f"{len(self._spool)} events wait in the spool {self._spool.path}: "
                f"{self._relay.problem or 'the broker has not acknowledged them yet'}. "
                "They are kept, and sent when it is there again"
            )

    def close(self, timeout: float) -> int:
        try:
            self.flush(timeout)
        except Retryable as late:
            log.warning("closing with events in the spool", extra={"reason": str(late)})
        finally:
            self._stop.set()
            self._wake.set()
            self._thread.join()
            left = len(self._spool)
            self._spool.close()
        return left

    def _settled(self, target: int) -> bool:
        with self._relay.settling:
            first = self._spool.first()
        return first is None or first > target

    def _check(self) -> None:
        if self._failure is None:
            return
        if isinstance(self._failure, HelsepulsError):
            raise self._failure
        raise Fatal("the thread that delivers events has failed; the spool keeps them") from self._failure

    def _run(self) -> None:
        try:
            self._relay_until_stopped()
            self._relay.close()
        except BaseException as failure:
            log.exception("the thread that delivers events has failed")
            self._failure = failure
        self._tell()

    def _tell(self) -> None:
        """Wakes who waits in `flush`."""
        with self._changed:
            self._changed.notify_all()

    def _relay_until_stopped(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.clear()
            try:
                moved = self._relay.step(_STEP_SECONDS)
            except (Retryable, Rejected) as stalled:
                self._tell()
                log.warning("delivery stalled, trying again", extra={"reason": str(stalled), "pause_seconds": pause})
                self._stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if moved:
                pause = _FIRST_PAUSE
                self._tell()
            elif not self._relay.in_flight:
                self._wake.wait(_IDLE_SECONDS)


class Direct:
    """From memory, for sources that can be read again (a file with deterministic event ids is its own spool).

    `send` waits while the client's queue is full. It raises Retryable when nothing has been acknowledged for `patience`
    seconds: messages before the one it stopped at were taken and will be reported, that one and those behind it were
    not taken. Reports come during `send` and `flush`, on the caller's thread.
    """

    def __init__(self, connect: Connect, reports: Reports, patience: float) -> None:
        self._problem: str | None = None
        self._reports = reports
        self._patience = patience
        self._in_flight = 0
        self._producer = connect(self._on_error)

    def send(self, messages: Sequence[Message]) -> None:
        produce = self._producer.produce
        for message in messages:
            topic, key, value, event_id = message
            on_delivery = partial(self._on_delivery, topic, event_id)
            while True:
                try:
                    produce(topic, key=key, value=value, on_delivery=on_delivery)
                except BufferError:
                    self._make_room()
                except KafkaException as refusal:
                    self._refused(topic, event_id, refusal.args[0])
                    break
                else:
                    self._in_flight += 1
                    break
        self._producer.poll(0)

    def flush(self, timeout: float | None) -> None:
        self._drain(timeout)
        if self._in_flight:
            raise Retryable(f"{self._in_flight} events were not acknowledged: {self._cause()}")

    def close(self, timeout: float) -> int:
        self._drain(timeout)
        left = self._in_flight
        self._producer.purge()
        self._producer.flush(_GIVE_BACK_SECONDS)
        return left

    def _make_room(self) -> None:
        before = self._in_flight
        deadline = time.monotonic() + self._patience
        while self._in_flight == before:
            if time.monotonic() >= deadline:
                raise Retryable(f"the broker takes no more events: {self._cause()}")
            self._producer.poll(0.1)

    def _drain(self, timeout: float | None) -> None:
        """In small steps, so that Ctrl-C is heard."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._in_flight and (deadline is None or time.monotonic() < deadline):
            self._producer.poll(0.1)

    def _refused(self, topic: str, event_id: str, error: Any) -> None:
        """The client itself does not take this message."""
        if not concerns_message(error):
            raise Retryable(f"the Kafka client cannot go on: {words(error)}")
        self._reports.add((DeliveryReport(event_id, topic, error=words(error)),))

    def _cause(self) -> str:
        return self._problem or "no answer from it"

    def _on_delivery(self, topic: str, event_id: str, error: Any, delivered: Any) -> None:
        self._in_flight -= 1
        if error is None:
            self._problem = None
            report = DeliveryReport(event_id, topic, delivered.partition(), delivered.offset())
        else:
            report = DeliveryReport(event_id, topic, error=words(error))
        self._reports.add((report,))

    def _on_error(self, error: Any) -> None:
        self._problem = words(error)
