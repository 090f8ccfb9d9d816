"""From a file to queryable outcomes on the whole stack, and everything that tells of it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chaos.waiting import until
from click.testing import CliRunner

from helsepuls.cli.main import main
from producers import Publisher
from producers.coordinates import Coordinates
from producers.outcomes import wait_for_outcomes
from producers.times import OSLO
from runtime.settings import WarehouseSettings, load
from runtime.warehouse import Reader

REPORTER = "974767880"


@pytest.fixture
def run(stack):
    def run(command: str, *arguments: str, exit_code: int = 0) -> Any:
        result = CliRunner().invoke(main, [command, *arguments, "--home", str(stack.home), "--json"])
        assert result.exit_code == exit_code, result.output + result.stderr
        return json.loads(result.stdout)

    return run


def line(subject: str, **more: Any) -> dict[str, Any]:
    hour = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    return {
        "family": "capacity",
        "event_id": str(uuid.uuid4()),
        "subject_id": subject,
        "action": "report",
        "occurred_at": hour,
        "as_of": hour,
        "unit": REPORTER,
        "origin": "reported",
        "resource": "bed",
        "category": "adult",
        "staffed": 10,
        "occupied": 5,
        **more,
    }


@pytest.fixture
def source(tmp_path):
    def source(*lines: dict[str, Any]) -> str:
        path = tmp_path / f"{uuid.uuid4()}.ndjson"
        path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        return str(path)

    return source


@pytest.mark.timeout(180)
def test_publish_wait_trace_receipts_and_audit(run, source):
    good = [line(f"e2e/{n}") for n in range(20)]
    file = source(*good)
    first = run("publish", file, "--reporter", REPORTER, "--wait")
    assert (first["read"], first["published"], first["events"]) == (20, 20, 20)
    assert first["outcomes"] == {"accepted": 20, "rejected": 0, "duplicate": 0}
    again = run("publish", file, "--reporter", REPORTER, "--wait")
    assert again["outcomes"] == {"accepted": 0, "rejected": 0, "duplicate": 20}

    bad = line("e2e/bad", action="destroy")
    checked = run("publish", source(bad), "--reporter", REPORTER, "--wait", exit_code=1)
    assert (checked["invalid"], checked["outcomes"]) == (1, {"accepted": 0, "rejected": 0, "duplicate": 0})
    refused = run("publish", source(bad), "--reporter", REPORTER, "--no-validate", "--wait", exit_code=1)
    assert refused["outcomes"] == {"accepted": 0, "rejected": 1, "duplicate": 0}
    codes = {p["code"] for p in checked["problems"]}
    assert codes == set(_codes(run("trace", bad["event_id"]))) == {r["code"] for r in refused["rejections"]}
    assert {r["event_id"] for r in refused["rejections"]} == {bad["event_id"]}

    traced = run("trace", good[0]["event_id"])
    assert [received["outcome"] for received in traced["received"]] == ["accepted", "duplicate"]
    accepted, duplicate = traced["received"]
    assert accepted["version"]["occupied"] == 5
    assert duplicate["first_accepted"] == {
        "partition": accepted["source_partition"],
        "offset": accepted["source_offset"],
    }
    # receipts come on a topic of their own, which the sink stores in its turn
    until(lambda: all(received["receipts"] for received in run("trace", good[0]["event_id"])["received"]), 30)
    assert not run("trace", str(uuid.uuid4()), exit_code=1)["seen"]

    until(lambda: run("trace", bad["event_id"])["received"][0]["receipts"], 30)
    receipts = run("receipts", "--reporter", REPORTER, "--limit", "10000")["receipts"]
    assert {good[0]["event_id"]} <= {i for receipt in receipts for i in receipt["accepted_ids"]}
    entries = {entry["event_id"]: entry for receipt in receipts for entry in receipt["entries"]}
    assert entries[bad["event_id"]]["outcome"] == "rejected"
    assert "action" in {problem["field"] for problem in entries[bad["event_id"]]["problems"]}
    assert run("receipts", "--reporter", REPORTER, "--since", "2100-01-01T00:00:00Z")["receipts"] == []

    audit = run("audit")
    assert audit["conserved"] is True
    assert audit["missing"] == audit["double"] == []
    assert audit["raw"] == audit["accepted"] + audit["rejected"] + audit["duplicate"] >= 41


def _codes(traced: dict[str, Any]) -> list[str]:
    (received,) = traced["received"]
    assert received["outcome"] == "rejected"
    return [problem["code"] for problem in received["problems"]]


@pytest.mark.timeout(120)
def test_a_vendor_in_ten_lines(stack):
    now = datetime.now(UTC)
    coordinates = Coordinates()
    with Publisher(stack.home, reporter=REPORTER, system=("Vendor", "Product", "1.0")) as p:
        event = p.event(
            "capacity", subject_id="e2e/vendor", occurred_at=now, unit=REPORTER, as_of=now, origin="reported",
            resource="icu_bed", category="adult", staffed=12, occupied=9, late=False,
        )  # fmt: skip
        p.publish(event)
        for report in p.flush(30):
            assert report.delivered
            coordinates.add(report.topic, report.partition or 0, report.offset or 0)
    reader = Reader(load(WarehouseSettings, Path(stack.home)))
    waited = wait_for_outcomes(reader, coordinates, 60)
    reader.close()
    assert waited.outcomes == {"accepted": 1, "rejected": 0, "duplicate": 0}


@pytest.mark.timeout(180)
def test_a_delivery_that_replaces_its_days(stack, run, source):
    """a and b; then b alone, so a is cancelled; then both again, so a is back. A capacity cell and a visit of each."""
    reporter = "974706490"
    day = (datetime.now(UTC) - timedelta(hours=1)).astimezone(OSLO).date().isoformat()

    def lines(name: str) -> list[dict[str, Any]]:
        cell = line(f"replaced/{name}")
        visit = {name: cell[name] for name in ("action", "occurred_at")} | {"family": "episode"}
        visit |= {"omsorgsniva": "3", "innDatoTid": cell["occurred_at"], "innmateHast": "4", "debitor": "1"}
        return [cell, {**visit, "event_id": str(uuid.uuid4()), "subject_id": f"replaced/{name}/visit"}]

    a, b = lines("a"), lines("b")
    both, one = source(*a, *b), source(*b)
    wanted = ("--reporter", reporter, "--replaces", day, day, "--wait", "--no-validate")
    reader = Reader(load(WarehouseSettings, Path(stack.home)))

    def current() -> list[str]:
        query = "SELECT subject_id FROM {}_current WHERE reporter = '974706490' AND startsWith(subject_id, 'replaced/')"
        return sorted(row[0] for family in ("capacity", "episode") for row in reader.rows(query.format(family)))

    names = {name: [f"replaced/{name}", f"replaced/{name}/visit"] for name in "ab"}
    for file, cancelled, outcomes, left in (
        (both, 0, {"accepted": 4, "rejected": 0, "duplicate": 0}, names["a"] + names["b"]),
        (both, 0, {"accepted": 0, "rejected": 0, "duplicate": 4}, names["a"] + names["b"]),
        (one, 2, {"accepted": 2, "rejected": 0, "duplicate": 2}, names["b"]),
        (one, 0, {"accepted": 0, "rejected": 0, "duplicate": 2}, names["b"]),
        (both, 0, {"accepted": 2, "rejected": 0, "duplicate": 2}, names["a"] + names["b"]),
    ):
        told = run("publish", file, *wanted)
        assert (told["cancelled"], told["outcomes"]) == (cancelled, outcomes)
        assert told["read"] == told["published"] == sum(outcomes.values())
        assert current() == left
    reader.close()


def test_a_delivery_that_is_not_whole_replaces_nothing(stack, source):
    file = source(line("partial/a"), line("partial/b", action="destroy"))
    arguments = ["publish", file, "--reporter", REPORTER, "--replaces", "2026-01-01", "2026-01-31"]
    refused = CliRunner().invoke(main, [*arguments, "--home", str(stack.home)])
    assert refused.exit_code == 1
    assert "nothing was sent: 1 of 2 items are invalid" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--reporter", REPORTER, "--replaces", "2026-02-01", "2026-01-31"), "2026-02-01 is after 2026-01-31"),
        (("--replaces", "2026-01-01", "2026-01-31"), "--replaces needs --reporter"),
        (("-", "--reporter", REPORTER, "--replaces", "2026-01-01", "2026-01-31"), "give it as a file"),
    ],
)
def test_wrong_ways_to_replace_say_what_to_do(source, arguments, says):
    refused = CliRunner().invoke(main, ["publish", source(line("x")), *arguments])
    assert refused.exit_code == 2
    assert says in refused.stderr
