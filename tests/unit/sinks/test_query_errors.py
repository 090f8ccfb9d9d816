"""What the engine says, as ClickHouse's HTTP interface says it."""

from __future__ import annotations

import pytest

from sinks.parameters import advice
from sinks.warehouse.refusal import Code, QueryError, from_engine


@pytest.mark.parametrize(
    ("said", "code", "name", "sentence"),
    [
        ("Code: 60. DB::Exception: Unknown table x. (UNKNOWN_TABLE)", 60, "UNKNOWN_TABLE", "Unknown table x."),
        (
            "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'x' (readonly). (READONLY) "
            "(version 26.9.2.1). (READONLY)",
            164,
            "READONLY",
            "Cannot modify 'x' (readonly).",
        ),
        (
            "Code: 62. DB::Exception: Syntax error: failed at position 1 (x): x: In scope SELECT "
            "parseQueryToJSON('x'). (SYNTAX_ERROR)",
            62,
            "SYNTAX_ERROR",
            "Syntax error: failed at position 1 (x): x.",
        ),
        (
            "Received ClickHouse exception, server response: Code: 6. DB::Exception: Bad\nthing (A_B)",
            6,
            "A_B",
            "Bad\nthing.",
        ),
    ],
)
def test_of_the_engine(said: str, code: int, name: str, sentence: str) -> None:
    error = from_engine(RuntimeError(said))
    assert (error.code, error.name, error.sentence, error.outcome) == (code, name, sentence, "failed")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "SELECT * FROM capacity_known_at(before = 1)",
            "capacity_known_at takes parameters: capacity_known_at(at = …).",
        ),
        ("SELECT 1 FROM a JOIN capacity_known_at", "capacity_known_at takes parameters: capacity_known_at(at = …)."),
        ("SELECT 1 FROM h.capacity_known_at", "capacity_known_at takes parameters: capacity_known_at(at = …)."),
        ("SELECT 1 FROM own(before = 1)", "A view of the statement takes at = …, too."),
        ("SELECT {at:UInt8} FROM capacity", "{at:…} comes beside the statement: as param_at, or --param at=… of"),
    ],
)
def test_what_to_do_about_a_missing_parameter_is_told_once(statement: str, told: str) -> None:
    """The command line reads the endpoint's answer as it reads a server's."""
    engine = "Code: 456. DB::Exception: Substitution `at` is not set. (UNKNOWN_QUERY_PARAMETER)"
    error = from_engine(RuntimeError(engine))
    error.advise(advice(statement, error.sentence))
    assert error.sentence.startswith(f"Substitution `at` is not set. {told}")
    again = from_engine(RuntimeError(error.text("26.9")))
    again.advise(advice(statement, again.sentence))
    assert again.sentence == error.sentence


def test_other_errors_get_no_advice() -> None:
    assert not advice("SELECT x FROM capacity_known_at(at = 1)", "Unknown expression identifier `x`.")
    assert not advice("SELECT x FROM capacity_current", "Unknown expression identifier `x`.")


def test_without_a_code_nothing_is_quoted() -> None:
    error = from_engine(ValueError("'utf-8' codec can't decode: secret"))
    assert (error.code, error.status) == (1002, 500)
    assert "secret" not in error.sentence


def test_text_and_status() -> None:
    error = QueryError(Code.ACCESS_DENIED, "No.")
    assert error.text("26.9") == "Code: 497. DB::Exception: No. (ACCESS_DENIED) (version 26.9)"
    assert error.status == 403
    assert from_engine(RuntimeError("Code: 159. DB::Exception: x (TIMEOUT_EXCEEDED)")).status == 408
    assert from_engine(RuntimeError("Code: 241. DB::Exception: x (MEMORY_LIMIT_EXCEEDED)")).status == 500
