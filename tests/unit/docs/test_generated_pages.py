"""Pages that follow from the code are as the code now gives them."""

from __future__ import annotations

import pytest

from helsepuls.docs import __main__ as command
from helsepuls.docs import pages as generator
from helsepuls.docs.markdown import HEAD, blocks_in, fill
from helsepuls.docs.metrics import declared
from monitoring import metrics
from schemas.rules import catalogue
from schemas.types import FAMILIES
from sinks import relations

PAGES = generator.pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_is_up_to_date(path):
    assert path.read_text("utf-8") == PAGES[path], "run `python -m helsepuls.docs`"


def test_every_rule_and_relation_has_its_section():
    rules = (generator.FOLDER / "rules.md").read_text("utf-8")
    assert [line for line in rules.splitlines() if line.startswith("## ")] == [f"## {r.code}" for r in catalogue()]
    told = (generator.FOLDER / "relations.md").read_text("utf-8")
    for view in relations.load("helsepuls"):
        if not view.known_at_of and not any(family in view.name for family in FAMILIES):
            assert f"## {view.name}\n" in told


def test_every_metric_is_found():
    found = {metric.name for metric in declared()}
    kinds = (metrics.Counter, metrics.Gauge, metrics.Histogram)
    there = {name for name, value in vars(metrics).items() if isinstance(value, kinds)}
    assert len(found) == len(there)
    assert all(metric.meaning and metric.section for metric in declared())


def test_a_block_is_replaced_and_an_unknown_one_refused():
    text = "a\n<!-- generated: one -->\nold\n<!-- end -->\nb\n"
    filled = fill(text, {"one": "new"})
    assert filled == "a\n<!-- generated: one -->\n\nnew\n\n<!-- end -->\nb\n"
    assert fill(filled, {"one": "new"}) == filled
    assert blocks_in(filled) == ["one"]
    with pytest.raises(KeyError):
        fill(text, {})


def test_check_says_what_is_out_of_date_and_writes_nothing(monkeypatch, tmp_path, capsys):
    old, new = tmp_path / "docs" / "old.md", tmp_path / "docs" / "new.md"
    old.parent.mkdir()
    old.write_text(HEAD, "utf-8")
    monkeypatch.setattr(command, "FOLDER", tmp_path / "docs")
    monkeypatch.setattr(command, "pages", lambda: {old: "changed", new: "made"})
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/old.md is out of date\ndocs/new.md is out of date\n"
    assert (old.read_text("utf-8"), new.exists()) == (HEAD, False)
    assert command.main([]) == 0
    assert (old.read_text("utf-8"), new.read_text("utf-8")) == ("changed", "made")
    assert command.main(["--check"]) == 0
