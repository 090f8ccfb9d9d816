"""A few seconds of fuzzing at every door, and that the fuzzer sees a fault where one is put."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from fuzz import __main__ as command
from fuzz import configuration, files, stored, topics
from fuzz.mutation import IDENTIFIER
from fuzz.target import Target, fuzz, with_examples

from producers.adapters import ndjson
from producers.mappings import loader
from schemas.types import Problem, Severity
from sinks import decode
from streams.pipeline import process
from streams.window.partition import PartitionWindow

_CALLS = 4
_SEEN_WITHIN = 4_000
"""Inputs within which a fault must be seen: a small part of a long run."""


@pytest.mark.parametrize("target", command.TARGETS, ids=lambda target: target.name)
def test_a_short_run(target: Target) -> None:
    with_examples(target, _CALLS)()


def failure_of(targets: tuple[Target, ...], name: str) -> Exception:
    """What the named target meets, not made small."""
    target = next(target for target in targets if target.name == name)
    failure = fuzz(replace(target, kept=()), _SEEN_WITHIN, 1, shrink=False).failure
    assert failure is not None, "the fault was not seen"
    return failure


def test_sees_a_record_without_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_refused", lambda group: [])
    assert "not exactly one outcome" in str(failure_of(topics.TARGETS, "raw.episode"))


def test_sees_an_id_that_is_accepted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(window: PartitionWindow, last_offset: int, *_: Any) -> None:
        window.covered = max(window.covered, last_offset)

    monkeypatch.setattr(PartitionWindow, "learn_range", forgetful)
    assert "an id was accepted twice" in str(failure_of(topics.TARGETS, "raw.episode"))


def test_sees_an_identifier_that_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that looks for identifiers where none belongs does not see one column."""
    judge = process.validate

    def blind(frame: Any, *more: Any) -> Any:
        verdict = judge(frame.with_columns(subject_id=frame["subject_id"].str.replace(IDENTIFIER.decode(), "x")), *more)
        return replace(verdict, repaired=verdict.repaired.with_columns(subject_id=frame["subject_id"]))

    monkeypatch.setattr(process, "validate", blind)
    assert "an identifier in" in str(failure_of(topics.TARGETS, "raw.movement"))


def test_sees_an_adapter_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trusting:
        JSONDecodeError = orjson.JSONDecodeError

        @staticmethod
        def loads(line: bytes) -> Any:
            content = orjson.loads(line)
            return content if content["family"] else None

    monkeypatch.setattr(ndjson, "orjson", Trusting)
    assert isinstance(failure_of(files.TARGETS, "NDJSON"), KeyError | TypeError)


def test_sees_a_value_in_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def quoting(code: str, field: str, wanted: str = "") -> Problem:
        return Problem(code, Severity.FATAL, field, f"cannot be {IDENTIFIER.decode()}")

    monkeypatch.setattr(ndjson, "problem", quoting)
    assert "an identifier in an answer" in str(failure_of(files.TARGETS, "NDJSON"))


def test_sees_a_message_that_the_sink_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = decode._bad
    monkeypatch.setattr(decode, "_bad", lambda block, problems: recorded(block, dict(list(problems.items())[:1])))
    assert "not exactly one row or error" in str(failure_of(stored.TARGETS, "sink, rejected"))


def test_sees_an_error_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "parse", int)
    assert isinstance(failure_of(configuration.TARGETS, "mappings"), ValueError)


def test_the_command_shows_a_table_and_fails_when_something_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("--inputs", "50", "--only", "facilities, CSV", "--seed", "1")
    assert command.main(run) == 0
    assert "facilities, CSV" in capsys.readouterr().out

    def broken(batch: list[bytes]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(command, "TARGETS", [replace(target, check=broken) for target in command.TARGETS])
    assert command.main(run) == 1
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said
    assert "--seed 1" in said
