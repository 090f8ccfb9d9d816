from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from helsepuls.cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["reference", *arguments])


def write(folder: Path, text: str) -> str:
    path = folder / "units.csv"
    path.write_text(text, "utf-8")
    return str(path)


UNITS = "orgnr,name,hospital,hf,rhf\n974706490,Nordbyhagen,Ahus,Akershus universitetssykehus HF,Helse Sør-Øst RHF\n"


def test_import_says_what_it_refused_and_keeps_the_rest(home: Path, tmp_path: Path) -> None:
    result = run("import", "units", write(tmp_path, UNITS + "974706491,Wrong,,A HF,B RHF\n"))
    assert result.exit_code == 0, result.output
    assert "line 3: 974706491 fails the control digit (modulus 11)" in result.stderr
    assert "1 of 2 lines kept, 1 refused." in result.stdout
    assert "is current; its units have 28 rows" in result.stdout


def test_import_as_json(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path, UNITS + "123,Wrong,,A HF,B RHF\n")
    document = json.loads(run("import", "units", path, "--json").stdout)
    assert document.pop("release")
    refused = [{"line": 3, "value": "123", "reason": "is not nine digits"}]
    assert document == {"table": "units", "read": 2, "kept": 1, "refused": refused, "rows": 28, "changed": True}
    assert json.loads(run("import", "units", path, "--json").stdout)["changed"] is False
    assert "Nothing changed" in run("import", "units", path).stdout


def test_a_number_of_eleven_digits_is_not_shown(home: Path, tmp_path: Path) -> None:
    path = write(tmp_path, UNITS + "14835711200,A person in the wrong column,,A HF,B RHF\n")
    for result in (run("import", "units", path), run("import", "units", path, "--json")):
        assert "14835711200" not in result.output


def test_a_file_without_a_usable_line_changes_nothing(home: Path, tmp_path: Path) -> None:
    result = run("import", "units", write(tmp_path, "orgnr,name\n123,X\n"))
    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr
    assert [release["current"] for release in json.loads(run("list", "--json").stdout)] == [True]


def test_list_and_show(home: Path, tmp_path: Path) -> None:
    made = run(
        "import", "units", write(tmp_path, UNITS), "--source", "A registry", "--valid-from", "2026-02-01", "--json"
    )
    release = json.loads(made.stdout)["release"]
    newest, shipped = json.loads(run("list", "--json").stdout)
    assert (newest["release"], newest["current"], shipped["current"]) == (release, True, False)
    shown = json.loads(run("show", "--json").stdout)
    assert shown == newest
    assert shown["tables"]["units"]["source"] == "A registry"
    assert shown["tables"]["units"]["valid_from"] == "2026-02-01"
    assert release in run("list").stdout
    assert "A registry" in run("show", release).stdout
    assert "27" in run("show", shipped["release"]).stdout
    missing = run("show", "nothing")
    assert missing.exit_code == 1
    assert "helsepuls reference list" in missing.stderr


def test_every_other_table(home: Path, tmp_path: Path) -> None:
    catchment = tmp_path / "catchment.csv"
    catchment.write_text("kommune,bydel,rhf,hf,hospital,dps\n0301,,R RHF,H,S,\n", "utf-8")
    assert run("import", "catchment", str(catchment)).exit_code == 0
    municipalities = tmp_path / "municipalities.csv"
    municipalities.write_text("code,name,county,valid_from,valid_to,successor\n0301,Oslo,03,,,\n", "utf-8")
    assert run("import", "municipalities", str(municipalities)).exit_code == 0
    communities = tmp_path / "communities.csv"
    communities.write_text("kommuneNr,helsefellesskap\n0301,Oslo\n", "utf-8")
    assert run("import", "helsefellesskap", str(communities)).exit_code == 0
    people = tmp_path / "people.csv"
    people.write_text("kommuneNr,date,population\n0301,2026-01-01,1000\n4601,2026-01-01,7\n", "utf-8")
    done = run("import", "population", str(people))
    assert done.exit_code == 0
    assert "line 3: 4601 no municipality has or had this code" in done.stderr  # by the table that was imported
    tables = json.loads(run("show", "--json").stdout)["tables"]
    assert {name: facts["rows"] for name, facts in tables.items()} == {
        "units": 27,
        "municipalities": 1,
        "catchment": 1,
        "helsefellesskap": 1,
        "population": 1,
    }
