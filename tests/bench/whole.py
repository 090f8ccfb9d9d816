"""Everything on the same machine: broker, worker and warehouse, from raw events to rows that can be queried."""

from __future__ import annotations

import os
import re
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import clickhouse_connect
import numpy as np
import numpy.typing as npt
import requests
from confluent_kafka import Producer

from schemas.types import RECEIPTS_TOPIC
from sinks.tables import TABLES

from .corpus import Corpus, Events, size
from .measure import Goal, Results
from .rates import worker_rate
from .rig import OUTCOMES, Process, Rig

SINK_GROUP = "helsepuls-sink"
Floats = npt.NDArray[np.float64]
_POLL = 0.05
_ASK_EVERY = 0.25
"""Seconds between two queries: they run in the engine that stores, and would hold it up."""
_WARM = 0.25
_WARM_SECONDS: Final = 40
"""For so long the broker compiles its code, on a tenth of a core and more, which no steady rate needs."""


@dataclass(frozen=True)
class _Run:
    """Events a second into the tables, the warehouse's memory, and bytes an event takes on disk."""

    rate: float
    peak_bytes: int
    topics: float
    tables: float


def throughput(rig: Rig, results: Results, *, events: int, rounds: int) -> None:
    """Raw to queryable, beside the worker's rate alone."""
    corpus = Corpus(rig.home, reporters=20_000).take(events)
    count = size(corpus)
    ratios, rates, memory = [], [], []
    for _ in range(rounds):
        rig.topics()
        rig.fill(corpus)
        alone = worker_rate(rig, count).steady
        run = _to_tables(rig, count)
        ratios.append(run.rate / alone)
        rates.append(run.rate)
        memory.append(run.peak_bytes / 1e6)
    results.add("raw to queryable, all on one machine", statistics.median(rates), "events/s", better="higher")
    results.add(
        "raw to queryable ÷ worker alone",
        statistics.median(ratios),
        "ratio",
        goal=Goal("higher", 0.5, 0.7),
        better="higher",
    )
    results.add("on disk in the topics, raw and outcomes", run.topics, "bytes/event")
    results.add("on disk in the tables", run.tables, "bytes/event")
    results.add("warehouse under full load", max(memory), "MB", goal=Goal("lower", 2500, 1250))


def _to_tables(rig: Rig, count: int) -> _Run:
    with running(rig) as stack:
        steady = (0.0, 0)
        while True:
            done, now = _stored(rig), time.perf_counter()
            if done >= _WARM * count and not steady[1]:
                steady = (now, done)
            if done >= count:
                break
            time.sleep(_POLL)
        found = client(stack.facts).query("SELECT count() FROM outcomes").result_rows[0][0]
        if found != count:
            raise RuntimeError(f"{count} raw events, but {found} outcomes in the tables")
        return _Run(
            (done - steady[1]) / (now - steady[0]),
            stack.warehouse.usage().peak_bytes,
            _disk(rig.folder / "kafka") / count,
            _disk(rig.home / "warehouse") / count,
        )


def _disk(folder: Path) -> int:
    """Bytes that the files of a folder take, but for what a broker deletes a minute later, or just now."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names if not path.endswith("-delete") else ():
            with suppress(FileNotFoundError):
                total += Path(path, name).stat().st_blocks * 512
    return total


def _stored(rig: Rig) -> int:
    """Outcomes that the sink has committed: they are in the tables."""
    return rig.committed(SINK_GROUP, OUTCOMES)


def client(facts: dict[str, Any]) -> Any:
    address = urlsplit(facts["url"])
    return clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")


def latency(rig: Rig, results: Results, *, rate: int, seconds: int) -> None:
    """From the moment an event is published until a query shows it, at a steady rate, once all run warm."""
    corpus = Corpus(rig.home, reporters=2_000).take(rate * (_WARM_SECONDS + seconds + 5))
    rig.topics()
    with running(rig) as stack:
        published, seen, beds = Published(), Seen.watching(stack), Sampled(stack.facts, "helsepuls_beds_lag_seconds")
        rest = publish(rig, corpus, rate, _WARM_SECONDS, published)
        begin = time.time()
        publish(rig, rest, rate, seconds, published)
        behind = beds.since(begin)
        at, waits = seen.waits(published)
        waits = waits[at >= begin]
    results.add(f"publish to queryable at {rate} events/s, p50", float(np.percentile(waits, 50)), "s")
    results.add(
        f"publish to queryable at {rate} events/s, p99", float(np.percentile(waits, 99)), "s", goal=Goal("lower", 2, 1)
    )
    for percent in (50, 99):
        results.add(
            f"beds behind the tables at {rate} events/s, p{percent}", float(np.percentile(behind, percent)), "s"
        )


class Sampled:
    """A gauge of the warehouse, read twice a second from now on, in a thread of its own."""

    def __init__(self, facts: dict[str, Any], name: str) -> None:
        self._url = facts["metrics"]
        self._value = re.compile(rf"^{name} (\S+)$", re.MULTILINE)
        self._read: list[tuple[float, float]] = []
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def since(self, begin: float) -> Floats:
        """What was read since then; no more is."""
        self._ended.set()
        return np.array([value for at, value in self._read if at >= begin])

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            found = self._value.search(requests.get(self._url, timeout=30).text)
            assert found
            self._read.append((time.time(), float(found[1])))


@dataclass(frozen=True)
class Stack:
    """A worker and a warehouse that run. `facts`: what the warehouse says of itself."""

    worker: Process
    warehouse: Process
    facts: dict[str, Any]

    def memory(self) -> int:
        """Bytes that both hold now."""
        return self.worker.resident() + self.warehouse.resident()


@contextmanager
def running(rig: Rig) -> Iterator[Stack]:
    warehouse = rig.warehouse()
    try:
        facts = warehouse.wait_ready()
        worker = rig.worker()
        try:
            worker.wait_ready()
            yield Stack(worker, warehouse, facts)
        finally:
            worker.end()
    finally:
        warehouse.end()
        rig.forget_warehouse()


class Published:
    """When each event was published, by its place in the log."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, int], list[float]] = {}
        self.count = 0
        self._lock = threading.Lock()

    def note(self, topic: str, partition: int, offset: int, at: float) -> None:
        with self._lock:
            times = self.at.setdefault((topic, partition), [])
            times.extend([0.0] * (offset + 1 - len(times)))
            times[offset] = at
            self.count += 1


_STORED: Final = " UNION ALL ".join(
    f"SELECT source_topic, source_partition, max(source_offset) AS newest FROM {table} GROUP BY ALL"
    for topic, table in TABLES.items()
    if topic != RECEIPTS_TOPIC
)
_NEWEST: Final = f"SELECT source_topic, source_partition, max(newest) FROM ({_STORED}) GROUP BY ALL"
"""Of the tables, not of `outcomes`: which of several copies of a row counts takes half a second at 2 million rows, and
would be measured as delay."""


class Seen:
    """When each event could first be seen by a query: asked over and over, which is part of the time measured."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._seen: dict[tuple[str, int], list[tuple[int, float]]] = {}
        self._newest: dict[tuple[str, int], int] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    @classmethod
    def watching(cls, stack: Stack) -> Seen:
        """Asks from now on, in a thread of its own."""
        seen = cls(client(stack.facts))
        threading.Thread(target=seen._watch, daemon=True).start()
        return seen

    def _watch(self) -> None:
        while not self._ended.is_set():
            rows = self._connection.query(_NEWEST).result_rows
            now = time.time()
            with self._lock:
                for topic, partition, offset in rows:
                    if offset > self._newest.get((topic, partition), -1):
                        self._newest[topic, partition] = offset
                        self._seen.setdefault((topic, partition), []).append((offset, now))
            time.sleep(_ASK_EVERY)

    def waits(self, published: Published, waiting: int = 0) -> tuple[Floats, Floats]:
        """When each event was published and how many seconds it took, once all are seen; ascending by time.

        `waiting`: so many are not stored yet, of these or of others; time is allowed for them.
        """
        return self.waits_each([published], waiting)[0]

    def waits_each(self, several: Sequence[Published], waiting: int = 0) -> list[tuple[Floats, Floats]]:
        """The same of several, each for itself, once all of all are seen."""
        deadline = time.monotonic() + 120 + waiting / 1_000
        ends = [(place, len(times) - 1) for published in several for place, times in published.at.items()]
        while any(self._newest.get(place, -1) < end for place, end in ends):
            if time.monotonic() > deadline:
                raise RuntimeError("not all events became visible")
            time.sleep(_POLL)
        self._ended.set()
        with self._lock:
            return [self._waits(published) for published in several]

    def _waits(self, published: Published) -> tuple[Floats, Floats]:
        pairs: list[tuple[float, float]] = []
        for place, times in published.at.items():
            offsets, moments = zip(*self._seen[place], strict=True)
            visible = np.array(moments)[np.searchsorted(offsets, np.arange(len(times)))]
            pairs += [(at, seen - at) for at, seen in zip(times, visible.tolist(), strict=True) if at]
        pairs.sort()
        at, waited = np.array(pairs).T
        return at, waited


def sender(rig: Rig) -> Producer:
    """It sends each event at once; what the broker does not take as fast waits here, which counts as waiting."""
    return Producer(
        {
            "bootstrap.servers": rig.bootstrap,
            "partitioner": "murmur2_random",
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )


class Supply:
    """Events of all families, handed out in proportion from the front: what it costs does not grow with how many there
    are."""

    def __init__(self, events: Sequence[Events]) -> None:
        self._parts = {part.topic: part for part in events}
        self._places = dict.fromkeys(self._parts, 0)
        self._total = size(events)

    def until(self, count: int) -> Iterator[Events]:
        """What is still to be handed out when it shall be `count` in all (a few less, for none is parted)."""
        for topic, part in self._parts.items():
            end = min(count * len(part) // max(self._total, 1), len(part))
            yield part.cut(self._places[topic], end)
            self._places[topic] = end

    def rest(self) -> list[Events]:
        """What was not handed out."""
        return [part.cut(self._places[topic], len(part)) for topic, part in self._parts.items()]


def publish(rig: Rig, events: list[Events], rate: int, seconds: int, published: Published) -> list[Events]:
    """Publishes `rate` events a second, evenly, of all families as they come; returns what is left."""
    producer = sender(rig)
    supply = Supply(events)
    begin = time.time()
    tick = 0.02
    for number in range(int(seconds / tick)):
        at = time.time()
        for part in supply.until(int((number + 1) * tick * rate)):
            for key, value in zip(part.keys, part.values, strict=True):
                producer.produce(
                    part.topic,
                    value,
                    key,
                    on_delivery=lambda _e, m, at=at: published.note(m.topic(), m.partition(), m.offset(), at),
                )
        producer.poll(0)
        time.sleep(max(0.0, begin + (number + 1) * tick - time.time()))
    producer.flush(30)
    return supply.rest()
