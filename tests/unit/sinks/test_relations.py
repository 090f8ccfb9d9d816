"""The files of the public relations."""

from __future__ import annotations

import re
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


def test_what_is_read_in_braces_is_read_as_it_is_now_and_as_it_was_known(folder: Path) -> None:
    (folder / "npr" / "a_first.sql").write_text("-- A row\nSELECT * FROM {z_second} WHERE day < {now}\n")
    (folder / "npr" / "z_second.sql").write_text("-- A row\nSELECT * FROM {episode}\n")
    views = [view for view in relations.load("here") if view.name.startswith(("a_first", "z_second"))]
    assert [view.name for view in views] == ["z_second", "z_second_known_at", "a_first", "a_first_known_at"]
    now, then = views[2].statement, views[3].statement
    assert now.endswith("AS\nSELECT * FROM z_second WHERE day < now64(3, 'UTC')")
    assert "FROM here.z_second_known_at(at = {at:String}) WHERE day < parseDateTime64BestEffort({at:String}," in then
    assert "FROM here.episode_known_at(at = {at:String})" in views[1].statement
    assert views[1].documentation.startswith(
        "As z_second, of what was known at a time (UTC): z_second_known_at(at = …)"
    )


def test_whoever_reads_only_what_was_known_of_a_view_comes_after_it(folder: Path) -> None:
    (folder / "npr" / "a_first.sql").write_text(
        "-- A row\nSELECT * FROM {database}.z_second_known_at(at = {at:String})\n"
    )
    (folder / "npr" / "z_second.sql").write_text("-- A row\nSELECT * FROM {episode}\n")
    names = [view.name for view in relations.load("here")]
    assert names.index("z_second") < names.index("z_second_known_at") < names.index("a_first")


def test_a_view_of_a_time_has_the_time_of_knowing_beside_it(folder: Path) -> None:
    (folder / "npr" / "beds_at.sql").write_text("-- A row\nSELECT {at:String} FROM {movement}\n")
    view = next(view for view in relations.load("here") if view.name == "beds_known_at")
    assert "SELECT {at:String} FROM here.movement_known_at(at = {known_at:String})" in view.statement


def test_a_view_that_takes_arguments_is_given_them_and_the_time(folder: Path) -> None:
    (folder / "npr" / "z_asked.sql").write_text(
        "-- A row\nSELECT * FROM {quality_units}(families = 'episode', to = {to:String})\n"
    )
    views = {view.name: view.statement for view in relations.load("here")}
    assert views["z_asked"].endswith("FROM here.quality_units(families = 'episode', to = {to:String})")
    then = "here.quality_units_known_at(families = 'episode', to = {to:String}, at = {at:String})"
    assert views["z_asked_known_at"].endswith(f"FROM {then}")


def test_every_daily_view_is_there_by_level_too() -> None:
    views = {view.name: view for view in relations.load("here")}
    dailies = [name for name in views if name.endswith("_daily") and name.startswith(("npr_", "kpr_"))]
    assert len(dailies) > 5
    for name in dailies:
        of_it = views[name.replace("_daily", "_by_level")]
        assert of_it.purposes == views[name].purposes
        assert not re.search(r"\{\w+\}", of_it.statement)


def test_what_there_is_not_cannot_be_read(folder: Path) -> None:
    (folder / "npr" / "odd.sql").write_text("-- A row\nSELECT * FROM {episodes}\n")
    with pytest.raises(Fatal, match=r"odd\.sql reads \{episodes\}"):
        relations.load("helsepuls")


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
