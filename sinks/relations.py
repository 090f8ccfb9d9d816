"""The public relations: SQL files in `views/`, each the SELECT of one view with its documentation at the head.

The name of a file is the name of its view; files in `views/each_family` are made once per family. The head comment
says what a row is, its columns' units and its source; it becomes the view's comment in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from schemas.errors import Fatal
from schemas.types import FAMILIES

FOLDER: Final = Path(str(files("sinks") / "views"))

_EACH_FAMILY: Final = {"accepted": "accepted_{family}", "current": "{family}_current", "known_at": "{family}_known_at"}
_GROUPS: Final = ("events", "npr", "kpr", "preparedness", "quality")
"""In the order in which they are made: a view may use views of groups before its own, and of its own by name order."""


@dataclass(frozen=True)
class View:
    """One view of one database."""

    name: str
    documentation: str
    statement: str


def load(database: str) -> list[View]:
    """All views, those that others use first. Raises Fatal for a file without documentation or outside the groups."""
    found = [_view(path, name, database, family) for path, name, family in _files()]
    listed = {path for path, _, _ in _files()}
    if stray := sorted(path.name for path in FOLDER.rglob("*.sql") if path not in listed):
        raise Fatal(f"view {stray[0]} stands in no known group of {FOLDER.name}/")
    return found


def _files() -> Iterator[tuple[Path, str, str]]:
    for stem, pattern in _EACH_FAMILY.items():
        for family in FAMILIES:
            yield FOLDER / "each_family" / f"{stem}.sql", pattern.format(family=family), family
    for group in _GROUPS:
        # a parameterised view (…_at) is what the view without parameter is made of
        for path in sorted((FOLDER / group).glob("*.sql"), key=lambda path: (not path.stem.endswith("_at"), path.stem)):
            yield path, path.stem, ""


def _view(path: Path, name: str, database: str, family: str) -> View:
    # `{at:String}` is the engine's own notation, so only these two words are replaced.
    text = path.read_text("utf-8").replace("{family}", family).replace("{database}", database)
    lines = text.splitlines()
    head = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    documentation = "\n".join(line.removeprefix("--").strip() for line in lines[:head])
    if not documentation:
        raise Fatal(f"view {path.name} must begin with a comment that says what a row is")
    body = "\n".join(lines[head:]).strip()
    quoted = documentation.replace("\\", "\\\\").replace("'", "\\'")
    return View(name, documentation, f"CREATE OR REPLACE VIEW {name} COMMENT '{quoted}' AS\n{body}")
