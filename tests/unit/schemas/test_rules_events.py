"""The rules on events: a valid event breaks none, each case breaks exactly its own, and neighbours do not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from frames import NOW, frame, valid_event, valid_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_cases import CASES, Case

from schemas.codes import code_list
from schemas.rules import Evaluation, catalogue, evaluate
from schemas.rules.columns import raw_columns
from schemas.types import FAMILIES, Severity

RULES = {rule.code: rule for rule in catalogue()}
IDS = [f"{i}-{case.id}" for i, case in enumerate(CASES)]


def judge(family: str, records: Sequence[Mapping[str, Any]], now: datetime = NOW) -> Evaluation:
    return evaluate(frame(family, records), family, profile="dev", now=now)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_valid_event_breaks_no_rule(family: str) -> None:
    batch = valid_frame(family, 3)
    found = evaluate(batch, family, profile="dev", now=NOW)
    assert not found.hits
    assert not found.refused.any()
    assert not found.with_problems.any()
    assert found.repaired.equals(batch)
    assert found.problems([0, 2]) == {0: [], 2: []}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_one_change_breaks_exactly_its_rule(case: Case) -> None:
    rule = RULES[case.code]
    found = judge(case.family, [valid_event(case.family), valid_event(case.family, **case.changes)])
    assert set(found.hits) == {case.code} | case.also
    assert found.hits[case.code].to_list() == [False, True]
    problems = found.problems([0, 1])
    assert problems[0] == []
    assert (case.code, rule.severity, case.field) in {(p.code, p.severity, p.field) for p in problems[1]}
    severities = {problem.severity for problem in problems[1]}
    assert found.refused.to_list() == [False, any(severity.refuses for severity in severities)]
    assert found.repaired_rows.to_list() == [False, Severity.REPAIR in severities]


@pytest.mark.parametrize("case", [c for c in CASES if RULES[c.code].repairs], ids=lambda case: case.id)
def test_a_repair_changes_the_broken_field_only(case: Case) -> None:
    records = [valid_event(case.family), valid_event(case.family, **case.changes)]
    found = judge(case.family, records)
    array, _, column = case.field.rpartition(".")
    repair = RULES[case.code].repair
    expected: dict[str, Any] = dict(records[1])
    if array:
        expected[array] = [dict(expected[array][0]) | {column: repair}, *expected[array][1:]]
    else:
        expected[column] = repair
    assert found.repaired.equals(frame(case.family, [records[0], expected]))
    again = evaluate(found.repaired, case.family, profile="dev", now=NOW)
    assert not again.repaired_rows.any()


@st.composite
def batches(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """Events of one family, each with none, one or several of the cases' changes."""
    family = draw(st.sampled_from(FAMILIES))
    cases = st.sampled_from([case for case in CASES if case.family == family])
    changes = draw(st.lists(st.lists(cases, max_size=4), min_size=1, max_size=8))
    records = []
    for several in changes:
        merged: dict[str, Any] = {}
        for case in several:
            merged |= case.changes
        records.append(valid_event(family, **merged))
    return family, records


@given(batches(), st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_neighbours_do_not_matter(batch: tuple[str, list[dict[str, Any]]], good: int) -> None:
    family, records = batch
    together = judge(family, [*records, *(valid_event(family) for _ in range(good))])
    problems = together.problems(range(len(records) + good))
    for row, record in enumerate(records):
        alone = judge(family, [record])
        assert set(problems[row]) == set(alone.problems([0])[0])
        assert together.refused[row] == alone.refused[0]
        assert together.repaired_rows[row] == alone.repaired_rows[0]
        assert together.repaired[row].drop("_row").equals(alone.repaired.drop("_row"))
    assert all(problems[row] == [] for row in range(len(records), len(records) + good))


_TEXTS = st.one_of(
    st.sampled_from(["1", "-1", "", "D", "0301", "030101", "A97", "cancel", "report", "\x00", "x" * 300, "58.0.1"]),
    st.text(max_size=20),
)


def _any_value(kind: pl.DataType) -> st.SearchStrategy[Any]:
    if isinstance(kind, pl.List):
        return st.lists(_any_value(kind.inner), max_size=3)  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct):
        return st.fixed_dictionaries(
            {field.name: st.one_of(st.none(), _any_value(field.dtype)) for field in kind.fields}  # type: ignore[arg-type]
        )
    if kind == pl.String:
        return _TEXTS
    if kind == pl.Date:
        return st.one_of(st.dates(), st.dates(date(2020, 1, 1), date(2027, 1, 1)))
    if isinstance(kind, pl.Datetime):
        far = st.datetimes(timezones=st.just(UTC))
        near = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
        return st.one_of(far, near)
    if kind == pl.Float64:
        return st.floats()
    if kind == pl.Boolean:
        return st.booleans()
    if kind == pl.Binary:
        return st.binary(max_size=5)
    return st.integers(-(2**31), 2**31 - 1)


@st.composite
def arbitrary(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """Events whose every field may hold anything that its type can."""
    family = draw(st.sampled_from(FAMILIES))
    arrays = {name for name, kind in raw_columns(family).items() if isinstance(kind, pl.List)}
    always = arrays | {"event_id", "reporter", "model_version", "action", "occurred_at", "late"}
    record = st.fixed_dictionaries(
        {
            name: _any_value(kind) if name in always else st.one_of(st.none(), _any_value(kind))
            for name, kind in raw_columns(family).items()
        }
    )
    return family, draw(st.lists(record, min_size=1, max_size=3))


@given(arbitrary())
@settings(deadline=None, max_examples=40)
def test_any_content_gets_a_verdict(batch: tuple[str, list[dict[str, Any]]]) -> None:
    family, records = batch
    together = judge(family, records)
    for row, problems in together.problems(range(len(records))).items():
        alone = judge(family, [records[row]])
        assert set(problems) == set(alone.problems([0])[0])
        assert all(problem.message and problem.field for problem in problems)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_cancel_is_held_to_its_envelope_only(family: str) -> None:
    empty = {name: ([] if isinstance(kind, pl.List) else None) for name, kind in raw_columns(family).items()}
    kept = {name: value for name, value in valid_event(family).items() if name in raw_columns("episode")}
    envelope = {name: kept[name] for name in list(raw_columns("episode"))[:16]}
    own = {
        "movement": {"movement_type": "admit"},
        "service": {"statusNotifikasjon": "C", "notifikasjonRef": envelope["event_id"]},
        "capacity": {
            **{name: valid_event("capacity")[name] for name in ("unit", "as_of", "origin", "resource", "category")},
            "late": False,
        },
    }
    record = empty | envelope | own.get(family, {}) | {"action": "cancel"}
    assert not judge(family, [record]).hits
    broken = judge(family, [record | {"reporter": "1"}])
    assert set(broken.hits) == {"ENV-02"}


def test_a_repair_spares_a_cancel() -> None:
    record = valid_event("episode", action="cancel", kjonn="7", tilstander=[{"akse": "9"} | _code()])
    found = judge("episode", [record])
    assert not found.hits
    assert found.repaired.equals(frame("episode", [record]))


def _code() -> dict[str, Any]:
    return {"tilstNr": "1", "kodeNr": "1", "kodeverk": "D", "kodeVersjon": None, "kodeVerdi": "S720"}


def test_all_problems_of_an_event_at_once() -> None:
    changes = {"reporter": "1", "omsorgsniva": "7", "kjonn": "5", "fraSted": "4", "tilSted": "4"}
    (problems,) = judge("episode", [valid_event("episode", **changes)]).problems([0]).values()
    assert {(p.code, p.field) for p in problems} == {
        ("ENV-02", "reporter"),
        ("EPI-06", "omsorgsniva"),
        ("PAT-02", "kjonn"),
        ("EPI-11", "fraSted"),
        ("EPI-11", "tilSted"),
    }


def test_messages_name_fields_in_both_languages() -> None:
    found = judge("episode", [valid_event("episode", omsorgsniva="secret")])
    for language in ("nb", "en"):
        (problem,) = found.problems([0], language)[0]
        assert problem.message.startswith("omsorgsniva ")
        assert "secret" not in problem.message


def test_an_unknown_code_of_a_newer_model_is_warned_of_in_open_lists_only() -> None:
    changes = {"episodeFag": "777", "omsorgsniva": "7"}
    old, new = (valid_event("episode", model_version=version, **changes) for version in ("53.1.3", "58.0.1"))
    found = judge("episode", [old, new])
    assert not code_list("8451").closed
    assert code_list("8406").closed
    assert found.hits["EPI-11"].to_list() == [True, False]
    assert found.hits["COD-08"].to_list() == [False, True]
    assert found.hits["EPI-06"].to_list() == [True, True]


def test_a_known_code_out_of_its_time_is_no_news_from_a_newer_model() -> None:
    found = judge("referral", [valid_event("referral", model_version="58.0.1", rettTilHelsehjelp="4")])
    assert set(found.hits) == {"REF-08"}


@pytest.mark.parametrize(
    ("days", "late", "declared", "hit"),
    [
        (4, False, None, False),
        (5, False, None, True),
        (5, True, None, False),
        (5, False, NOW - timedelta(days=2), False),
        (9, False, NOW - timedelta(days=2), True),
    ],
)
def test_correction_window(days: int, late: bool, declared: datetime | None, hit: bool) -> None:
    as_of = datetime(2026, 3, 10, 7, tzinfo=UTC) - timedelta(days=days)
    found = judge("capacity", [valid_event("capacity", as_of=as_of, late=late, declared_known_at=declared)])
    assert set(found.hits) == ({"CAP-03"} if hit else set())


@pytest.mark.parametrize(
    ("received", "assessed", "hit"),
    [
        (date(2025, 4, 10), date(2025, 4, 29), False),  # Easter in between
        (date(2025, 4, 10), date(2025, 4, 30), True),
        (date(2025, 5, 2), date(2025, 5, 16), False),
        (date(2015, 9, 1), date(2015, 10, 30), False),  # thirty days until November 2015
    ],
)
def test_assessed_within_ten_working_days(received: date, assessed: date, hit: bool) -> None:
    at = datetime(assessed.year, assessed.month, assessed.day, 12, tzinfo=UTC)
    record = valid_event(
        "referral",
        mottaksDato=received,
        ansienDato=received,
        vurdDato=assessed,
        occurred_at=at,
        utsettelser=[],
        ventetidSluttDato=None,
        komNrHjem="0301",
        bydel=None,
    )
    assert set(judge("referral", [record]).hits) == ({"REF-04"} if hit else set())


@pytest.mark.parametrize(("profile", "refused"), [("dev", False), ("test", False), ("prod", True)])
def test_the_registers_test_organisation(profile: Any, refused: bool) -> None:
    batch = valid_frame("episode", reporter="777777777")
    assert evaluate(batch, "episode", profile=profile, now=NOW).refused.to_list() == [refused]


def test_days_are_norwegian() -> None:
    begun = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    record = valid_event(
        "episode", omsorgsniva="3", innDatoTid=begun, utDatoTid=begun + timedelta(minutes=20), tidspunkter=[]
    )
    assert not judge("episode", [record]).hits
    across = record | {"utDatoTid": begun + timedelta(minutes=40), "epikriseDato": date(2026, 2, 1)}
    assert set(judge("episode", [across]).hits) == {"EPI-14"}


def test_a_column_the_frame_lacks_is_unknown() -> None:
    batch = valid_frame("episode").drop("kjonn", "tilstander", "epikriseDato")
    assert not evaluate(batch, "episode", profile="dev", now=NOW).hits.keys() - {"EPI-20"}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_empty_batch(family: str) -> None:
    found = judge(family, [])
    assert not found.hits
    assert found.refused.len() == 0
