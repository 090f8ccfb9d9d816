"""The documentation as tests read it: its pages, fenced blocks, commands and links.

Commands for a shell stand in blocks marked `console`, each on a line that begins with `$ `. A block that cannot be run
as it stands is preceded by `<!-- not run: WHY -->`; a command that must fail ends with `# exits N`. All others are run,
in order, from the root of the repository with a stack up.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^(?P<fence>```+)(?P<language>[\w-]*)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_EXITS = re.compile(r"\s+# exits (\d+)$")
_INLINE = re.compile(r"`(helsepuls [^`]*)`")


@dataclass(frozen=True)
class Block:
    """One fenced block. `note`: the comment on the line before it."""

    path: Path
    line: int
    language: str
    body: str
    note: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One line of a console block."""

    place: str
    text: str
    exits: int
    runs: bool

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


def pages() -> list[Path]:
    """Every page of the repository that people read."""
    return [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "monitoring" / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def blocks(path: Path, language: str | None = None) -> Iterator[Block]:
    text = path.read_text("utf-8")
    for found in _FENCE.finditer(text):
        if language in (None, found["language"]):
            line = text.count("\n", 0, found.start("fence")) + 1
            yield Block(path, line, found["language"], found["body"], found["note"] or "")


def commands(path: Path) -> Iterator[Command]:
    """The commands of a page, in order."""
    for block in blocks(path, "console"):
        for number, line in enumerate(block.body.splitlines(), start=block.line + 1):
            assert line.startswith("$ "), f"{block.place}: console blocks hold commands only, after '$ '"
            text = line.removeprefix("$ ")
            exits = _EXITS.search(text)
            yield Command(
                f"{path.relative_to(ROOT)}:{number}",
                _EXITS.sub("", text),
                int(exits[1]) if exits else 0,
                not block.note.startswith("not run"),
            )


def inline_commands(path: Path) -> Iterator[str]:
    """`helsepuls …` within sentences; `…` stands for arguments left out."""
    text = _FENCE.sub("", path.read_text("utf-8"))
    for found in _INLINE.finditer(text):
        yield " ".join(found[1].split())
