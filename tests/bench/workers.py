"""How throughput grows with workers and with partitions: one worker and two on the same backlog, in turn.

Rates are of what is left once every worker has its partitions and two fifths are done, in which each worker meets every
sender for the first time. Workers, broker and this program share the machine: what they took of it is told beside the
rates.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from .corpus import Corpus
from .measure import Results
from .rig import OUTCOMES, Process, Rig, Seen

_GROUP = "helsepuls-worker"
_POLL = 0.25
"""Seconds between two questions of how far the workers are: twenty a second took a tenth of both cores."""
_WARM = 0.4
_ENOUGH = 0.6


@dataclass(frozen=True)
class Run:
    """Events a second, microseconds of the workers' CPU an event, and how many cores were used, of the steady part."""

    rate: float
    cpu_us: float
    workers_cores: float
    broker_cores: float


Runs = Mapping[tuple[int, int], Sequence[Run]]
"""By the number of partitions and of workers, in the order of the rounds."""


def measure(rig: Rig, results: Results, *, events: int, partitions: Sequence[int], rounds: int) -> None:
    """One worker and two, with each number of partitions, `rounds` times."""
    corpus = Corpus(rig.home, reporters=20_000).take(events)
    runs: dict[tuple[int, int], list[Run]] = {(of, workers): [] for of in partitions for workers in (1, 2)}
    for _ in range(rounds):
        for of in partitions:
            rig.topics(of)
            count = rig.fill(corpus)
            for workers in (1, 2):
                runs[of, workers].append(_run(rig, count, workers))
                rig.empty_outcomes()
    tell(results, runs)


def tell(results: Results, runs: Runs) -> None:
    """Rates with what they took, then the ratios: medians over the rounds of what was measured in one round."""
    for (of, workers), found in runs.items():
        name = f"{workers} worker{'s' * (workers > 1)}, {of} partitions a topic"
        results.add(name, statistics.median(run.rate for run in found), "events/s", better="higher")
        results.add("… CPU", statistics.median(run.cpu_us for run in found), "µs/event")
        results.add("… cores that workers used", statistics.median(run.workers_cores for run in found), "cores")
        results.add("… cores that the broker used", statistics.median(run.broker_cores for run in found), "cores")
    fewest, most = min(of for of, _ in runs), max(of for of, _ in runs)
    for of in sorted({fewest, most}):
        _ratio(results, f"2 workers ÷ 1, {of} partitions a topic", runs[of, 2], runs[of, 1])
    if fewest != most:
        for workers in (1, 2):
            _ratio(
                results,
                f"{most} partitions a topic ÷ {fewest}, {workers} worker{'s' * (workers > 1)}",
                runs[most, workers],
                runs[fewest, workers],
            )


def _ratio(results: Results, name: str, upper: Sequence[Run], lower: Sequence[Run]) -> None:
    ratio = statistics.median(one.rate / other.rate for one, other in zip(upper, lower, strict=True))
    results.add(name, ratio, "ratio", better="higher")


def _run(rig: Rig, count: int, workers: int) -> Run:
    """New workers on full raw topics and empty outcome topics.

    Measured until the last question before their end: when it was within a pause nobody knows.
    """
    broker = psutil.Process(rig.broker.pid)
    team: list[Process] = []
    try:
        team += [rig.worker(f"worker-{number}") for number in range(workers)]
        while (done := _done(rig, team)) < _WARM * count or _sharing(rig) < workers:
            time.sleep(_POLL)
        if done > _ENOUGH * count:
            raise RuntimeError(f"{done} of {count} events were done before every worker had partitions: take more")
        first = last = _seen(done, team, broker)
        while (done := _done(rig, team)) < count:
            last = _seen(done, team, broker)
            time.sleep(_POLL)
    finally:
        for process in team:
            process.end()
    (team_then, broker_then), (team_now, broker_now) = first, last
    if team_now.done - team_then.done < count / 4:
        raise RuntimeError(f"{count} events are done too soon to be measured")
    return Run(
        team_now.rate_since(team_then),
        team_now.cpu_us_since(team_then),
        team_now.cores_since(team_then),
        broker_now.cores_since(broker_then),
    )


def _seen(done: int, team: Sequence[Process], broker: psutil.Process) -> tuple[Seen, Seen]:
    """What workers and broker had taken until now."""
    at = time.perf_counter()
    return Seen(at, done, _cpu(team)), Seen(at, done, _seconds(broker))


def _done(rig: Rig, team: Sequence[Process]) -> int:
    if any(process.popen.poll() is not None for process in team):
        raise RuntimeError("a worker ended itself")
    return rig.ends(OUTCOMES)


def _sharing(rig: Rig) -> int:
    """How many workers have partitions."""
    group = rig.admin.describe_consumer_groups([_GROUP])[_GROUP].result(20)
    return sum(bool(member.assignment.topic_partitions) for member in group.members)


def _cpu(team: Sequence[Process]) -> float:
    return sum(process.usage().cpu_seconds for process in team)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
