"""The home directory: where a stack keeps its state and how processes find each other."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from schemas.errors import Fatal

NAME = ".helsepuls"
VARIABLE = "HELSEPULS_HOME"


def find_home(explicit: str | Path | None = None) -> Path:
    """The home to use: `explicit`, else $HELSEPULS_HOME, else the nearest `.helsepuls` above the current folder."""
    if explicit:
        return Path(explicit).expanduser().resolve()
    if from_env := os.environ.get(VARIABLE):
        return Path(from_env).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / NAME).is_dir():
            return folder / NAME
    return here / NAME


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes a JSON file so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """The content of a JSON file, or None when there is none (or it is not an object).

    Raises Fatal when it is there but may not be read.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):  # not there, or no JSON
        return None
    except OSError as error:
        raise Fatal(f"{path} cannot be read: {error.strerror}; mend its permissions, or name another --home") from None
    return content if isinstance(content, dict) else None


def read_stack(home: Path) -> dict[str, Any]:
    """What the supervisor wrote of the running stack; empty when none was ever started here."""
    return read_json(home / "stack.json") or {}


def announce(home: Path, name: str, facts: dict[str, Any]) -> None:
    """A process says that it is ready, and its facts (url, metrics …), to the supervisor and to others."""
    write_json(home / "run" / f"{name}.json", {"pid": os.getpid(), **facts})


def retire(home: Path, name: str) -> None:
    """A process takes its announcement back at a clean end."""
    (home / "run" / f"{name}.json").unlink(missing_ok=True)
