"""The analysts' page asks every published view a question."""

from __future__ import annotations

import re

import pytest
from documentation import ROOT, blocks, commands

from sinks import close_views, relations

PAGE = ROOT / "docs" / "for-analysts.md"
GROUPS = ("npr", "kpr", "pathway", "preparedness", "quality", "reference", "register")
VIEWS = sorted(
    [path.stem for group in GROUPS for path in (relations.FOLDER / group).glob("*.sql")]
    + [f"{group}_changes" for group in close_views.FIGURES]
)


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """Every word of the page's queries."""
    queries = [block.body for block in blocks(PAGE, "sql")] + [command.text for command in commands(PAGE)]
    return {word for query in queries for word in re.findall(r"\w+", query)}


@pytest.mark.parametrize("view", VIEWS)
def test_there_is_a_question_for_it(view: str, asked: set[str]) -> None:
    """Of it now, at a time, or as known at a time."""
    name = view.removesuffix("_at").removesuffix("_known")
    assert {name, f"{name}_at", f"{name}_known_at"} & asked
