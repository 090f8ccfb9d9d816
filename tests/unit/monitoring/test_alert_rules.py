"""Alerts speak of metrics that exist, and lead to a runbook."""

from __future__ import annotations

import re

import pytest
import yaml
from documentation import ROOT

from helsepuls.docs.metrics import declared

RULES = ROOT / "monitoring" / "rules" / "helsepuls.yaml"
TESTS = sorted((RULES.parent / "tests").glob("*.yaml"))
GROUPS = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"]]
BY_SERIES = {series: metric for metric in declared() for series in metric.series}
SCRAPED = {"instance", "job"}
"""Labels that Prometheus itself adds."""

_SERIES = re.compile(r"\b(helsepuls_\w+|up)\b")
_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)")
_LABELS = re.compile(r"(?:\bby|\bon|\bignoring|\bwithout)\s*\(([^)]*)\)|(\w+)\s*(?:=~|!~|!=|=(?!=))\s*\"")


def labels_of(expression):
    known = set(SCRAPED)
    for name in _SERIES.findall(expression):
        known |= set(BY_SERIES[name].labels) if name != "up" else set()
    return known


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_series_and_labels_exist(alert):
    expression = alert["expr"]
    names = _SERIES.findall(expression)
    assert names
    assert {name for name in names if name != "up"} <= set(BY_SERIES)
    used = {label.strip() for group, one in _LABELS.findall(expression) for label in (group or one).split(",")}
    assert used - {""} <= labels_of(expression)
    told = set(_TEMPLATE_LABEL.findall(alert["annotations"]["description"]))
    assert told <= labels_of(expression)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_is_and_where_to_look(alert):
    assert re.fullmatch("Helsepuls[A-Z]\\w+", alert["alert"])
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert anchor == alert["alert"].lower()
    assert f"\n## {alert['alert']}\n" in (ROOT / page).read_text("utf-8")


def test_alerts_and_runbooks_are_the_same_set():
    names = [alert["alert"] for alert in ALERTS]
    sections = re.findall("^## (.*)$", (ROOT / "docs" / "runbooks.md").read_text("utf-8"), re.MULTILINE)
    assert sections == names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("alert", [alert["alert"] for alert in ALERTS])
def test_every_alert_is_tested_firing_and_silent(alert):
    tested = [
        bool(case["exp_alerts"])
        for path in TESTS
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert
    ]
    assert set(tested) == {True, False}


def test_series_in_the_tests_exist_with_these_labels():
    for path in TESTS:
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for series in test["input_series"]:
                name, _, selector = series["series"].partition("{")
                labels = set(re.findall(r"(\w+)=", selector))
                if name != "up":
                    assert labels == {*BY_SERIES[name].labels, "instance"}, series["series"]
