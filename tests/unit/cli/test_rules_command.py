from __future__ import annotations

import json

from click.testing import CliRunner, Result

from helsepuls.cli.rules import command
from schemas.rules import RULES_RELEASE, catalogue


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_json_holds_the_whole_catalogue() -> None:
    result = run("--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["release"] == RULES_RELEASE
    assert [rule["code"] for rule in document["rules"]] == [rule.code for rule in catalogue()]
    assert all(rule["nb"] and rule["en"] and rule["source"] and rule["fields"] for rule in document["rules"])


def test_filters() -> None:
    found = json.loads(run("--family", "capacity", "--severity", "fatal", "--json").stdout)["rules"]
    assert {rule["code"] for rule in found} == {"MSG-01", "IDE-03"}


def test_one_rule_for_people() -> None:
    result = run("msg-01", "--language", "nb")
    assert result.exit_code == 0
    assert "MSG-01" in result.stdout
    assert "53.1.3" in result.stdout
    assert "EPI-06" not in result.stdout


def test_an_unknown_code_is_wrong_usage() -> None:
    result = run("XYZ-99")
    assert result.exit_code == 2
    assert "XYZ-99" in result.stderr


def test_a_code_of_an_input_is_explained_though_it_is_no_rule() -> None:
    result = run("hl7-04", "XYZ-99")
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert "HL7-04 is no rule but an answer to an input: the message is cut" in said
    assert "there is no rule XYZ-99" in said
