"""One worker's whole work beside peers that only consume and decode: same broker, same events, same run.

Rates are steady ones: of the events after the first quarter. What a worker does once (meeting each sender's key, for
one) is told apart, as its rate from the first event.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from schemas.catalog import by_id

from .corpus import Corpus, Events, of_one_reporter, size
from .measure import Goal, Results
from .rig import OUTCOMES, RAW, Rig, Seen, run_json

_PEERS = Path(__file__).parent / "peers"
_FASTER = {  # peer: its program, and how many times as fast the worker has to be, and wants to be
    "Quix Streams": ("quix.py", Goal("higher", 1.5, 3)),
    "Bytewax": ("bytewax_flow.py", Goal("higher", 1, 2)),
    "vanilla Faust": ("vanilla_faust.py", Goal("higher", 10, 20)),
}
_SLOW_PEER_EVENTS = 100_000
_POLL = 0.25
"""Seconds between two questions of how far a worker is: twenty a second took a tenth of both cores."""
_WARM = 0.25


@dataclass(frozen=True)
class Rate:
    """Events a second: steadily, and from the first event on. CPU in microseconds an event, of the steady part."""

    steady: float
    from_first: float
    cpu_us: float
    peak_bytes: int


def measure(rig: Rig, results: Results, peers_python: Path, *, events: int, rounds: int) -> None:
    """Worker and peers in turn, `rounds` times; ratios are medians over the rounds."""
    corpus = Corpus(rig.home, reporters=20_000).take(events)
    count = size(corpus)
    rig.topics()
    rig.fill(corpus)
    worker: list[Rate] = []
    peers: dict[str, list[float]] = {name: [] for name in _FASTER}
    for number in range(rounds):
        worker.append(worker_rate(rig, count))
        for name, (program, _) in _FASTER.items():
            peers[name].append(peer_rate(rig, peers_python, program, count, f"{program}-{number}"))
    results.add("worker, everything", statistics.median(r.steady for r in worker), "events/s", better="higher")
    results.add("… from its first event", statistics.median(r.from_first for r in worker), "events/s", better="higher")
    results.add("… CPU", statistics.median(r.cpu_us for r in worker), "µs/event")
    results.add("… memory", max(r.peak_bytes for r in worker) / 1e6, "MB")
    for name, rates in peers.items():
        results.add(f"{name}, decode only", statistics.median(rates), "events/s", better="higher")
    for name, rates in peers.items():
        ratio = statistics.median(ours.steady / theirs for ours, theirs in zip(worker, rates, strict=True))
        goal = _FASTER[name][1]
        results.add(f"worker ÷ {name}", ratio, "ratio", goal=goal, better="higher")


def by_reporters(rig: Rig, results: Results, *, events: int, rounds: int) -> None:
    """The same events of 20 000 reporters and of one: what a reporter costs. CPU, which neighbours disturb least."""
    corpus = Corpus(rig.home, reporters=20_000).take(events)
    many = [max(corpus, key=len)]
    one = [of_one_reporter(part) for part in many]
    costs: dict[str, list[float]] = {"many": [], "one": []}
    for _ in range(rounds):
        for name, part in (("one", one), ("many", many)):
            costs[name].append(_cost(rig, part))
    ratio = statistics.median(m / o for m, o in zip(costs["many"], costs["one"], strict=True))
    results.add("CPU an event, 20 000 reporters ÷ 1", ratio, "ratio", goal=Goal("lower", 1.2, 1.05))


def _cost(rig: Rig, events: list[Events]) -> float:
    rig.topics()
    count = rig.fill(events)
    return worker_rate(rig, count).cpu_us


def worker_rate(rig: Rig, count: int) -> Rate:
    """A new worker on full raw topics and empty outcome topics, which are empty again afterwards.

    Measured until the last question before its end: when it ended within a pause nobody knows.
    """
    worker = rig.worker()
    seen: list[Seen] = []
    try:
        while (done := rig.ends(OUTCOMES)) < count:
            if worker.popen.poll() is not None:
                raise RuntimeError("the worker ended itself")
            if done:
                seen.append(Seen(time.perf_counter(), done, worker.usage().cpu_seconds))
            time.sleep(_POLL)
        peak = worker.usage().peak_bytes
    finally:
        worker.end()
    rig.empty_outcomes()
    first, last = seen[0], seen[-1]
    steady = next((one for one in seen if one.done >= _WARM * count), last)
    if last.done - steady.done < count / 2:
        raise RuntimeError(f"{count} events are done too soon to be measured")
    return Rate(last.rate_since(steady), last.rate_since(first), last.cpu_us_since(steady), peak)


def peer_rate(rig: Rig, python: Path, program: str, count: int, group: str) -> float:
    """A peer's rate over the same topics, of what follows the first quarter."""
    wanted = min(count, _SLOW_PEER_EVENTS) if "faust" in program else count
    arguments = {
        "bootstrap": rig.bootstrap,
        "topics": RAW,
        "group": group,
        "wanted": wanted,
        "warm": int(_WARM * wanted),
        "schemas": {s.id: dict(s.definition) for s in by_id().values() if s.topic in RAW},
    }
    answer = run_json([str(python.absolute()), str(_PEERS / program), json.dumps(arguments)], cwd=rig.folder)
    return float(answer["events"] / answer["seconds"])
