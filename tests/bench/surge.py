"""A crisis: ten times the ordinary rate, one sender that drowns the others, and a backlog after an outage.

The stack is the whole one (broker, worker, warehouse on this machine). What must hold: every event has its outcome in
the tables, memory stays flat, and latency is back in the time that arithmetic gives: the backlog that grew, divided by
what the machine can do beyond the rate that goes on.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .corpus import Corpus, of_one_reporter
from .measure import Goal, Results
from .memory import Held, Watch, halves
from .rig import OUTCOMES, RAW, Rig
from .whole import SINK_GROUP, Published, Seen, client, publish, running

_CALM = 0.5
"""Latency counts as recovered when events are seen within this many seconds more than before."""


def surge(rig: Rig, results: Results, *, rate: int, seconds: int) -> None:
    """`rate` events a second, then ten times as many for `seconds`, then `rate` again."""
    corpus = Corpus(rig.home, reporters=20_000).take(rate * (10 * seconds + 90))
    rig.topics()
    with running(rig) as stack, Watch(stack) as watch:
        published, seen = Published(), Seen.watching(stack)
        rest = publish(rig, corpus, rate, 20, published)
        calm, ordinary = stack.memory(), published.count
        begin = time.time()
        rest = publish(rig, rest, 10 * rate, seconds, published)
        end, sent = time.time(), published.count - ordinary
        behind = published.count - rig.committed(SINK_GROUP, OUTCOMES)
        done = published.count - behind
        publish(rig, rest, rate, 40, published)
        at, waits = seen.waits(published, waiting=behind)
        high = stack.memory()
        complete(rig, stack.facts, published.count)
    before = float(np.percentile(waits[at < begin], 99))
    after = at > end
    late = at[after][waits[after] > before + _CALM]
    recovered = float(late.max() - end) if len(late) else 0.0
    results.add(f"surge to {10 * rate} events/s for {seconds} s: p99 before", before, "s")
    results.add("… p99 during", float(np.percentile(waits[(at >= begin) & (at <= end)], 99)), "s")
    results.add("… sent, of what should be", sent / (end - begin) / (10 * rate), "part", goal=Goal("higher", 0.9, 0.98))
    results.add("… events behind at its end", float(behind), "events")
    results.add("… latency recovered after", recovered, "s")
    expected = arithmetic(behind, done, end - begin, rate)
    results.add("… ÷ what arithmetic gives", recovered / expected, "ratio", goal=Goal("lower", 1, 0.5))
    results.add("… memory after ÷ before", high / calm, "ratio", goal=Goal("lower", 1.6, 1.2))
    first, second = halves(watch.samples, begin, end)
    _flat(results, first, second, events=sent / 2)


def _flat(results: Results, first: Held, second: Held, *, events: float) -> None:
    """From the first half of a surge to the second a worker grows by the ids that it has to remember (65 bytes each, in
    tables that grow by doubling), and the warehouse not at all."""
    grown = (second.worker - first.worker) / events
    results.add(
        "… worker in its second half, more than in the first", grown, "bytes/event", goal=Goal("lower", 130, 65)
    )
    ratio = second.warehouse / first.warehouse
    results.add("… warehouse in its second half ÷ first", ratio, "ratio", goal=Goal("lower", 1.2, 1.1))


def arithmetic(behind: int, done: int, seconds: float, rate: int) -> float:
    """Seconds that what is `behind` takes at the spare rate of the surge itself, which worked off `done` in `seconds`
    while `rate` goes on afterwards; and the polling and flushing of both ends."""
    return behind / max(done / seconds - rate, 1.0) + 5


def dominating(rig: Rig, results: Results, *, events: int) -> None:
    """One reporter sends as much as all the others together: what does it cost them?"""
    corpus = Corpus(rig.home, reporters=2_000).take(events)
    largest = max(corpus, key=len)
    flood = of_one_reporter(largest)
    rig.topics()
    with running(rig) as stack:
        published, seen = Published(), Seen.watching(stack)
        publish(rig, corpus, 1_000, 20, published)
        begin = time.time()
        rest = [part.cut(len(part) // 2, len(part)) for part in corpus]
        rig.fill([flood])
        publish(rig, rest, 1_000, 20, published)
        at, waits = seen.waits(published, waiting=len(flood))
        complete(rig, stack.facts, published.count + len(flood))
    alone = float(np.percentile(waits[at < begin], 99))
    beside = float(np.percentile(waits[at >= begin], 99))
    results.add("p99 of the others, ordinary", alone, "s")
    results.add(f"… beside one sender's {len(flood)} events at once", beside, "s", goal=Goal("lower", 60, 20))


def backlog(rig: Rig, results: Results, *, events: int, rate: int) -> None:
    """`events` wait when worker and warehouse start; new ones come in at `rate` while the old are worked off."""
    source = Corpus(rig.home, reporters=20_000)
    rig.topics()
    waiting = 0
    while waiting < events:
        part = source.take(min(200_000, events - waiting))
        waiting += rig.fill(part)
    fresh = source.take(rate * 30)
    with running(rig) as stack:
        started = time.perf_counter()
        published = Published()
        publish(rig, fresh, rate, 20, published)
        total = waiting + published.count
        last_new = time.perf_counter()
        while rig.committed(SINK_GROUP, OUTCOMES) < total:
            time.sleep(0.2)
        drained = time.perf_counter() - started
        complete(rig, stack.facts, total)
        peak = stack.memory()
    results.add(f"backlog of {waiting / 1e6:g} million drained", drained, "s")
    results.add("… rate", total / drained, "events/s", better="higher")
    results.add("… a new event waits for the old ones of its partition at most", drained - (last_new - started), "s")
    results.add("… memory of worker and warehouse", peak / 1e6, "MB")


def complete(rig: Rig, facts: dict[str, Any], count: int) -> None:
    """Every raw event has exactly one outcome in the tables. Raises RuntimeError when not."""
    deadline = time.monotonic() + 300
    while rig.committed(SINK_GROUP, OUTCOMES) < rig.ends(OUTCOMES) or rig.ends(OUTCOMES) < rig.ends(RAW):
        if time.monotonic() > deadline:
            raise RuntimeError("outcomes do not arrive in the tables")
        time.sleep(0.2)
    query = "SELECT count(), uniqExact(source_topic, source_partition, source_offset) FROM outcomes"
    rows, places = client(facts).query(query).result_rows[0]
    if (rows, places) != (count, count):
        raise RuntimeError(f"{count} raw events, but {rows} outcomes of {places} of them in the tables")
