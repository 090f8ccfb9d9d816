from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helsepuls.cli.main import main
from schemas import catalog


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["schemas", *arguments])


def test_list() -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert [(s["subject"], s["version"], s["id"]) for s in listed] == [
        (s.subject, s.version, s.id) for s in catalog.released()
    ]
    assert "raw.episode-value" in run("list").stdout


@pytest.mark.parametrize("name", ["raw.capacity", "raw.capacity-value"])
def test_show_prints_the_schema(name: str) -> None:
    assert json.loads(run("show", name).stdout) == catalog.latest("raw.capacity").definition


@pytest.mark.parametrize("arguments", [["raw.nothing"], ["raw.capacity", "--version", "99"]])
def test_show_of_what_does_not_exist_is_wrong_usage(arguments: Sequence[str]) -> None:
    result = run("show", *arguments)
    assert result.exit_code == 2
    assert "helsepuls schemas list" in result.stderr


def test_check_passes() -> None:
    assert run("check").exit_code == 0
    assert json.loads(run("check", "--json").stdout) == {"compatible": True, "findings": []}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contract in which a field without a default was added to the envelope."""
    avro = Path(shutil.copytree(catalog.AVRO, tmp_path / "avro"))
    path = avro / "parts" / "envelope.json"
    content = json.loads(path.read_text("utf-8"))
    content["fields"].append({"name": "added", "type": "string", "doc": "New"})
    path.write_text(json.dumps(content), "utf-8")
    for function in ("schemas.compatibility.check", "schemas.catalog.release", "schemas.releases.seal"):
        module, _, name = function.rpartition(".")
        original = getattr(__import__(module, fromlist=[name]), name)
        monkeypatch.setattr(function, lambda original=original: original(avro))
    return avro


def test_check_names_place_and_reason_and_fails(broken: Path) -> None:
    result = run("check")
    assert result.exit_code == 1
    assert "raw.episode-value: candidate reads v1: fields[" in result.stderr
    assert "(added): is not in what was written and has no default" in result.stderr
    document = json.loads(run("check", "--json").stdout)
    assert not document["compatible"]
    assert {"subject", "location", "field", "reason", "reader", "writer"} <= set(document["findings"][0])


def test_release_refuses_what_the_check_refuses(broken: Path) -> None:
    before = sorted((broken / "released").iterdir())
    assert run("release").exit_code == 1
    assert sorted((broken / "released").iterdir()) == before


def test_release_writes_seals_and_says_what(broken: Path) -> None:
    path = broken / "parts" / "envelope.json"
    path.write_text(path.read_text("utf-8").replace('"doc": "New"', '"doc": "New", "default": ""'), "utf-8")
    result = run("release")
    assert result.exit_code == 0, result.output
    assert "released raw.episode-value v2 with id 17" in result.stdout
    assert run("check").exit_code == 0
    assert "Nothing to release" in run("release").stdout


def test_register_without_a_registry_is_wrong_usage(home: Path) -> None:
    result = run("register")
    assert result.exit_code == 2
    assert "--with-registry" in result.stderr


def test_register_at_a_registry_that_is_away(home: Path) -> None:
    result = run("register", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "does not answer" in result.stderr
