"""`helsepuls publish` against librdkafka's own broker in memory."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer

from helsepuls.cli.main import main
from schemas.errors import Retryable
from schemas.types import FAMILIES, raw_topic

REPORTER = "983971636"
EVENT = "0a6d9f4e-6c5f-5d7b-8f0e-2f1f6f1c9a11"
_PLACE = re.compile(r"source_topic = \{(\w+):String\} AND source_partition = (\d+) AND \((.*?)\)")
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
LINE = {
    "family": "capacity",
    "action": "report",
    "subject_id": "icu/bed/adult",
    "occurred_at": AN_HOUR_AGO,
    "registered_at": AN_HOUR_AGO,
    "unit": REPORTER,
    "as_of": AN_HOUR_AGO,
    "origin": "reported",
    "resource": "icu_bed",
    "category": "adult",
    "occupied": 9,
}


@pytest.fixture(scope="module")
def mock_broker() -> Iterator[str]:
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    for family in FAMILIES:
        producer.list_topics(raw_topic(family), timeout=10)  # asking for a topic makes it
    (broker,) = producer.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del producer


@pytest.fixture
def run(home, mock_broker, monkeypatch, tmp_path):
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", mock_broker)

    def run(*arguments: str, lines: list[Any] | None = None, **more: Any):
        path = tmp_path / "input.ndjson"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines or [LINE]))
        return CliRunner().invoke(main, ["publish", str(path), "--reporter", REPORTER, *arguments], **more)

    return run


class Warehouse:
    """Gives every offset asked for an outcome, or none."""

    outcomes = ("accepted",)
    error: Exception | None = None
    why: Exception | None = None
    """Raised when it is asked why it rejected."""

    def __init__(self, settings: Any) -> None:
        settings.query_url  # noqa: B018  raises when nothing is known to query

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        if self.error:
            raise self.error
        places = _PLACE.findall(query)
        if "FROM rejected" in query:
            if self.why:
                raise self.why
            ((name, partition, stretch),) = places
            offset = int(stretch.split()[2])
            return [(EVENT, parameters[name], int(partition), offset, "ENV-07", "reject", "action", "say what to do")]
        if "uniqExact" not in query:
            return []
        found = []
        for name, partition, stretch in places:
            count = sum(int(b) - int(a) + 1 for a, b in re.findall(r"BETWEEN (\d+) AND (\d+)", stretch))
            found += [(parameters[name], int(partition), outcome, count) for outcome in self.outcomes]
        return found

    def close(self) -> None:
        pass


@pytest.fixture
def warehouse(monkeypatch):
    monkeypatch.setattr("runtime.warehouse.Reader", Warehouse)
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", "http://127.0.0.1:1")
    return Warehouse


def test_accounts_for_every_item_in_one_json_object(run):
    lines = [LINE, {**LINE, "subject_id": "b"}, {**LINE, "action": "destroy"}, "{not json"]
    result = run("--json", lines=lines)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    problems = found.pop("problems")
    assert found == {
        "read": 4,
        "published": 2,
        "not_reportable": 0,
        "invalid": 2,
        "failed": 0,
        "events": 2,
        "cancelled": 0,
        "by_family": {"capacity": 2},
        "by_code": {problem["code"]: 1 for problem in problems},
        "outcomes": None,
        "without_outcome": None,
        "rejections": [],
        "problems_left_out": 0,
    }
    assert [problem["position"] for problem in problems] == [3, 4]
    assert set(problems[0]) >= {"source", "position", "code", "field", "message"}
    assert problems[0]["field"] == "action"


def test_all_good_is_exit_code_0_and_words(run):
    result = run()
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert said == "1 read: 1 published, 0 not reportable, 0 invalid, 0 not delivered. 1 event: 1 capacity."


def test_reads_standard_input(run, home):
    result = CliRunner().invoke(
        main, ["publish", "-", "--reporter", REPORTER, "--json"], input=json.dumps(LINE).encode() + b"\n"
    )
    assert json.loads(result.stdout)["published"] == 1


def test_without_validation_the_rules_are_left_to_the_stream(run):
    result = run("--no-validate", "--json", lines=[{**LINE, "action": "destroy"}])
    assert (result.exit_code, json.loads(result.stdout)["published"]) == (0, 1)


def test_wait_counts_the_outcomes(run, warehouse):
    result = run("--wait", "--json", lines=[LINE, {**LINE, "subject_id": "b"}])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["outcomes"] == {"accepted": 2, "rejected": 0, "duplicate": 0}


def test_a_rejected_event_is_exit_code_1(run, warehouse, monkeypatch):
    monkeypatch.setattr(warehouse, "outcomes", ("rejected",))
    result = run("--wait")
    assert result.exit_code == 1
    assert "0 accepted, 1 rejected, 0 duplicate." in result.stdout
    assert f"helsepuls receipts --reporter {REPORTER}`" in result.stdout
    said = " ".join(result.stdout.split())
    assert "ENV-07 reject action 1 raw.capacity partition" in said
    assert "say what to do" in said


def test_json_says_of_each_rejected_event_why(run, warehouse, monkeypatch):
    monkeypatch.setattr(warehouse, "outcomes", ("rejected",))
    (told,) = json.loads(run("--wait", "--json").stdout)["rejections"]
    place = {name: told.pop(name) for name in ("topic", "partition", "offset")}
    assert place["topic"] == "raw.capacity"
    assert told == {
        "event_id": EVENT,
        "code": "ENV-07",
        "severity": "reject",
        "field": "action",
        "message": "say what to do",
    }


def test_a_warehouse_that_leaves_before_it_says_why_is_exit_code_3(run, warehouse, monkeypatch):
    monkeypatch.setattr(warehouse, "outcomes", ("rejected",))
    monkeypatch.setattr(warehouse, "why", Retryable("the warehouse does not answer"))
    result = run("--wait", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rejections"]) == (3, [])
    assert result.stderr == "Error: the warehouse does not answer\n"


def test_an_outcome_that_does_not_come_in_time_is_exit_code_1_with_its_place(run, warehouse, monkeypatch):
    monkeypatch.setattr(warehouse, "outcomes", ())
    result = run("--wait", "--timeout", "1", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["without_outcome"] == 1
    assert "no outcome yet: 1 event, first raw.capacity partition" in result.stderr
    assert "helsepuls status" in result.stderr


def test_a_warehouse_that_is_away_is_exit_code_3(run, warehouse, monkeypatch):
    monkeypatch.setattr(warehouse, "error", Retryable("the warehouse does not answer"))
    result = run("--wait", "--timeout", "1", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["published"] == 1
    assert "the warehouse does not answer" in result.stderr


def test_wait_without_a_known_warehouse_sends_nothing(run, home):
    result = run("--wait", "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no warehouse is known to query" in result.stderr


def test_an_absent_broker_is_exit_code_3(run, monkeypatch):
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    result = run("--timeout", "1", "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Kafka at 127.0.0.1:1 does not answer" in result.stderr


def test_a_broker_that_goes_away_in_between_fails_the_rest_and_is_exit_code_3(run, monkeypatch):
    """The check at the start passes, then nobody answers."""
    calls = []

    def reach(kafka, seconds):
        calls.append(seconds)
        if len(calls) > 1:
            raise Retryable("Kafka does not answer")

    monkeypatch.setattr("producers.client.reach", reach)
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    result = run("--timeout", "1", "--json", lines=[LINE, {**LINE, "subject_id": "b"}])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["failed"], found["published"]) == (3, 2, 0)
    assert [problem["code"] for problem in found["problems"]] == ["PUB-02", "PUB-02"]
    assert "Kafka does not answer" in result.stderr


def test_nothing_of_the_content_is_in_what_is_said(run):
    lines = [{**LINE, "unit": "01890199928", "no_field": "01890199928"}, {**LINE, "occupied": "01890199928"}]
    for arguments in ((), ("--json",)):
        result = run(*arguments, lines=lines)
        assert result.exit_code == 1
        assert "01890199928" not in result.output + result.stderr


def test_a_pipe_cannot_be_read_twice(home: Path, tmp_path: Path) -> None:
    """As of `<(zcat january.gz)`: the second time it is empty, or waits for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    period = ("--replaces", "2026-01-01", "2026-01-31")
    refused = CliRunner().invoke(main, ["publish", str(pipe), "--reporter", REPORTER, *period, "--home", str(home)])
    assert refused.exit_code == 2
    assert "reads the input twice: give it as a file" in " ".join(refused.stderr.split())
