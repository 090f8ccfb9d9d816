"""The files of the public relations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.errors import Fatal
from schemas.types import FAMILIES
from sinks import relations


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the views that a test may spoil."""
    copy = tmp_path / "views"
    shutil.copytree(relations.FOLDER, copy)
    monkeypatch.setattr(relations, "FOLDER", copy)
    return copy


def test_every_relation_of_the_contract_is_there() -> None:
    names = {view.name for view in relations.load("helsepuls")}
    for family in FAMILIES:
        assert {f"accepted_{family}", f"{family}_current", f"{family}_known_at"} <= names
    assert {"outcomes", "rejected", "duplicates", "receipts", "sink_errors"} <= names
    assert {"npr_contacts_daily", "kpr_services_daily", "preparedness_occupancy", "quality_reporters"} <= names


def test_no_placeholder_is_left() -> None:
    for view in relations.load("some_database"):
        assert "{family}" not in view.statement
        assert "{database}" not in view.statement


def test_documentation_with_quotes_is_quoted(folder: Path) -> None:
    (folder / "quality" / "odd.sql").write_text('-- It\'s a row \\ of "x"\nSELECT 1\n')
    view = next(view for view in relations.load("helsepuls") if view.name == "odd")
    assert "COMMENT 'It\\'s a row \\\\ of \"x\"' AS\nSELECT 1" in view.statement


def test_a_view_without_documentation_is_refused(folder: Path) -> None:
    (folder / "quality" / "silent.sql").write_text("SELECT 1\n")
    with pytest.raises(Fatal, match=r"silent\.sql must begin with a comment"):
        relations.load("helsepuls")


def test_a_file_in_no_group_is_not_passed_over(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "lost.sql").write_text("-- A row\nSELECT 1\n")
    with pytest.raises(Fatal, match=r"lost\.sql"):
        relations.load("helsepuls")
