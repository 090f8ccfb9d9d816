"""Waiting for outcomes, asked of a real engine in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import pytest

from producers.coordinates import Coordinates, Run
from producers.outcomes import Rejection, rejections, wait_for_outcomes
from schemas.errors import Fatal, Retryable


class Warehouse:
    """A table `outcomes` in the engine, a clock that only sleeping moves, and what happens while one sleeps."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.now = 0.0
        self.script: list[Any] = []
        self.asked = 0

    def rows(self, query: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        self.asked += 1
        if self.script and isinstance(self.script[0], Exception):
            raise self.script.pop(0)
        return self.client.query(query, parameters=parameters).result_rows

    def put(self, topic: str, partition: int, offsets: range, outcome: str) -> None:
        self.client.insert("outcomes", [[topic, partition, o, outcome] for o in offsets])

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.script and callable(self.script[0]):
            self.script.pop(0)()

    def wait(self, coordinates: Coordinates, timeout: float = 10, **more: Any):
        return wait_for_outcomes(self, coordinates, timeout, clock=lambda: self.now, sleep=self.sleep, **more)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    client = clickhouse_connect.get_client(dsn="chdb://memory", autogenerate_session_id=False)
    yield client
    client.close()


@pytest.fixture
def warehouse(client) -> Warehouse:
    client.command("DROP TABLE IF EXISTS outcomes")
    client.command(
        "CREATE TABLE outcomes (source_topic LowCardinality(String), source_partition Int32, source_offset Int64, "
        "outcome LowCardinality(String)) ENGINE = MergeTree ORDER BY (source_topic, source_partition, source_offset)"
    )
    return Warehouse(client)


def delivered(*runs: tuple[str, int, int, int]) -> Coordinates:
    coordinates = Coordinates()
    for topic, partition, first, last in runs:
        for offset in range(first, last + 1):
            coordinates.add(topic, partition, offset)
    return coordinates


def test_counts_exactly_the_given_offsets_and_no_neighbours(warehouse):
    warehouse.put("raw.a", 0, range(0, 100), "accepted")
    warehouse.put("raw.a", 1, range(0, 100), "rejected")
    warehouse.put("raw.b", 0, range(0, 100), "duplicate")
    waited = warehouse.wait(
        delivered(("raw.a", 0, 10, 19), ("raw.a", 0, 30, 34), ("raw.b", 0, 5, 7), ("raw.a", 1, 0, 0))
    )
    assert waited.outcomes == {"accepted": 15, "rejected": 1, "duplicate": 3}
    assert waited.missing == 0
    assert warehouse.now == 0


def test_waits_until_the_last_one_is_there(warehouse):
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    progress: list[int] = []
    warehouse.script = [lambda: None, lambda: warehouse.put("raw.a", 0, range(5, 10), "rejected")]
    waited = warehouse.wait(delivered(("raw.a", 0, 0, 9)), on_progress=progress.append)
    assert waited.outcomes == {"accepted": 5, "rejected": 5, "duplicate": 0}
    assert progress[-1] == 10
    assert 0 < warehouse.now < 1


def test_the_same_row_twice_counts_once(warehouse):
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    assert warehouse.wait(delivered(("raw.a", 0, 0, 4))).outcomes["accepted"] == 5


def test_says_what_is_missing_when_time_is_up(warehouse):
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    warehouse.put("raw.a", 0, range(7, 9), "duplicate")
    waited = warehouse.wait(delivered(("raw.a", 0, 0, 9), ("raw.b", 3, 4, 4)), timeout=2)
    assert warehouse.now == pytest.approx(2)
    assert waited.outcomes == {"accepted": 5, "rejected": 0, "duplicate": 2}
    assert waited.missing == 4
    assert waited.missing_runs == [Run("raw.a", 0, 5, 6), Run("raw.a", 0, 9, 9), Run("raw.b", 3, 4, 4)]


def test_a_warehouse_that_is_away_is_waited_for(warehouse):
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    warehouse.script = [Retryable("away"), Retryable("away")]
    waited = warehouse.wait(delivered(("raw.a", 0, 0, 4)))
    assert (waited.missing, waited.problem) == (0, None)


def test_a_warehouse_that_stays_away_leaves_everything_missing(warehouse):
    warehouse.script = [Retryable("the warehouse does not answer")] * 100
    waited = warehouse.wait(delivered(("raw.a", 0, 0, 4)), timeout=1)
    assert (waited.missing, waited.problem) == (5, "the warehouse does not answer")
    assert waited.missing_runs == [Run("raw.a", 0, 0, 4)]


def test_an_offset_with_two_outcomes_is_fatal(warehouse):
    warehouse.put("raw.a", 0, range(0, 5), "accepted")
    warehouse.put("raw.a", 0, range(4, 5), "rejected")
    with pytest.raises(Fatal, match=r"two outcomes: see `helsepuls audit`"):
        warehouse.wait(delivered(("raw.a", 0, 0, 4)))


def test_many_events_are_asked_for_in_stretches(warehouse):
    warehouse.client.command("INSERT INTO outcomes SELECT 'raw.a', 0, number, 'accepted' FROM numbers(200000)")
    coordinates = Coordinates()
    for offset in range(200_000):
        if offset % 1000:
            coordinates.add("raw.a", 0, offset)
    assert warehouse.wait(coordinates).outcomes["accepted"] == 199_800
    assert warehouse.asked < 10


def test_nothing_sent_is_nothing_to_wait_for(warehouse):
    assert warehouse.wait(Coordinates()).missing == 0
    assert warehouse.asked == 0


def test_why_events_were_rejected(client, warehouse):
    """Each problem of each of ours, in their order, and of nobody else's; no more than asked for."""
    client.command("DROP TABLE IF EXISTS rejected")
    client.command(
        "CREATE TABLE rejected (event_id Nullable(UUID), source_topic String, source_partition Int32, "
        "source_offset Int64, problems Array(Tuple(code String, severity String, field String, message String))) "
        "ENGINE = MergeTree ORDER BY (source_topic, source_partition, source_offset)"
    )
    event = "0a6d9f4e-6c5f-5d7b-8f0e-2f1f6f1c9a11"
    one, other = ("EPI-01", "reject", "a", "mend a"), ("EPI-02", "reject", "b", "mend b")
    client.insert(
        "rejected",
        [
            [event, "raw.episode", 0, 5, [one, other]],
            [None, "raw.episode", 1, 7, [other]],
            [event, "raw.episode", 0, 9, [one]],
        ],
    )
    ours = delivered(("raw.episode", 0, 4, 6), ("raw.episode", 1, 7, 7))
    expected = [
        Rejection(event, "raw.episode", 0, 5, *one),
        Rejection(event, "raw.episode", 0, 5, *other),
        Rejection(None, "raw.episode", 1, 7, *other),
    ]
    assert rejections(warehouse, ours, 100) == expected
    assert rejections(warehouse, ours, 3) == expected
    assert rejections(warehouse, ours, 1) == expected[:1]
