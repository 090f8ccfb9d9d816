"""IDE-03: a personal number is found wherever it hides, and what only looks like one is left alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from frames import NOW, frame, valid_event
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import control_digits, personal
from schemas.rules import evaluate
from schemas.rules.columns import raw_columns
from schemas.rules.leak import personal_numbers
from schemas.types import FAMILIES

NUMBER = next(f"018190{i:03d}{c}" for i in range(99) if (c := control_digits(f"018190{i:03d}")))
WRONG = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)


def holds(*texts: str | None) -> list[bool]:
    column = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    found = personal_numbers(column, ["text"], np.zeros(len(texts), np.bool_))
    return found["text"].tolist() if found else [False] * len(texts)


def places(family: str) -> list[tuple[str, Any]]:
    """Every text of a family, with the value that puts a number there."""
    found: list[tuple[str, Any]] = []
    for name, kind in raw_columns(family).items():
        if kind == pl.String:
            found.append((name, f"x{NUMBER}"))
        elif isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct):
            first = (valid_event(family)[name] or [{field.name: None for field in kind.inner.fields}])[0]
            found += [
                (f"{name}.{field.name}", [first, first | {field.name: NUMBER}])
                for field in kind.inner.fields
                if field.dtype == pl.String
            ]
        elif isinstance(kind, pl.List):
            found.append((name, ["2ad", NUMBER]))
    return found


@pytest.mark.parametrize(
    ("family", "field", "value"), [(family, *place) for family in FAMILIES for place in places(family)]
)
def test_is_found_in_every_text(family: str, field: str, value: Any) -> None:
    records = [
        valid_event(family),
        *(valid_event(family, action=action) | {field.partition(".")[0]: value} for action in ("report", "cancel")),
    ]
    found = evaluate(frame(family, records), family, profile="dev", now=NOW)
    assert found.hits["IDE-03"].to_list() == [False, True, True]
    for problems in found.problems([1, 2]).values():
        assert [problem.field for problem in problems if problem.code == "IDE-03"] == [field]
        assert all(NUMBER not in problem.message for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"pas {NUMBER}.",
        f"fnr{NUMBER}",
        f"ID{NUMBER}/2",
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"({NUMBER[:6]}-{NUMBER[6:]})",
        f"{NUMBER[:6]}.{NUMBER[6:]}",
        f"12 {NUMBER}",
        f"123456 {NUMBER}",
        f"{NUMBER} 98765",
        f"{WRONG},{NUMBER}",
        f"æøå {NUMBER}",
        f"a\x00{NUMBER}",
        f"a\n{NUMBER}",
        f"{uuid.UUID(int=7)}/{NUMBER}",
    ],
)
def test_is_found_however_it_is_written(text: str) -> None:
    assert holds("nothing", text, None) == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        WRONG,
        f"1{NUMBER}",
        f"{NUMBER}1",
        f"20{NUMBER[:6]}-{NUMBER[6:]}",
        f"{NUMBER[:6]}  {NUMBER[6:]}",
        f"{NUMBER[:5]}-{NUMBER[5:]}",
        f"0f{NUMBER}0123abc",
        f"12345678-1234-1234-1234-a{NUMBER}",
        NUMBER[:10],
        "",
    ],
)
def test_is_not_seen_where_there_is_none(text: str) -> None:
    assert holds(text) == [False]


def test_uuids_are_never_taken_for_numbers() -> None:
    ids = [f"{'0' * 8}-0000-4000-8000-{NUMBER}{digit}" for digit in "0123456789abcdef"]
    assert not any(holds(*ids))


@given(st.lists(st.text("0123456789abcdef -./x", max_size=40), min_size=1, max_size=10))
@settings(deadline=None)
def test_texts_do_not_matter_to_each_other(texts: list[str]) -> None:
    assert holds(*texts) == [holds(text)[0] for text in texts]


@given(st.from_regex(r"\A[0-9]{11}\Z"))
@settings(deadline=None)
def test_agrees_with_the_control_digits(digits: str) -> None:
    assert holds(f"visit {digits}") == personal(pl.Series([digits]), np.array([False])).tolist()


def test_the_rule_of_2032_counts_for_leaks_too() -> None:
    number = next(
        text
        for i in range(500)
        for k in range(100)
        if personal(pl.Series([text := f"018190{i:03d}{k:02d}"]), np.array([True]))[0]
        and not personal(pl.Series([text]), np.array([False]))[0]
    )
    batch = frame("episode", [valid_event("episode", unit_name=number)])
    before = evaluate(batch, "episode", profile="dev", now=NOW)
    after = evaluate(batch, "episode", profile="dev", now=datetime(2032, 1, 1, tzinfo=UTC))
    assert "IDE-03" not in before.hits
    assert "IDE-03" in after.hits
