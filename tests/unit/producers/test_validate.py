from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from adapter_samples import FNR, NOW, REPORTER, codes, dumps, events, hl7, one, pv1, run
from click.testing import CliRunner, Result
from test_adapters_avro import container
from test_adapters_csv import CENSUS
from test_adapters_ndjson import CAPACITY, MOVEMENT

from helsepuls.cli.main import main
from producers.adapters import avro, hl7v2, ndjson
from producers.facilities import load_facilities
from producers.report import KEPT, Report
from producers.types import Bad, Event, NotReportable, PatientId, Read
from producers.validate import judged, problems_of, validate
from schemas.errors import Fatal
from schemas.golden import load
from schemas.types import FAMILIES, Problem, Severity

REAL = "15070550062"
"""The form of a real person's number (month below 13), of nobody here."""


def verdict(event: Event, profile: Any = "dev") -> list[str]:
    (problems,) = validate([event], profile=profile, now=NOW)
    return [problem.code for problem in problems]


def movement(**changes: Any) -> Event:
    return one(run(ndjson.read, dumps({**MOVEMENT, **changes})))


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_events_are_valid(family: str) -> None:
    found = events(run(avro.read, container(family, load(f"raw.{family}")), reporter=None))

    for problems in validate(found, profile="dev", now=datetime(2026, 12, 31, tzinfo=UTC)):
        assert not [problem for problem in problems if problem.severity.refuses]


def test_all_problems_of_an_event_at_once_and_in_the_order_of_the_events() -> None:
    good = movement()
    bad = movement(
        movement_type="fly", action="do", utDatoTid="2026-03-01T00:00:00Z", innDatoTid="2026-03-02T00:00:00Z"
    )
    other = one(run(ndjson.read, dumps({**CAPACITY, "occupied": -1})))

    first, second, third, fourth = validate([bad, good, other, bad], profile="dev", now=NOW)

    assert not second
    assert first == fourth
    assert {"MOV-05", "ENV-03", "MOV-01"} <= {problem.code for problem in first}
    assert "CAP-01" in {problem.code for problem in third}
    assert sorted(problems_of([bad, good, other], profile="dev", now=NOW)) == [0, 2]


def test_no_message_holds_a_value() -> None:
    bad = movement(movement_type="fly", tjenesteenhetID=FNR, subject_id=f"{FNR}/admit")

    (problems,) = validate([bad], profile="dev", now=NOW)
    assert "IDE-03" in {problem.code for problem in problems}
    assert not [problem for problem in problems if FNR in problem.message or "fly" in problem.message]


@pytest.mark.parametrize(
    ("patient", "profile", "code"),
    [
        (PatientId("1", FNR), "dev", None),
        (PatientId("1", FNR), "test", None),
        (PatientId("1", FNR), "prod", "IDE-04"),
        (PatientId("1", "15870550071"), "dev", "IDE-01"),
        (PatientId("77", "x"), "dev", "IDE-07"),
        (PatientId("9", f"{REPORTER}/L1"), "dev", "IDE-02"),
        (None, "dev", "IDE-06"),
    ],
)
def test_identifiers_are_judged_before_they_are_sealed(
    patient: PatientId | None, profile: str, code: str | None
) -> None:
    found = verdict(replace(movement(), patient=patient), profile)

    assert (code in found) if code else not found


def test_the_former_identifier_is_judged_too() -> None:
    merged = replace(movement(), prior_patient=PatientId("1", "15870550071"))
    (problems,) = validate([merged], profile="dev", now=NOW)

    assert [(problem.code, problem.field) for problem in problems] == [("IDE-01", "prior_patient")]


def test_a_record_that_does_not_fit_its_schema_is_told_of_and_the_others_are_judged() -> None:
    event = movement()
    misfit = replace(event, record={**event.record, "revision": "one"})
    unknown = replace(event, record={**event.record, "colour": "red"})

    found = validate([misfit, event, unknown], profile="dev", now=NOW)

    assert [[problem.code for problem in problems] for problems in found] == [["WIRE-07"], [], ["WIRE-07"]]
    assert [found[0][0].field, found[2][0].field] == ["revision", "colour"]


def test_nothing_is_judged_of_nothing() -> None:
    assert validate([], profile="dev", now=NOW) == []


def test_what_hl7_makes_the_rules_take() -> None:
    message = hl7(pv1=pv1(urgency="E", payer="1", start="20260310", end="20260314"), after="DG1|1||J18.9^^I10")

    assert [verdict(event) for event in events(run(hl7v2.read, message))] == [[], []]


def test_items_come_back_in_order_with_their_problems() -> None:
    good, bad = movement(), movement(movement_type="fly")
    items = [
        ("a", Read(1, [good, bad])),
        ("a", Bad(2, [Problem("X", Severity.FATAL, "", "")])),
        ("b", Read(1, [good])),
        ("b", NotReportable(2, "NR-A60", "")),
    ]
    found = list(judged(items * 1200, profile="dev", clock=lambda: NOW))

    assert [(source, item) for source, item, _ in found] == items * 1200
    assert [[problem.code for problem in problems] for _, _, problems in found[:4]] == [["MOV-05"], [], [], []]


def test_a_report_counts_every_item_once() -> None:
    report = Report()
    warning = Problem("W", Severity.WARN, "f", "m")
    fatal = Problem("F", Severity.REJECT, "f", "m")
    event = movement()
    assert report.add("s", Read(1, [event, event], [warning]))
    assert not report.add("s", Read(2, [event]), [fatal])
    assert not report.add("s", Bad(3, [fatal, fatal]))
    assert not report.add("s", NotReportable(4, "NR-A60", ""))

    counts = report.counts("valid")

    assert counts["read"] == counts["valid"] + counts["not_reportable"] + counts["invalid"] == 4
    assert (counts["events"], counts["by_family"], counts["invalid"]) == (2, {"movement": 2}, 2)
    assert counts["by_code"] == {"F": 3, "NR-A60": 1, "W": 1}
    assert [(told.position, told.code, told.severity) for told in report.problems][:2] == [
        (1, "W", "warn"),
        (2, "F", "reject"),
    ]


def test_a_report_does_not_grow_without_end() -> None:
    report = Report()
    for _ in range(KEPT + 5):
        report.add("s", Bad(1, [Problem("F", Severity.FATAL, "", "")]))

    assert (len(report.problems), report.left_out, report.by_code["F"]) == (KEPT, 5, KEPT + 5)


def test_facilities_from_csv_and_yaml(tmp_path: Path) -> None:
    texts = {
        "a.csv": "name,orgnr\nSykehus A,983971636\n\nSykehus B , 974724960\n",
        "b.csv": "\ufeffSykehus A;983971636\r\nSykehus B;974724960\r\n",
        "c.yaml": 'Sykehus A: "983971636"\nSykehus B: 974724960\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
        assert load_facilities(tmp_path / name) == {"Sykehus A": "983971636", "Sykehus B": "974724960"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "A,983971636\nB,983971637\n", "line 2: not an organisation number"),
        ("a.csv", "A,983971636\nA,974724960\n", "line 2: this name already has another number"),
        ("a.csv", "name,orgnr\n", "names no facility"),
        ("a.csv", "A,983971636\nB\n", "line 2"),
        ("a.csv", f'A,983971636\n"B,974724960\n{"x" * 200_000}', "line 2: cannot be split"),
        ("a.yaml", "[", "not readable as YAML"),
        ("a.yaml", "- a", "must be a table"),
        ("a.yaml", "A: 983971636\nB: 974724960\nA: 974724960\n", "in line 3: a key that is there already"),
    ],
)
def test_mistakes_in_facilities_name_the_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(Fatal, match=said):
        load_facilities(tmp_path / name)
    with pytest.raises(Fatal, match="cannot be read"):
        load_facilities(tmp_path / "no.csv")


def command(tmp_path: Path, *arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments, "--home", str(tmp_path / "home")], input=stdin)


def test_the_command_counts_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.mkdir()
    pending = hl7("A05")
    (path / "a.hl7").write_bytes(pending + hl7("A60") + hl7(pv1=None))
    (path / "b.ndjson").write_bytes(dumps(CAPACITY, {**CAPACITY, "occupied": -1, "subject_id": "d"}))

    result = command(tmp_path, str(path), "--reporter", REPORTER, "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert (document["read"], document["valid"], document["not_reportable"], document["invalid"]) == (5, 2, 1, 2)
    assert document["events"] == sum(document["by_family"].values()) == 2
    told = {(Path(one["source"]).name, one["position"], one["code"], one["field"]) for one in document["problems"]}
    assert {
        ("a.hl7", 2, "NR-A60", ""),
        ("a.hl7", 3, "ADT-01", "PV1-19"),
        ("b.ndjson", 2, "CAP-01", "occupied"),
    } <= told
    assert {"source", "position", "code", "severity", "field", "message"} == document["problems"][0].keys()


def test_the_command_is_content_with_a_good_input(tmp_path: Path) -> None:
    result = command(tmp_path, "-", "--reporter", REPORTER, stdin=hl7())

    assert result.exit_code == 0
    assert "1 read: 1 valid" in result.stdout
    assert not (tmp_path / "home").exists()


def test_the_command_takes_mapping_facilities_and_as_of(tmp_path: Path) -> None:
    rows, facilities = tmp_path / "census.csv", tmp_path / "facilities.csv"
    rows.write_text(f"{CENSUS}2020-05-10,Midt,St. Olavs hospital,7\n2020-05-10,Midt,Ukjent,1\n", "utf-8")
    facilities.write_text("Ukjent,974724960\n", "utf-8")
    given = [str(rows), "--mapping", "nor-census", "--facilities", str(facilities), "--as-of", "2020-05-10T12:00:00Z"]

    document = json.loads(command(tmp_path, *given, "--json").stdout)

    assert (document["read"], document["valid"], document["by_code"]) == (2, 1, {"CSV-06": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        ["--reporter", "983971637"],
        ["--mapping", "no-such"],
        ["--as-of", "2020-05-10"],
        ["--format", "xml"],
        ["--facilities", "no-such-file"],
    ],
)
def test_wrong_usage(tmp_path: Path, wrong: list[str]) -> None:
    path = tmp_path / "a.hl7"
    path.write_bytes(hl7())

    assert command(tmp_path, str(path), *wrong).exit_code == 2
    assert command(tmp_path, str(tmp_path / "no")).exit_code == 2


def test_the_limit_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELSEPULS_ADAPTERS_MAX_ITEM_BYTES", "2000")
    data = hl7(after="NTE|1||" + "x" * 4000) + hl7("A05")

    document = json.loads(command(tmp_path, "-", "--reporter", REPORTER, "--json", stdin=data).stdout)

    assert document["by_code"] == {"SRC-03": 1}
    assert (document["read"], document["valid"]) == (2, 1)
    assert codes(run(hl7v2.read, data, max_item_bytes=2000)) == ["SRC-03", "read"]
