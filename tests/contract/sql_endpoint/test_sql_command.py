"""`helsepuls sql` against the endpoint."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path

import polars
import pytest
from click.testing import CliRunner, Result
from warehouse_client import Warehouse

from helsepuls.cli import sql
from helsepuls.cli.main import main


@pytest.fixture
def run(warehouse: Warehouse, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", warehouse.url)

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["sql", *arguments], input=stdin)

    return invoke


def test_csv_where_there_is_no_terminal(run) -> None:
    result = run("SELECT unit, occupied FROM beds ORDER BY as_of LIMIT 2")
    assert (result.exit_code, result.stdout) == (0, '"unit","occupied"\n"unit 0",\\N\n"unit 1",1\n')


def test_json_is_one_document(run) -> None:
    assert json.loads(run("SELECT number AS n FROM numbers(3)", "--format", "json").stdout) == [
        {"n": 0},
        {"n": 1},
        {"n": 2},
    ]
    assert json.loads(run("SELECT 1 AS n WHERE 0", "--format", "json").stdout) == []
    assert json.loads(run("SELECT 1 AS n", "--json").stdout) == [{"n": 1}]
    contradiction = run("SELECT 1 AS n", "--json", "--format", "csv")
    assert contradiction.exit_code == 2
    assert "leave one out" in contradiction.stderr


def test_table(run) -> None:
    result = run("SELECT unit, occupied, tags FROM beds ORDER BY as_of LIMIT 2;", "--format", "table")
    assert '│ unit 1 │        1 │ ["1","æøå"] │' in result.stdout
    assert "null" in result.stdout


def test_table_of_many_rows_says_that_there_are_more(run) -> None:
    result = run("SELECT number FROM numbers(5000)", "--format", "table")
    assert "│    999 │" in result.stdout
    assert "│   1000 │" not in result.stdout
    assert "first 1000 rows" in result.stderr


@pytest.mark.parametrize("statement", ["SHOW TABLES", "DESCRIBE beds", "EXISTS beds", "EXPLAIN SELECT 1"])
@pytest.mark.parametrize("chosen", sql.FORMATS)
def test_other_statements(run, statement: str, chosen: str) -> None:
    result = run(statement, "--format", chosen)
    assert result.exit_code == 0, result.stderr
    assert result.stdout_bytes


def test_parameters(run) -> None:
    result = run(
        "SELECT {a:UInt8} + 1, {b:String}, {c:Array(String)}",
        *("--param", "a=4", "--param", "b=it's = 'x'\t\\", "--param", "c=['x', 'y''z', 'æ\"']"),
        *("--format", "json"),
    )
    assert list(json.loads(result.stdout)[0].values()) == [5, "it's = 'x'\t\\", ["x", "yz", 'æ"']]


def test_from_standard_input(run) -> None:
    assert run("-", stdin="-- a comment\nSELECT 1 AS a;\n").stdout == '"a"\n1\n'


def test_files(run, tmp_path: Path) -> None:
    file = tmp_path / "beds.parquet"
    assert run("SELECT * FROM beds", "--format", "parquet", "--output", str(file)).exit_code == 0
    assert polars.read_parquet(file).height == 5000
    piped = run("SELECT * FROM beds", "--format", "arrow").stdout_bytes
    assert polars.read_ipc(io.BytesIO(piped)).height == 5000
    assert run("SELECT 1 AS a", "--format", "table", "--output", str(tmp_path / "t.txt")).exit_code == 0
    assert "│ 1 │" in (tmp_path / "t.txt").read_text("utf-8")


def test_a_failed_query_leaves_the_old_file(run, tmp_path: Path) -> None:
    file = tmp_path / "result.csv"
    file.write_text("old")
    result = run("SELECT number, throwIf(number = 2500000) FROM numbers(3000000)", "--output", str(file))
    assert result.exit_code == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["result.csv"]
    assert file.read_text() == "old"


def test_a_dash_is_standard_output(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("SELECT 1 AS a", "--output", "-").stdout == '"a"\n1\n'
    assert list(tmp_path.glob("-")) == []


def test_a_file_that_cannot_be_is_told_by_the_name_that_was_given(run, tmp_path: Path) -> None:
    result = run("SELECT 1", "--output", str(tmp_path / "no" / "such"))
    assert result.exit_code == 1
    assert f"Error: {tmp_path / 'no' / 'such'}: No such file" in result.stderr


def test_a_query_that_begins_with_a_comment(run) -> None:
    assert run("-- how many\nSELECT 1 AS a").stdout == '"a"\n1\n'
    assert run("--formt csv").exit_code != 0


def test_a_narrow_terminal_has_a_line_for_each_field(run, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT * FROM beds WHERE occupied = 1 OR occupied IS NULL ORDER BY as_of LIMIT 2"
    monkeypatch.setenv("COLUMNS", "60")
    text = run(query, "--format", "table").stdout
    assert "ward: A\nas_of: 2026-01-01 00:00:00.000\noccupied: null\n" in text
    assert "\n\nunit: unit 1\n" in text
    monkeypatch.setenv("COLUMNS", "200")
    assert "│ unit 1 │" in run(query, "--format", "table").stdout


def test_binary_formats_refuse_a_terminal(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_on_terminal", lambda: True)
    result = run("SELECT 1", "--format", "parquet")
    assert (result.exit_code, "--output" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1 x", "Syntax error: failed at position 7"),
        ("SELECT nothing FROM beds", "Unknown expression identifier"),
        ("SELECT * FROM capacity_known_at", "capacity_known_at takes parameters: capacity_known_at(at = …)"),
        ("SELECT day FROM npr_contacts_by_level AS b", "npr_contacts_by_level(level = …, from = …, to = …)"),
        ("INSERT INTO written VALUES (1)", "This endpoint only reads"),
        ("SELECT file('x')", "497 ACCESS_DENIED"),
        ("SELECT throwIf(number = 2500000) FROM numbers(3000000)", "395 FUNCTION_THROW_IF"),
    ],
)
def test_errors_are_clickhouses_own_sentence(run, query: str, said: str) -> None:
    result = run(query)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "FORMAT" not in result.stderr
    assert "while executing" not in result.stderr


def test_wrong_usage(run) -> None:
    for query in ("", "SELECT 1 FORMAT JSON", "SELECT 1 FORMAT CSV SETTINGS max_threads = 1"):
        assert run(query).exit_code == 2
    for arguments in (("SELECT 1", "--param", "x"), ("SELECT 1", "--format", "xml")):
        assert run(*arguments).exit_code == 2
    assert run("SELECT {x:Array(UInt8)}", "--param", "x=[1,").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [(("-",), b"SELECT '\xe6'"), (("SELECT '\udce6'",), None), (("SELECT {x:String}", "--param", "x=\udce6"), None)],
)
def test_what_is_not_utf8_is_wrong_usage(run, arguments: tuple[str, ...], stdin: bytes | None) -> None:
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, "is not UTF-8 text" in result.stderr) == (2, True)


def test_a_warehouse_that_is_frozen(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELSEPULS_SQL_QUERY_SECONDS", "0.5")
    monkeypatch.setattr(sql, "_SLOWER_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", f"http://127.0.0.1:{frozen.getsockname()[1]}")
        result = run("SELECT 1")
    assert (result.exit_code, "does not answer" in result.stderr) == (3, True)


def test_nobody_there(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELSEPULS_WAREHOUSE_URL", "http://127.0.0.1:1")
    result = run("SELECT 1")
    assert (result.exit_code, "does not answer" in result.stderr) == (3, True)
    monkeypatch.delenv("HELSEPULS_WAREHOUSE_URL")
    result = run("SELECT 1")
    assert (result.exit_code, "helsepuls up" in result.stderr) == (3, True)
