"""What a sender reads of a bad file: one coded sentence with the place, an exit code, and the rest of the input read.

Each case of docs/bad-input.md that comes as a file, through the real command.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from click.testing import CliRunner

from helsepuls.cli.main import main
from producers.answers import ANSWERS

FNR = "15870550070"
HEAD = "date,health_reg_name,health_org_name,admissions\n"
ROWS = "2026-05-10,Midt,Helse Fonna HF,7\n2026-05-11,Midt,Helse Fonna HF,8\n"
CENSUS = (HEAD + ROWS).encode()
BEDS: dict[str, Any] = {
    "family": "capacity",
    "subject_id": "b",
    "action": "report",
    "occurred_at": "2026-05-13T06:00:00Z",
    "unit": "u",
    "as_of": "2026-05-13T06:00:00Z",
    "origin": "reported",
    "resource": "icu_bed",
    "category": "adult",
    "staffed": 12,
    "late": True,
}
EPISODE: dict[str, Any] = {
    "family": "episode",
    "subject_id": "E1",
    "action": "report",
    "occurred_at": "2026-03-01T10:00:00Z",
    "innDatoTid": "2026-03-01T10:00:00Z",
    "omsorgsniva": "3",
    "innmateHast": "4",
    "debitor": "1",
    "komNrHjem": "0301",
    "patient": {"type": "1", "number": FNR},
}
STAY = (
    "MSH|^~\\&|EPJ|AHUS|HP|FHI|20260513081500+0200||ADT^A01|1|P|2.5\r"
    "EVN||20260513081500+0200\r"
    f"PID|1||{FNR}^^^&2.16.578.1.12.4.1.4.1&ISO^FNR\r"
    "PV1|1|I|AKUTT^1^2|A|||||||||||||||V-1|1||||||||||||||||||||||||20260513081500+0200\r"
).encode()


class Case(NamedTuple):
    """`codes`: those told, with how often. `read` counts items, `valid` those that could be sent."""

    name: str
    content: bytes
    codes: dict[str, int]
    read: int
    valid: int
    options: tuple[str, ...] = ()
    warned: str = ""
    """A code that the one odd event is taken with."""


def ndjson(*events: dict[str, Any]) -> bytes:
    return b"".join(orjson.dumps(event) + b"\n" for event in events)


MAPPING = """
name: own
title: t
source: s
reporter: "983971636"
csv: {delimiter: ";", encoding: %s, decimal: "%s"}
unknown: ["", "NA"]
events:
  - family: capacity
    fields:
      unit: {column: post, slug: true}
      unit_name: {column: post}
      as_of: {column: tid, clock: "08:00"}
      origin: reported
      resource: bed
      category: somatic
      late: true
      staffed: {column: bemannet}
"""

CASES = (
    Case("an empty file", b"", {"SRC-01": 1}, 1, 0),
    Case("blank lines only", b"\r\n \n\xef\xbb\xbf"[:4], {"SRC-01": 1}, 1, 0),
    Case("a byte order mark", b"\xef\xbb\xbf" + CENSUS, {}, 2, 2),
    Case("LF", CENSUS, {}, 2, 2),
    Case("CRLF", CENSUS.replace(b"\n", b"\r\n"), {}, 2, 2),
    Case("CR alone", CENSUS.replace(b"\n", b"\r"), {}, 2, 2),
    Case("NDJSON with CR alone", ndjson(BEDS, {**BEDS, "staffed": 1}).replace(b"\n", b"\r"), {}, 2, 2),
    Case("HL7 with LF", STAY.replace(b"\r", b"\n") * 2, {}, 2, 2),
    Case("HL7 with CRLF and a mark", b"\xef\xbb\xbf" + STAY.replace(b"\r", b"\r\n"), {}, 1, 1),
    Case("ISO-8859-1 not declared", CENSUS + "2026-05-12,Midt,Helse Møre,1\n".encode("latin-1"), {"SRC-05": 1}, 3, 2),
    Case("UTF-16", CENSUS.decode().encode("utf-16"), {"SRC-05": 1}, 1, 0),
    Case("a message cut in the middle, framed", b"\x0b" + STAY + b"\x1c\r\x0b" + STAY[:-90], {"HL7-04": 1}, 2, 1),
    Case("a message cut in the middle, and the next begins there", STAY[:150] + STAY, {"HL7-04": 1}, 2, 1),
    Case(
        "a framed one, and the next begins there",
        b"\x0b" + STAY[:-90] + b"\x0b" + STAY + b"\x1c\r",
        {"HL7-04": 1},
        2,
        1,
    ),
    Case("a message cut at the end", STAY + STAY[:150], {"ADT-01": 1}, 2, 1),
    Case("a line cut in the middle", ndjson(BEDS) + ndjson(BEDS)[:60], {"NDJ-01": 1}, 2, 1),
    Case("compressed", gzip.compress(CENSUS), {"SRC-08": 1}, 1, 0),
    Case("XML", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', {"SRC-02": 1}, 1, 0),
    Case("an unknown code", ndjson({**EPISODE, "omsorgsniva": "77"}, EPISODE), {"EPI-06": 1}, 2, 1),
    Case("a unit that the table does not know", CENSUS + b"2026-05-12,Midt,Nowhere,1\n", {"CSV-06": 1}, 3, 2),
    Case("a time in 1989", ndjson({**EPISODE, "innDatoTid": "1989-03-01T10:00:00Z"}, EPISODE), {}, 2, 2, (), "EPI-05"),
    Case("a time in 2029", ndjson({**EPISODE, "innDatoTid": "2029-03-01T10:00:00Z"}, EPISODE), {}, 2, 2, (), "EPI-05"),
    Case("a day of the year 202", CENSUS.replace(b"2026-05-11", b"0202-05-11"), {"CSV-05": 1}, 2, 1),
    Case("a decimal comma in a cell", CENSUS.replace(b",8", b',"8,5"'), {"CSV-04": 1}, 2, 1),
    Case("a decimal comma that splits a cell", CENSUS.replace(b",8", b",8,5"), {"CSV-03": 1}, 2, 1),
    Case("NA", CENSUS.replace(b",8", b",NA"), {}, 2, 2),
    Case("another word for unknown", CENSUS.replace(b",8", b",N/A"), {"CSV-04": 1}, 2, 1),
    Case("the same row twice", CENSUS + ROWS.encode(), {}, 4, 4),
    Case("the header again in the middle", CENSUS + CENSUS, {"CSV-04": 1, "CSV-05": 1, "CSV-06": 1}, 5, 4),
    Case("a column twice", CENSUS.replace(b"health_reg_name", b"admissions"), {"CSV-09": 1}, 1, 0, ("--format", "csv")),
    Case("formula-like cells", CENSUS.replace(b",8", b",=1+1"), {"CSV-04": 1}, 2, 1),
    Case("deep nesting", b"[" * 100_000 + b"\n", {"FHIR-01": 1}, 1, 0),
    Case("deep nesting in a line", ndjson(BEDS) + b'{"a":' * 50_000 + b"\n" + ndjson(BEDS), {"NDJ-01": 1}, 3, 2),
)


@pytest.fixture
def validate(home: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        done = CliRunner().invoke(main, ["validate", *arguments, "--reporter", "983971636", "--json"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert FNR not in done.output
        return done.exit_code, orjson.loads(done.stdout)

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_is_answered_and_the_rest_is_read(validate: Any, tmp_path: Path, case: Case) -> None:
    file = tmp_path / "input"
    file.write_bytes(case.content)
    arguments = ("--mapping", "nor-census") if case.options else ()
    code, told = validate(str(file), *case.options, *arguments)
    found: dict[str, int] = {}
    for problem in told["problems"]:
        if problem["severity"] != "warn":
            found[problem["code"]] = found.get(problem["code"], 0) + 1
        assert problem["source"] == str(file)
        assert problem["message"]
    assert found == case.codes
    warnings = [problem["code"] for problem in told["problems"] if problem["severity"] == "warn"]
    assert warnings.count(case.warned) == bool(case.warned)
    assert (told["read"], told["valid"]) == (case.read, case.valid)
    assert code == (1 if told["invalid"] else 0)


@pytest.mark.parametrize(("encoding", "decimal"), [("iso-8859-1", ","), ("utf-8", ".")])
def test_a_mapping_declares_character_set_and_decimal_sign(
    validate: Any, tmp_path: Path, encoding: str, decimal: str
) -> None:
    (tmp_path / "own.yaml").write_text(MAPPING % (encoding, decimal))
    file = tmp_path / "beds.csv"
    file.write_bytes(f"post;tid;bemannet\nBlå;2026-05-10;12{decimal}0\nRød;2026-05-10;NA\n".encode(encoding))
    code, told = validate(str(file), "--mapping", str(tmp_path / "own.yaml"))
    assert (code, told["valid"], told["problems"]) == (0, 2, [])


def test_a_folder_without_files_is_not_passed_over_in_silence(validate: Any, tmp_path: Path) -> None:
    (tmp_path / "in" / ".git").mkdir(parents=True)
    (tmp_path / "in" / ".hidden").write_bytes(CENSUS)
    code, told = validate(str(tmp_path / "in"))
    assert (code, told["read"], [problem["code"] for problem in told["problems"]]) == (1, 1, ["SRC-07"])


def test_what_cannot_be_opened_below_a_folder_is_told(
    validate: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to nothing, and a folder that may not be listed: its files would be missing without a word."""
    for name in ("a.csv", "open/b.csv", "closed/c.csv"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CENSUS)
    (tmp_path / "in" / "gone.csv").symlink_to(tmp_path / "nowhere")
    scan = os.scandir

    def guarded(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    code, told = validate(str(tmp_path / "in"))
    refused = {Path(problem["source"]).name for problem in told["problems"]}
    assert (code, told["valid"], refused) == (1, 4, {"gone.csv", "closed"})
    assert {problem["code"] for problem in told["problems"]} == {"SRC-04"}


def test_a_bad_file_among_good_ones_costs_itself_only(validate: Any, tmp_path: Path) -> None:
    for name, content in {"a": CENSUS, "b": b"", "c": b"\x00\x01", "d": STAY}.items():
        (tmp_path / name).write_bytes(content)
    code, told = validate(str(tmp_path))
    assert (code, told["valid"], told["invalid"]) == (1, 3, 2)
    refused = [problem["code"] for problem in told["problems"] if problem["severity"] == "fatal"]
    assert refused == ["SRC-01", "SRC-02"]


def test_names_with_brackets_and_control_characters_are_shown_and_not_obeyed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "[bold]x[red]\x1b[31m:smile:.csv"
    file.write_bytes(b"")
    done = CliRunner().invoke(main, ["validate", str(file), "--reporter", "983971636"], env={"COLUMNS": "400"})
    assert done.exit_code == 1
    assert "[bold]x[red]\N{REPLACEMENT CHARACTER}[31m:smile:.csv" in done.stdout


def test_every_answer_says_what_to_do_in_one_sentence() -> None:
    for code, answer in ANSWERS.items():
        assert len(answer.text) < 200, code
        assert "\n" not in answer.text, code
        assert not answer.text.endswith("."), code


def test_a_line_of_a_hundred_megabytes_is_answered_in_little_memory(home: Path, tmp_path: Path) -> None:
    """In a process of its own, whose peak is its own; the lines before and after are read."""
    file = tmp_path / "long.ndjson"
    with file.open("wb") as out:
        out.write(ndjson(BEDS))
        out.write(b'{"family":"capacity","unit":"')
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b'"}\n')
        out.write(ndjson({**BEDS, "staffed": 3}))
    program = (
        # Not ru_maxrss: over fork and exec it keeps the peak of the process that started this one.
        "import re, sys\n"
        "from helsepuls.cli.main import main\n"
        "try: main()\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "validate", str(file), "--reporter", "983971636", "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = orjson.loads(done.stdout)
    assert (done.returncode, told["valid"], told["invalid"]) == (1, 2, 1)
    assert [(problem["code"], problem["position"]) for problem in told["problems"]] == [("SRC-03", 2)]
    assert int(done.stderr) < 400_000, "kilobytes at most"
