"""The numbered SQL files in `migrations/`: `-- up`, statements, `-- down`, the statements that undo them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from schemas.errors import Fatal

FOLDER: Final = Path(str(files("sinks") / "migrations"))
_NAME: Final = re.compile(r"\d{4}_[a-z0-9_]+")


@dataclass(frozen=True)
class Migration:
    """One file. `down` is empty where `up` cannot be undone."""

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """Of the statements: comments and blank lines may change."""
        return checksum("\n".join([*self.up, "-- down", *self.down]))


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(folder: Path = FOLDER) -> list[Migration]:
    """All files in their order. Raises Fatal for one that breaks the form."""
    return [_parse(path) for path in sorted(folder.glob("*.sql"))]


def _parse(path: Path) -> Migration:
    if not _NAME.fullmatch(path.stem):
        raise Fatal(f"migration {path.name}: a file is named NNNN_what_it_does.sql")
    before, has_down, down = path.read_text("utf-8").partition("\n-- down\n")
    _, has_up, up = before.partition("-- up\n")
    if not has_up or not has_down:
        raise Fatal(f"migration {path.name}: the lines `-- up` and `-- down` must stand in it; down may be empty")
    return Migration(path.stem, _statements(up), _statements(down))


def _statements(text: str) -> tuple[str, ...]:
    """Statements end with a semicolon at the end of a line; comment lines are left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";\s*$", "\n".join(lines), flags=re.MULTILINE)
    return tuple(part.strip() for part in parts if part.strip())
