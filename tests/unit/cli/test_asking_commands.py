"""Commands that ask the warehouse or Kafka, against answers made up here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.topics import Change
from helsepuls.cli.main import main
from helsepuls.explaining import explain
from helsepuls.tracing import trace

NOW = datetime(2026, 5, 13, 8, tzinfo=UTC)
PATIENT = "01890199928"
EVENT = "0a6d9f4e-6c5f-5d7b-8f0e-2f1f6f1c9a11"
CREATED = Change("raw.capacity", "create", None, "4 partitions")
PROBLEM = {"code": "CAP-01", "severity": "warn", "field": "occupied"}


class Warehouse:
    """Gives each query the rows that are kept for a word in it."""

    rows: Mapping[str, list[dict[str, Any]]] = {}

    def __init__(self, settings: Any = None) -> None:
        pass

    def records(self, query: str, parameters: Any = None) -> list[dict[str, Any]]:
        return next((rows for word, rows in self.rows.items() if word in query), [])

    def close(self) -> None:
        pass


@pytest.fixture
def run(home: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr("runtime.warehouse.Reader", Warehouse)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_patients_number_in_place_of_an_event_id_is_not_repeated(run: Callable[..., Result]) -> None:
    told = run("trace", PATIENT)

    assert told.exit_code == 2
    assert "not an event id" in told.stderr
    assert PATIENT not in told.output


def test_rules_of_explained_events_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    event = {
        **dict.fromkeys(("what", "role", "patients"), "x"),
        "problems": [PROBLEM, {**PROBLEM, "code": "OLD-99"}],
        "flags": [],
        "rules_release": "r",
        "reference_release": "r",
    }
    monkeypatch.setattr(Warehouse, "rows", {"FROM explain_": [event]})
    found = explain(Warehouse(), "preparedness_occupancy", "u", NOW, NOW)
    assert [rule["code"] for rule in found.rules] == ["CAP-01", "OLD-99"]
    assert found.rules[0]["rule"].startswith("occupied ")
    assert found.rules[1]["rule"] == ""


def test_problems_of_an_accepted_event_have_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"source_topic": "raw.capacity", "source_partition": 0, "source_offset": 1}
    outcome = {"outcome": "accepted", "family": "capacity", "reporter": "983971636", **place}
    monkeypatch.setattr(
        Warehouse, "rows", {"FROM outcomes": [outcome], "FROM accepted_capacity": [{"problems": [PROBLEM]}]}
    )
    (found,) = trace(Warehouse(), EVENT)  # type: ignore[arg-type]  # an id is put into the query as text
    assert found["problems"][0]["message"].startswith("occupied ")


@pytest.mark.parametrize("given", [PATIENT, "983971637", "x"])
def test_receipts_of_what_is_no_reporter(run: Callable[..., Result], given: str) -> None:
    result = run("receipts", "--reporter", given)
    assert (result.exit_code, "nine digits, modulus 11" in result.stderr) == (2, True)
    assert len(given) == 1 or given not in result.output
    assert run("receipts", "--reporter", "983971636").exit_code == 0


def test_a_unit_that_may_be_a_patient_is_not_echoed(run: Callable[..., Result]) -> None:
    for arguments in ((), ("--json",)):
        result = run("explain", "preparedness_occupancy", "--unit", PATIENT, *arguments)
        assert result.exit_code == 1
        assert PATIENT not in result.output


@pytest.mark.parametrize(
    ("changes", "arguments", "changed"),
    [([], (), False), ([CREATED], (), True), ([CREATED], ("--dry-run",), False)],
)
def test_topics_say_whether_something_was_changed(
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    changes: list[Change],
    arguments: tuple[str, ...],
    changed: bool,
) -> None:
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setattr("deploy.topics.apply", lambda *_, **__: changes)
    assert json.loads(run("topics", "--json", *arguments).stdout)["changed"] is changed
