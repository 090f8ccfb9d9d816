"""`helsepuls simulate` and `helsepuls demo`: what they refuse, and what they say."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from helsepuls.cli import _simulated, demo, simulate
from producers.outcomes import Waited
from producers.simulate.config import OSLO
from producers.simulate.live import Sent
from producers.simulate.simulation import Simulation
from schemas.catalog import by_id
from schemas.errors import Fatal, Retryable
from schemas.slow import decode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import unframe

TODAY = datetime.now(OSLO).date()


def run(*arguments, **options):
    return CliRunner().invoke(
        simulate.command, ["--reporters", "4", "--days", "1", "--seed", "1", *arguments], **options
    )


def test_writes_files_and_says_what_must_become_of_the_events(home, tmp_path):
    done = run("--out", str(tmp_path / "out"), "--invalid", "0.1", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    truth = json.loads((tmp_path / "out" / "truth.json").read_text())
    assert {name: said[name] for name in ("events", "outcomes", "codes")} == {
        name: truth[name] for name in ("events", "outcomes", "codes")
    }
    assert said["start"] == truth["config"]["start"] == (TODAY - timedelta(days=1)).isoformat()
    assert said["files"] == len(list((tmp_path / "out" / "events").iterdir()))
    assert said["outcomes"]["rejected"] > 0


def test_shows_the_codes_to_people(home, tmp_path):
    done = run("--out", str(tmp_path / "out"), "--invalid", "0.1")
    assert done.exit_code == 0
    assert "MSG-01" in done.stdout
    assert str(tmp_path) in done.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--out DIR or --publish"),
        (["--out", "x", "--publish"], "--out DIR or --publish"),
        (["--out", "x", "--truth", "y"], "--truth goes with --publish"),
        (["--out", "x", "--start", TODAY.isoformat()], "must be over"),
        (["--out", "x", "--start", (TODAY - timedelta(days=400)).isoformat()], "360 days ago"),
        (["--out", "x", "--late", "2"], "--late"),
        (["--out", "x", "--reporters", "20001"], "--reporters"),
    ],
)
def test_refuses(home, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "x").exists()


def test_does_not_mix_with_what_a_folder_holds(home, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    done = run("--out", str(tmp_path))
    assert done.exit_code == 2
    assert "not empty" in done.output
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["mine.txt"]


def test_publishing_needs_a_kafka(home):
    done = run("--publish")
    assert isinstance(done.exception, Retryable)
    assert "no Kafka is known" in str(done.exception)


@pytest.fixture(scope="module")
def mock_broker():
    """librdkafka's own broker in memory."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    for family in FAMILIES:
        producer.list_topics(raw_topic(family), timeout=10)  # asking for a topic makes it
    (broker,) = producer.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del producer


def test_publishes_every_event_with_sealed_patients(home, mock_broker, monkeypatch):
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", mock_broker)
    done = run("--publish", "--duplicates", "0.05", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    truth = json.loads((Path(said["truth"]) / "truth.json").read_text())
    consumer = Consumer({"bootstrap.servers": mock_broker, "group.id": "t", "enable.auto.commit": False})
    topics = [consumer.list_topics(raw_topic(family), timeout=10).topics[raw_topic(family)] for family in FAMILIES]
    consumer.assign(
        [TopicPartition(topic.topic, number, OFFSET_BEGINNING) for topic in topics for number in topic.partitions]
    )
    found, deadline = [], time.monotonic() + 30
    while len(found) < said["events"] and time.monotonic() < deadline:
        found += consumer.consume(500, timeout=0.2)
    consumer.close()
    assert len(found) == truth["events"] == said["events"]
    for message in found:
        schema_id, datum = unframe(message.value())
        record = decode_one(by_id()[schema_id], datum)
        assert message.key().decode() == f"{record['reporter']}:{record['subject_id']}"
        assert record["patient"] is None if message.topic() == "raw.capacity" else record["patient"][0] == 1
        assert not re.search(rb"\x001:\d{11}", datum)


def test_publishing_says_what_was_not_delivered(home, tmp_path, monkeypatch):
    def to_kafka(folder, truth, config, rate):
        assert (folder, truth, rate) == (home, tmp_path / "t", 5)
        simulation = Simulation(config)
        list(simulation)
        return simulation, Sent(failed=3, first_error="too large")

    monkeypatch.setattr(_simulated, "to_kafka", to_kafka)
    done = run("--publish", "--truth", str(tmp_path / "t"), "--rate", "5", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["failed"] == 3
    assert "3 events not delivered: too large" in done.stderr


@pytest.fixture
def stack(home, monkeypatch):
    """A stack that is up; notes what the demo publishes and shows."""
    done = []
    monkeypatch.setattr("deploy.local.control.up", lambda *_, **__: done.append("up"))
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", "clickhouse://127.0.0.1:1/helsepuls")
    monkeypatch.setattr(demo, "_publish", lambda _, day, __, *, again: done.append((day, again)))
    monkeypatch.setattr(demo, "_show", lambda _, day: done.append(day))
    return done


def test_demo_publishes_yesterday_and_the_same_day_again(stack, home):
    yesterday = TODAY - timedelta(days=1)
    first, second = (CliRunner().invoke(demo.command, []) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert stack == ["up", (yesterday, False), yesterday, "up", (yesterday, True), yesterday]
    assert "published again" in second.output
    assert "port=1" in first.output


def test_demo_shows_what_another_release_simulated(stack, home):
    (home / "demo.json").write_text(json.dumps({"day": "2026-01-05", "simulation": "0" * 12}))
    done = CliRunner().invoke(demo.command, [])
    assert stack == ["up", date(2026, 1, 5)]
    assert "another release" in done.output


@dataclass
class Truth:
    outcomes: dict[str, int]

    def document(self):
        return {"outcomes": self.outcomes}


TRUTH = Truth({"accepted": 10, "rejected": 2, "duplicate": 1})


@pytest.mark.parametrize(
    ("found", "again", "right"),
    [
        ((10, 2, 1), False, True),
        ((9, 3, 1), False, False),
        ((9, 2, 2), False, False),
        ((0, 2, 11), True, True),
        ((4, 2, 7), True, True),
        ((0, 3, 10), True, False),
    ],
)
def test_demo_holds_the_outcomes_against_the_truth(found, again, right):
    waited = Waited(dict(zip(("accepted", "rejected", "duplicate"), found, strict=True)))
    if right:
        demo._check(waited, TRUTH, again=again)
    else:
        with pytest.raises(Fatal, match="were simulated"):
            demo._check(waited, TRUTH, again=again)


def test_demo_says_when_outcomes_do_not_come(monkeypatch):
    monkeypatch.setattr("producers.outcomes.wait_for_outcomes", lambda *_: Waited(missing=5))
    with pytest.raises(Fatal, match="5 events have no outcome"):
        demo._wait(None, Sent())


def test_demo_fails_when_the_stack_does(home, monkeypatch):
    def up(folder, **options):
        raise Retryable("no room")

    monkeypatch.setattr("deploy.local.control.up", up)
    done = CliRunner().invoke(demo.command, [])
    assert done.exit_code != 0
    assert not (home / "demo.json").exists()
