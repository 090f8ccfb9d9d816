"""Every test that docs/bad-input.md names is there, and so is every code."""

from __future__ import annotations

import re
from pathlib import Path

from producers.answers import ANSWERS
from schemas.rules import catalogue

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "bad-input.md").read_text("utf-8")


def test_every_test_it_names_is_there() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", written))
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - defined == set()
    assert set(re.findall(r"(test_\w+\.py)", PAGE)) - files == set()


def test_every_code_it_names_is_there() -> None:
    known = set(ANSWERS) | {rule.code for rule in catalogue()} | {f"WIRE-{number:02}" for number in range(1, 11)}
    named = set(re.findall(r"\b[A-Z][A-Z0-9]{2,4}-\d\d\b", PAGE))
    assert len(named) > 15
    assert named - known == {"MSH-18", "UTF-16"}, "which are none of ours"
