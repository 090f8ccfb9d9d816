"""The catalogue as data: well formed, complete, and speaking of fields that exist."""

from __future__ import annotations

import re

import pytest
from rule_cases import CASES

from schemas.rules import RULES_RELEASE, Rule, catalogue
from schemas.rules.checks import Context
from schemas.rules.columns import arrays, raw_columns
from schemas.rules.model import ANY_FIELD
from schemas.rules.program import program
from schemas.types import FAMILIES, Severity

RULES = {rule.code: rule for rule in catalogue()}


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_a_rule_says_what_where_and_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]{2,4}-\d\d", rule.code)
    assert rule.source
    for language in ("nb", "en"):
        text = rule.texts[language]
        assert "{field}" in text
        assert text.endswith(".")
        assert text.count(". ") or ";" in text or ":" in text, "what to do is missing"
        assert "{" not in rule.message("x", language)
    for field in rule.checks:
        if field != ANY_FIELD:
            assert any(_exists(field, family) for family in rule.families), field


def _exists(field: str, family: str) -> bool:
    array, _, column = field.rpartition(".")
    return column in (arrays(family).get(array, {}) if array else raw_columns(family))


def test_all_families_and_severities() -> None:
    assert len(RULES) >= 30
    assert {rule.severity for rule in RULES.values()} == set(Severity)
    for family in FAMILIES:
        own = [rule for rule in RULES.values() if family in rule.families]
        assert {Severity.FATAL, Severity.REJECT, Severity.REPAIR, Severity.WARN} <= {r.severity for r in own}, family


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("newer", [False, True])
def test_compiles(family: str, newer: bool) -> None:
    compiled = program(Context(family, "dev", newer=newer))
    codes = {target.rule.code for target in compiled.event.targets}
    codes |= {target.rule.code for step in compiled.arrays.values() for target in step.targets}
    found_by_themselves = {"IDE-03", "COD-08"}
    expected = {
        rule.code
        for rule in RULES.values()
        if family in rule.families and rule.phase == "event" and _speaks_of(rule, family)
    }
    assert codes - found_by_themselves == expected - found_by_themselves


def _speaks_of(rule: Rule, family: str) -> bool:
    return any(_exists(field, family) for field in rule.checks if field != ANY_FIELD)


def test_every_rule_has_an_event_that_breaks_it() -> None:
    broken = {case.code for case in CASES}
    on_events = {code for code, rule in RULES.items() if rule.phase == "event"}
    assert on_events - broken == {"IDE-03"}  # test_rules_leak


def test_release_names_version_and_content() -> None:
    assert re.fullmatch(r"\d{4}\.\d+\+[0-9a-f]{8}", RULES_RELEASE)
