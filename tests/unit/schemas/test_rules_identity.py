"""The rules on opened identifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from frames import NOW, frame, valid_event
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import DUF, FH, FNR, D, H, control_digits, facts, relaxed_at
from schemas.rules import Evaluation, catalogue, evaluate_identity
from schemas.types import Profile


def numbered(first: str) -> str:
    return next(f"{first}{i:03d}{c}" for i in range(99) if (c := control_digits(f"{first}{i:03d}")))


SYNTHETIC = numbered("018190")
NOT_SYNTHETIC_H = numbered("014190")
FH_NUMBER = numbered("812345")


def judge(
    rows: list[tuple[str | None, str | None, str | None]],
    profile: Profile = "dev",
    field: Any = "patient",
    **changes: Any,
) -> Evaluation:
    """`rows`: type, number, problem of the opening."""
    records = [valid_event("episode", **{"kjonn": None, "fodselsar": None} | changes) for _ in rows]
    batch = frame("episode", records)
    types, numbers, problems = (pl.Series(column, dtype=pl.String) for column in zip(*rows, strict=True))
    found = facts(types, numbers, relaxed_at(batch["occurred_at"], NOW))
    return evaluate_identity(
        batch, "episode", types=types, problems=problems, facts=found, profile=profile, field=field
    )


def codes(evaluation: Evaluation) -> list[set[str]]:
    return [{p.code for p in found} for found in evaluation.problems(range(evaluation.refused.len())).values()]


@pytest.mark.parametrize(
    ("type_id", "number", "profile", "expected"),
    [
        (FNR, SYNTHETIC, "dev", set()),
        (FNR, SYNTHETIC, "test", set()),
        (FNR, SYNTHETIC, "prod", {"IDE-04"}),
        (FNR, SYNTHETIC[:-1] + str((int(SYNTHETIC[-1]) + 1) % 10), "dev", {"IDE-01"}),
        (D, SYNTHETIC, "dev", {"IDE-01"}),
        (D, numbered("418190"), "dev", set()),
        (D, numbered("418190"), "prod", {"IDE-04"}),
        (H, NOT_SYNTHETIC_H, "dev", set()),
        (H, NOT_SYNTHETIC_H, "prod", set()),
        (FNR, NOT_SYNTHETIC_H, "prod", {"IDE-04"}),
        (FH, FH_NUMBER, "prod", set()),
        (FH, SYNTHETIC, "prod", {"IDE-01"}),
        (DUF, "202012345678", "prod", set()),
        (DUF, "2020", "prod", {"IDE-01"}),
        ("9", "983974678/4711", "prod", {"IDE-02"}),
        ("4", "P123", "prod", {"IDE-02"}),
        ("11", "x", "prod", {"IDE-02", "IDE-07"}),
        (None, None, "prod", set()),
    ],
)
def test_verdict(type_id: str | None, number: str | None, profile: Profile, expected: set[str]) -> None:
    assert codes(judge([(type_id, number, None)], profile)) == [expected]


def test_real_numbers_are_refused_outside_production() -> None:
    """By the form alone: no number with a real birth date is written out here."""
    real = np.array([True])
    nothing = np.array([0])
    from schemas.identity import Facts

    found = Facts(real, real, real, ~real, nothing, nothing, nothing)
    batch = frame("episode", [valid_event("episode")])
    for profile, expected in (("dev", ["IDE-04"]), ("test", ["IDE-04"]), ("prod", [])):
        verdict = evaluate_identity(
            batch,
            "episode",
            types=pl.Series([FNR]),
            problems=pl.Series([None], dtype=pl.String),
            facts=found,
            profile=profile,  # type: ignore[arg-type]
        )
        assert list(verdict.hits) == expected


@pytest.mark.parametrize("code", ["PAT-90", "PAT-91", "PAT-92", "PAT-93", "PAT-94"])
def test_a_failed_opening_is_the_only_problem(code: str) -> None:
    found = judge([(FNR, SYNTHETIC, None), (None, None, code)])
    assert codes(found) == [set(), {code}]
    assert found.refused.to_list() == [False, True]


def test_problems_name_the_field_that_was_opened() -> None:
    found = judge([("9", "x", None)], field="prior_patient", kjonn="1")
    assert [problem.field for problem in found.problems([0])[0]] == ["prior_patient"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kjonn": "1", "fodselsar": 1990}, {"kjonn"}),
        ({"kjonn": "2", "fodselsar": 1991}, {"fodselsar"}),
        ({"kjonn": "9"}, set()),
        ({"kjonn": "1", "action": "cancel"}, set()),
    ],
)
def test_sex_and_year_disagree(changes: dict[str, Any], fields: set[str]) -> None:
    number = next(f"018190{i:03d}{c}" for i in range(0, 99, 2) if (c := control_digits(f"018190{i:03d}")))
    found = judge([(FNR, number, None)], **changes)
    assert {problem.field for problem in found.problems([0])[0]} == fields
    assert set(found.hits) <= {"PAT-05"}
    assert judge([(FNR, number, None)], field="prior_patient", **changes).hits == {}


def test_a_cancel_is_held_to_its_identifier() -> None:
    assert codes(judge([(FNR, "1", None)], action="cancel")) == [{"IDE-01"}]


_ROWS = st.lists(
    st.sampled_from(
        [
            (FNR, SYNTHETIC, None),
            (FNR, "1", None),
            (None, None, "PAT-92"),
            (None, None, None),
            ("9", "x", None),
            ("77", "x", None),
            (FH, FH_NUMBER, None),
        ]
    ),
    min_size=1,
    max_size=8,
)


@given(_ROWS)
@settings(deadline=None, max_examples=30)
def test_neighbours_do_not_matter(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    assert codes(judge(rows)) == [codes(judge([row]))[0] for row in rows]


def test_verdicts_join() -> None:
    found = judge([("9", "x", None), (FNR, "1", None)])
    both = found.joined(judge([(FNR, "1", None), ("9", "x", None)], field="prior_patient"))
    assert both.hits["IDE-01"].to_list() == [True, True]
    assert both.refused.to_list() == [True, True]
    assert {(p.code, p.field) for p in both.problems([0])[0]} == {("IDE-02", "patient"), ("IDE-01", "prior_patient")}


def test_every_identity_rule_is_seen_broken_here() -> None:
    rules = {rule.code for rule in catalogue() if rule.phase == "identity"}
    assert rules == {"IDE-01", "IDE-02", "IDE-04", "IDE-07", "PAT-05"} | {f"PAT-9{i}" for i in range(5)}
