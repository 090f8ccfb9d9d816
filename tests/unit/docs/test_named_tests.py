"""Pages that name tests name tests that exist, and leave out nothing they promise to list."""

from __future__ import annotations

import ast
import re

import pytest
from documentation import ROOT

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
TRAPS = [f"{letter}{number}" for letter, last in (("F", 15), ("K", 10), ("S", 4)) for number in range(1, last + 1)]


def rows(page: str) -> list[list[str]]:
    """The cells of every row of the page's tables, heads and rules left out."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [
        row for position, row in enumerate(cells) if not set(row[0]) <= {"-", " "} and not _is_head(cells, position)
    ]


def _is_head(cells: list[list[str]], position: int) -> bool:
    return position + 1 < len(cells) and set(cells[position + 1][0]) <= {"-", " "}


def missing(path: str, name: str) -> bool:
    """Whether the repository has no such test function."""
    file = ROOT / path
    if not file.is_file():
        return True
    return name not in {node.name for node in ast.parse(file.read_text("utf-8")).body if hasattr(node, "name")}


def test_every_trap_has_one_row_and_a_test() -> None:
    found = rows("traps.md")
    assert [row[0] for row in found] == TRAPS
    assert [row[0] for row in found if not _NAMED.search(row[3])] == []


def test_every_promise_has_a_test() -> None:
    found = rows("guarantees.md")
    assert len(found) > 30
    assert [row[0] for row in found if not _NAMED.search(row[-1])] == []


@pytest.mark.parametrize("page", ["traps.md", "guarantees.md"])
def test_named_tests_exist(page: str) -> None:
    named = _NAMED.findall((ROOT / "docs" / page).read_text("utf-8"))
    assert named
    assert [f"{path}::{name}" for path, name in named if missing(path, name)] == []


def test_a_test_that_does_not_exist_would_be_noticed() -> None:
    assert missing("tests/unit/docs/test_named_tests.py", "test_gone")
    assert missing("tests/unit/docs/test_gone.py", "test_named_tests_exist")
    assert not missing("tests/unit/docs/test_named_tests.py", "test_named_tests_exist")
