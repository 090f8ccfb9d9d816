"""A broker in memory and a producer to it, as faulty as a test wants them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from confluent_kafka import KafkaError

from producers.client import OnDelivery, OnError
from producers.encode import Message


def message(number: int, topic: str = "raw.movement", size: int = 20) -> Message:
    return Message(topic, b"983971636:%d" % number, b"v%d" % number + b"." * size, f"event-{number}")


def id_of(value: bytes) -> str:
    """The event id of a value made by `message`."""
    return f"event-{value.split(b'.')[0].removeprefix(b'v').decode()}"


@dataclass(frozen=True)
class Delivered:
    at: int

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at


@dataclass
class Broker:
    """One partition per topic. `takes`: how many more messages it takes, None for all."""

    takes: int | None = None
    hides_acknowledgements: bool = False
    error: int | None = None
    refuses: set[bytes] = field(default_factory=set)
    log: list[Message] = field(default_factory=list)
    producers: int = 0

    def connect(self, on_error: OnError) -> Producer:
        self.producers += 1
        return Producer(self)

    @property
    def ids(self) -> list[str]:
        return [m.event_id for m in self.log]

    @property
    def first_seen(self) -> list[str]:
        return list(dict.fromkeys(self.ids))


class Producer:
    """Delivers in order at `poll`, as an idempotent producer does."""

    def __init__(self, broker: Broker, queue_size: int = 1000) -> None:
        self.broker = broker
        self.queue_size = queue_size
        self.waiting: deque[tuple[Message, OnDelivery]] = deque()
        self.unacknowledged: deque[OnDelivery] = deque()
        self.purged: deque[OnDelivery] = deque()

    def produce(self, topic: str, *, key: bytes, value: bytes, on_delivery: OnDelivery) -> None:
        if len(self) >= self.queue_size:
            raise BufferError
        self.waiting.append((Message(topic, key, value, id_of(value)), on_delivery))

    def poll(self, timeout: float) -> int:
        served = 0
        while self.purged:
            self.purged.popleft()(KafkaError(KafkaError._PURGE_QUEUE), None)
        while self.waiting and self.broker.takes != 0:
            sent, on_delivery = self.waiting.popleft()
            served += 1
            if self.broker.takes is not None:
                self.broker.takes -= 1
            if self.broker.error is not None:
                on_delivery(KafkaError(self.broker.error), None)
            elif sent.value in self.broker.refuses:
                on_delivery(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), None)
            else:
                self.broker.log.append(sent)
                if self.broker.hides_acknowledgements:
                    self.unacknowledged.append(on_delivery)
                else:
                    on_delivery(None, Delivered(len(self.broker.log) - 1))
        return served

    def flush(self, timeout: float) -> int:
        self.poll(timeout)
        return len(self)

    def purge(self, in_queue: bool = True, in_flight: bool = True, blocking: bool = True) -> None:
        self.purged += [on_delivery for _, on_delivery in self.waiting]
        self.purged += self.unacknowledged
        self.waiting.clear()
        self.unacknowledged.clear()

    def __len__(self) -> int:
        return len(self.waiting) + len(self.unacknowledged) + len(self.purged)
