"""The log files of a stack: one per process, cut when they grow, read by `helsepuls logs`."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from runtime.logs import redact

_LAST_BYTES = 16_384
_SENTENCE = 300
_BAD_NEWS = re.compile(r"error|fatal|exception|cannot|could not|refused|unable|failed|unrecognized", re.IGNORECASE)
_NO_NEWS = re.compile(r"Could not create the Java Virtual Machine|A fatal exception has occurred")
"""Java's last lines when it does not start; the one before them says why."""
_STACK_TRACE = re.compile(r"^(\s+at |\s+\.\.\. |\s+File |Traceback )")


def folder(home: Path) -> Path:
    return home / "logs"


def of(home: Path, name: str) -> Path:
    return folder(home) / f"{name}.log"


def size(log: Path) -> int:
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def cut(log: Path, limit: int) -> bool:
    """Moves what is in a log longer than `limit` bytes to `<log>.1`. Whether it did.

    The file stays the same: the writer has it open for appending, so its next line stands at the new beginning.
    A line written between the two steps is lost; that is the price of not needing the writer's help.
    """
    if size(log) <= limit:
        return False
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def last_words(log: Path, start: int = 0) -> str:
    """What a process that ended said last of its trouble, as one short line; empty when it said nothing.

    `start` is the size of the log when the process was started: what stands before is not its.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(start if start <= size(log) else 0, size(log) - _LAST_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    lines = [
        _message(line)
        for line in text.splitlines()
        if line.strip() and not _STACK_TRACE.match(line) and not _NO_NEWS.search(line)
    ]
    telling = [line for line in lines if _BAD_NEWS.search(line)] or lines
    return redact(telling[-1][:_SENTENCE]) if telling else ""


def _message(line: str) -> str:
    """The message of a structured line, other lines as they are."""
    with suppress(json.JSONDecodeError):
        content = json.loads(line)
        if isinstance(content, dict) and "message" in content:
            return str(content["message"]).strip()
    return line.strip()


def tail(log: Path, lines: int) -> list[str]:
    """The last lines of a log."""
    if lines <= 0 or not log.exists():
        return []
    block = 8192
    with log.open("rb") as file:
        position = file.seek(0, 2)
        content = b""
        while position > 0 and content.count(b"\n") <= lines:
            step = min(block, position)
            position = file.seek(position - step)
            content = file.read(step) + content
    return content.decode("utf-8", "replace").splitlines()[-lines:]


def follow(logs: Callable[[], list[Path]], pause: float = 0.25) -> Iterator[tuple[Path, str]]:
    """Lines as they are written, from now on and for ever; files that appear later or are cut are followed too."""
    positions = {log: size(log) for log in logs()}
    rest: dict[Path, bytes] = {}
    while True:
        for log in logs():
            if size(log) < positions.get(log, 0):
                positions[log], rest[log] = 0, b""
            if size(log) > positions.get(log, 0):
                with log.open("rb") as file:
                    file.seek(positions.get(log, 0))
                    content = rest.get(log, b"") + file.read()
                    positions[log] = file.tell()
                *whole, rest[log] = content.split(b"\n")
                for line in whole:
                    yield log, line.decode("utf-8", "replace")
        time.sleep(pause)
