"""The verdict on conservation, with scripted topics and a real engine in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import numpy as np
import pytest

from helsepuls.audit import judge
from helsepuls.audit.judge import audit
from helsepuls.audit.report import LISTED, Double, Report, Stretch
from helsepuls.audit.topics import Extent

RAW = "raw.movement"


class Engine:
    """Asked as `runtime.warehouse.Reader` is."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def rows(self, query, parameters=None):
        return self.client.query(query, parameters=parameters).result_rows

    def arrow(self, query, parameters=None):
        return self.client.query_arrow(query, parameters=parameters)


class Topics:
    """What the outcome topics say, by partition: (outcome, offsets)."""

    def __init__(self) -> None:
        self.extents = {(RAW, 0): Extent(0, 10)}
        self.told: dict[int, list[tuple[str, list[int]]]] = {}
        self.shortened = False
        self.later: dict[tuple[str, int], Extent] = {}
        self.empty: set[int] = set()
        self.read: list[tuple[int, int]] = []

    def raw_extents(self):
        return self.extents

    def extent(self, topic, partition):
        return self.later.get((topic, partition)) or self.extents[topic, partition]

    def events(self, topic, partition, first, end):
        self.read.append((first, end))
        low, high = self.extent(topic, partition)
        return np.array([n for n in range(max(first, low), min(end, high)) if n not in self.empty], dtype=np.int64)

    def read_outcomes(self, partition, ledgers, report):
        for outcome, offsets in self.told.get(partition, []):
            ledgers[RAW].note(outcome, np.array(offsets, dtype=np.int64))
        return self.shortened


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    client = clickhouse_connect.get_client(dsn="chdb://memory", autogenerate_session_id=False)
    yield client
    client.close()


@pytest.fixture
def engine(client) -> Engine:
    client.command("DROP TABLE IF EXISTS outcomes")
    client.command(
        "CREATE TABLE outcomes (source_topic LowCardinality(String), source_partition Int32, source_offset Int64, "
        "outcome LowCardinality(String)) ENGINE = MergeTree ORDER BY (source_topic, source_partition, source_offset)"
    )
    return Engine(client)


def put(engine: Engine, outcome: str, offsets, partition: int = 0) -> None:
    engine.client.insert("outcomes", [[RAW, partition, o, outcome] for o in offsets])


def both(engine: Engine, topics: Topics, outcome: str, offsets, partition: int = 0) -> None:
    put(engine, outcome, offsets, partition)
    topics.told.setdefault(partition, []).append((outcome, list(offsets)))


@pytest.fixture
def topics(engine) -> Topics:
    """Ten offsets, sound on both sides."""
    topics = Topics()
    both(engine, topics, "accepted", range(0, 7))
    both(engine, topics, "rejected", [7, 8])
    both(engine, topics, "duplicate", [9])
    return topics


def judged(topics: Topics, engine: Engine) -> Report:
    return audit(topics, engine, patience=0)


def test_sound_is_conserved(topics, engine):
    report = judged(topics, engine)
    assert report == Report(raw=10, accepted=7, rejected=2, duplicate=1)
    assert report.document()["conserved"] is True


def test_a_reemitted_outcome_counts_once(topics, engine):
    topics.told[0].append(("accepted", [3, 4, 4]))
    put(engine, "accepted", [3])
    report = judged(topics, engine)
    assert (report.conserved, report.reemitted, report.accepted) == (True, 3, 7)


def test_an_offset_without_outcome_is_missing_with_its_coordinates(topics, engine):
    topics.extents = {(RAW, 0): Extent(0, 13), (RAW, 1): Extent(5, 6)}
    report = judged(topics, engine)
    assert report.missing == [
        Stretch(RAW, 0, 10, 12, ("topics", "warehouse")),
        Stretch(RAW, 1, 5, 5, ("topics", "warehouse")),
    ]
    assert not report.conserved


def test_missing_on_one_side_says_which(topics, engine):
    topics.extents = {(RAW, 0): Extent(0, 12)}
    put(engine, "accepted", [10])
    topics.told[0].append(("accepted", [11]))
    assert judged(topics, engine).missing == [
        Stretch(RAW, 0, 10, 10, ("topics",)),
        Stretch(RAW, 0, 11, 11, ("warehouse",)),
    ]


@pytest.mark.parametrize("side", ["topics", "warehouse", "both sides alike", "both sides differ"])
def test_two_outcomes_of_one_offset_are_double(topics, engine, side):
    if side in ("topics", "both sides alike"):
        topics.told[0].append(("rejected", [3]))
    if side in ("warehouse", "both sides alike"):
        put(engine, "rejected", [3])
    if side == "both sides differ":
        engine.client.command(
            "ALTER TABLE outcomes UPDATE outcome = 'rejected' WHERE source_offset = 3 SETTINGS mutations_sync = 2"
        )
    report = judged(topics, engine)
    (double,) = report.double
    assert (double.topic, double.partition, double.offset) == (RAW, 0, 3)
    assert set(double.topics) | set(double.warehouse) == {"accepted", "rejected"}
    assert not report.conserved


def test_two_outcomes_in_the_only_place_that_has_any_are_double(topics, engine):
    topics.extents = {(RAW, 0): Extent(0, 12)}
    put(engine, "accepted", [10])
    put(engine, "rejected", [10])
    topics.told[0] += [("accepted", [11]), ("duplicate", [11])]
    assert judged(topics, engine).double == [
        Double(RAW, 0, 10, (), ("accepted", "rejected")),
        Double(RAW, 0, 11, ("accepted", "duplicate"), ()),
    ]


def test_counts_alone_would_not_see_one_too_many_and_one_too_few(topics, engine):
    """Ten raw offsets and ten outcome rows, but not of the same ten."""
    engine.client.command("ALTER TABLE outcomes DELETE WHERE source_offset = 5 SETTINGS mutations_sync = 2")
    put(engine, "rejected", [3])
    report = judged(topics, engine)
    assert report.missing == [Stretch(RAW, 0, 5, 5, ("warehouse",))]
    assert report.double == [Double(RAW, 0, 3, ("accepted",), ("accepted", "rejected"))]


@pytest.mark.parametrize("where", [("topics",), ("warehouse",), ("topics", "warehouse")])
def test_outcomes_of_offsets_that_do_not_exist_are_invented(topics, engine, where):
    if "topics" in where:
        topics.told[0].append(("accepted", [14]))
    if "warehouse" in where:
        put(engine, "accepted", [14])
    report = judged(topics, engine)
    assert report.invented == [Stretch(RAW, 0, 10, 14, where)]
    assert not report.conserved


def test_events_that_came_while_it_read_are_not_invented(topics, engine):
    both(engine, topics, "accepted", [10, 11])
    topics.later = {(RAW, 0): Extent(0, 12)}
    assert judged(topics, engine).conserved


def test_what_retention_took_from_the_raw_topic_is_not_judged(topics, engine):
    topics.extents = {(RAW, 0): Extent(8, 10)}
    report = judged(topics, engine)
    assert (report.raw, report.rejected, report.duplicate, report.accepted) == (2, 1, 1, 0)
    assert report.conserved


def test_what_retention_took_from_the_outcome_topics_is_witnessed_by_the_warehouse(topics, engine):
    topics.told[0] = [("accepted", [6]), ("rejected", [7, 8]), ("duplicate", [9])]
    topics.shortened = True
    report = judged(topics, engine)
    assert (report.conserved, report.expired, report.accepted) == (True, 6, 7)
    topics.shortened = False
    assert judged(topics, engine).missing == [Stretch(RAW, 0, 0, 5, ("topics",))]


def test_findings_beyond_the_list_are_counted(topics, engine):
    topics.extents = {(RAW, 0): Extent(0, 2000)}
    both(engine, topics, "accepted", range(10, 2000, 2))
    report = judged(topics, engine)
    assert len(report.missing) == LISTED
    assert report.unlisted == 995 - LISTED


def test_reads_the_warehouse_in_chunks(topics, engine, monkeypatch):
    monkeypatch.setattr(judge, "CHUNK", 3)
    assert judged(topics, engine) == Report(raw=10, accepted=7, rejected=2, duplicate=1)


def test_waits_for_outcomes_on_their_way(topics, engine, monkeypatch):
    topics.extents = {(RAW, 0): Extent(0, 11)}
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        both(engine, topics, "accepted", [10])

    monkeypatch.setattr(judge.time, "sleep", sleep)
    report = audit(topics, engine, patience=5)
    assert (report.conserved, len(slept)) == (True, 1)


@pytest.mark.parametrize("side", ["warehouse", "topics", "both"])
def test_waits_for_an_older_outcome_than_the_newest(topics, engine, monkeypatch, side):
    """Outcomes of one partition come on several topics; the sink stores one topic before the other."""
    topics.extents = {(RAW, 0): Extent(0, 12)}
    both(engine, topics, "accepted", [11])
    if side == "warehouse":
        topics.told[0].append(("rejected", [10]))
    if side == "topics":
        put(engine, "rejected", [10])
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if side != "topics":
            put(engine, "rejected", [10])
        if side != "warehouse":
            topics.told[0].append(("rejected", [10]))

    monkeypatch.setattr(judge.time, "sleep", sleep)
    report = audit(topics, engine, patience=5)
    assert (report.conserved, report.rejected, len(slept)) == (True, 3, 1)


def test_what_does_not_come_is_missing_after_a_look_that_began_when_patience_was_over(topics, engine, monkeypatch):
    topics.extents = {(RAW, number): Extent(0, 12) for number in (0, 1)}
    for number in (0, 1):
        both(engine, topics, "accepted", [11], number)
    both(engine, topics, "accepted", range(10), 1)
    clock, looks = [0.0], []
    monkeypatch.setattr(judge.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(judge.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    read = topics.read_outcomes
    monkeypatch.setattr(
        topics, "read_outcomes", lambda number, *rest: looks.append((number, clock[0])) or read(number, *rest)
    )
    report = audit(topics, engine, patience=1)
    assert [(m.partition, m.first, m.last) for m in report.missing] == [(0, 10, 10), (1, 10, 10)]
    assert looks == [(0, 0.0), (0, 0.5), (0, 1.0), (1, 1.0)]
    assert (report.raw, report.accepted) == (24, 19)


def test_an_offset_that_holds_no_event_is_not_missing(topics, engine):
    """The mark that ends a sender's transaction takes one. Beside it an event is missing as ever."""
    topics.extents = {(RAW, 0): Extent(0, 15)}
    topics.empty = {10, 12, 13}
    both(engine, topics, "accepted", [11])
    report = judged(topics, engine)
    assert (report.raw, report.empty, report.accepted) == (12, 3, 8)
    assert report.missing == [Stretch(RAW, 0, 14, 14, ("topics", "warehouse"))]
    both(engine, topics, "accepted", [14])
    assert judged(topics, engine).conserved
    assert topics.read == [(10, 15), (10, 14)], "what has an outcome is not read"


def test_what_is_deleted_while_it_judges_is_missing_all_the_same(topics, engine):
    """It is not there to be read, and was an event."""
    topics.extents = {(RAW, 0): Extent(0, 20)}
    both(engine, topics, "accepted", range(12, 18))
    topics.later = {(RAW, 0): Extent(11, 19)}
    topics.empty = {11, 18}
    report = judged(topics, engine)
    assert report.missing == [
        Stretch(RAW, 0, 10, 10, ("topics", "warehouse")),
        Stretch(RAW, 0, 19, 19, ("topics", "warehouse")),
    ]
    assert (report.raw, report.empty) == (18, 2)


@pytest.mark.parametrize("end", [10, 11, 13])
def test_does_not_wait_for_outcomes_of_what_is_no_event(topics, engine, monkeypatch, end):
    topics.extents = {(RAW, 0): Extent(0, end), (RAW, 1): Extent(5, 6)}
    topics.empty = {5, *range(10, end)}
    monkeypatch.setattr(judge.time, "sleep", lambda _: pytest.fail("waited"))
    assert audit(topics, engine, patience=60).empty == end - 10 + 1


def test_progress_counts_offsets(topics, engine):
    topics.extents = {(RAW, 0): Extent(0, 11)}
    topics.empty = {10}
    told = []
    audit(topics, engine, 0, lambda done, of: told.append((done, of)))
    assert told == [(11, 11)]
