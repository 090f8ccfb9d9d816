"""Waiting until every event sent has an outcome that can be queried, and asking why the stream rejected some."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, get_args

from producers.coordinates import Coordinates, Run, gaps, pieces
from schemas.errors import Fatal, Retryable
from schemas.types import Outcome

_OFFSETS_AT_ONCE = 200_000
_RUNS_AT_ONCE = 100
"""How much of one partition is asked for at once. Outcomes come in order, so the rest need not be asked for yet."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
_LISTED = 20

_REJECTED = (
    "SELECT toString(event_id), source_topic, source_partition, source_offset, problem.code, problem.severity, "
    "problem.field, problem.message FROM rejected ARRAY JOIN problems AS problem"
)

Place = tuple[str, int]
Stretch = list[Run]
"""Runs of one partition that are asked for together."""


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]: ...


@dataclass
class Waited:
    """How many events had which outcome, and how many had none in time, with the first of them."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(get_args(Outcome), 0))
    missing: int = 0
    missing_runs: list[Run] = field(default_factory=list)
    problem: str | None = None
    """What the warehouse last said, when it could not be asked."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One problem of an event that the stream rejected. `event_id`: null where it could not be read."""

    event_id: str | None
    topic: str
    partition: int
    offset: int
    code: str
    severity: str
    field: str
    message: str


def rejections(warehouse: Asks, coordinates: Coordinates, most: int) -> list[Rejection]:
    """Why those of `coordinates` that were rejected were so, `most` problems of them. Raises Retryable when the
    warehouse does not answer."""
    found: list[Rejection] = []
    for place, stretches in _stretches(coordinates).items():
        for stretch in stretches:
            query, names = _where({place: stretch}, _REJECTED)
            rows = warehouse.rows(f"{query} ORDER BY source_offset, problem LIMIT {most - len(found)}", names)
            found += [Rejection(*row) for row in rows]
            if len(found) == most:
                return found
    return found


def wait_for_outcomes(
    warehouse: Asks,
    coordinates: Coordinates,
    timeout: float,
    on_progress: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Waited:
    """Asks the relation `outcomes` until it holds one for each of `coordinates`, or `timeout` seconds have passed.

    `on_progress` is told how many have one so far. A warehouse that does not answer for a while is waited for, too.
    Raises Fatal when an offset has two outcomes.
    """
    waited = Waited()
    left = _stretches(coordinates)
    deadline = clock() + timeout
    pause = _FIRST_PAUSE
    while left:
        asked = {place: stretches[0] for place, stretches in left.items()}
        done: list[Place] = []
        try:
            done = _take_finished(warehouse, asked, waited)
            waited.problem = None
        except Retryable as away:
            waited.problem = str(away)
        for place in done:
            left[place].popleft()
            if not left[place]:
                del left[place]
        on_progress(sum(waited.outcomes.values()))
        if done:
            pause = _FIRST_PAUSE
        if len(done) == len(asked):
            continue
        if clock() >= deadline:
            _note_missing(warehouse, left, waited)
            break
        sleep(min(pause, max(0.0, deadline - clock())))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return waited


def _stretches(coordinates: Coordinates) -> dict[Place, deque[Stretch]]:
    found: dict[Place, deque[Stretch]] = {}
    for run in pieces(coordinates.runs(), _OFFSETS_AT_ONCE):
        stretches = found.setdefault((run.topic, run.partition), deque([[]]))
        last = stretches[-1]
        if len(last) >= _RUNS_AT_ONCE or _size(last) + run.length > _OFFSETS_AT_ONCE:
            stretches.append(last := [])
        last.append(run)
    return found


def _size(stretch: Sequence[Run]) -> int:
    return sum(run.length for run in stretch)


def _take_finished(warehouse: Asks, asked: Mapping[Place, Stretch], waited: Waited) -> list[Place]:
    """Adds the outcomes of those stretches that have all theirs, and returns their places."""
    select = "SELECT source_topic, source_partition, outcome, uniqExact(source_offset) FROM outcomes"
    query, names = _where(asked, select)
    counts: dict[Place, dict[Outcome, int]] = {place: {} for place in asked}
    for topic, partition, outcome, count in warehouse.rows(
        f"{query} GROUP BY source_topic, source_partition, outcome", names
    ):
        counts[topic, partition][cast(Outcome, outcome)] = int(count)
    done = []
    for place, found in counts.items():
        missing = _size(asked[place]) - sum(found.values())
        if missing < 0:
            raise Fatal(f"offsets of {place[0]} partition {place[1]} have two outcomes: see `helsepuls audit`")
        if missing == 0:
            done.append(place)
            for outcome, count in found.items():
                waited.outcomes[outcome] += count
    return done


def _where(asked: Mapping[Place, Stretch], select: str) -> tuple[str, dict[str, Any]]:
    topics = sorted({topic for topic, _ in asked})
    names = {f"topic_{i}": topic for i, topic in enumerate(topics)}
    places = []
    for (topic, partition), stretch in asked.items():
        offsets = " OR ".join(f"source_offset BETWEEN {run.first} AND {run.last}" for run in stretch)
        name = f"{{topic_{topics.index(topic)}:String}}"
        places.append(f"(source_topic = {name} AND source_partition = {partition} AND ({offsets}))")
    return f"{select} WHERE {' OR '.join(places)}", names


def _note_missing(warehouse: Asks, left: Mapping[Place, deque[Stretch]], waited: Waited) -> None:
    """Counts what has an outcome in the unfinished stretches, too, and lists the first that have none."""
    for place, stretches in left.items():
        for stretch in stretches:
            present: dict[int, Outcome] = {}
            if waited.problem is None:
                query, names = _where({place: stretch}, "SELECT source_offset, outcome FROM outcomes")
                try:
                    present = {int(offset): cast(Outcome, outcome) for offset, outcome in warehouse.rows(query, names)}
                except Retryable as away:
                    waited.problem = str(away)
            for outcome in present.values():
                waited.outcomes[outcome] += 1
            waited.missing += _size(stretch) - len(present)
            if len(waited.missing_runs) < _LISTED:
                holes = [hole for run in stretch for hole in gaps(run, sorted(o for o in present if o in _range(run)))]
                waited.missing_runs += holes[: _LISTED - len(waited.missing_runs)]


def _range(run: Run) -> range:
    return range(run.first, run.last + 1)
