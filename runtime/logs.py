"""Structured logs: one JSON object a line on standard error. Names of fields and counts, never values of events."""

from __future__ import annotations

import atexit
import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from schemas.errors import HelsepulsError

_ELEVEN_DIGITS = re.compile(r"(?<!\d)\d{11}(?!\d)")
_STANDARD_ERROR = 2
_INFRASTRUCTURE = ("aiokafka", "asyncio", "cimpl", "clickhouse_connect", "confluent_kafka", "faust", "mode", "requests")
_LIBRDKAFKA = "[rdkafka#"
_DIGITS = re.compile(r"\d+")
_SAME_SECONDS = 60.0
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text with every run of exactly eleven digits (the length of a national identity number) blanked."""
    return _ELEVEN_DIGITS.sub("[11 digits]", text)


class JsonFormatter(logging.Formatter):
    """Formats a record and its `extra` fields as one line of JSON."""

    def __init__(self, component: str) -> None:
        super().__init__()
        self.component = component

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "component": self.component,
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = described(record.exc_info[1])
            line["traceback"] = "".join(traceback.format_tb(record.exc_info[2]))
        return redact(json.dumps(line, default=str, ensure_ascii=False))


class Sparse(logging.Filter):
    """What librdkafka says comes once a minute, with how often it was `left_out` since: it says every failed attempt to
    connect, several a second. Two lines that differ in their numbers alone are the same."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if _LIBRDKAFKA not in text:
            return True
        kind, now = _DIGITS.sub("", text), self._clock()
        said_at, left_out = self._said.get(kind, (-_SAME_SECONDS, 0))
        if now - said_at < _SAME_SECONDS:
            self._said[kind] = said_at, left_out + 1
            return False
        self._said[kind] = now, 0
        if left_out:
            record.left_out = left_out
        return True


def described(error: BaseException) -> str:
    """What an error says where it speaks of machines; of others only the type, for their text may quote data."""
    kind = type(error)
    speaks_of_machines = isinstance(error, HelsepulsError | OSError) or kind.__module__.split(".")[0] in _INFRASTRUCTURE
    return f"{kind.__name__}: {error}" if speaks_of_machines else f"{kind.__name__} (its text is withheld)"


def configure(component: str, level: str = "INFO") -> None:
    """Sends all logs of this process to standard error as JSON lines, and redacts what others write there."""
    handler = logging.StreamHandler(os.fdopen(_guard_standard_error(), "w", encoding="utf-8", buffering=1))
    handler.setFormatter(JsonFormatter(component))
    handler.addFilter(Sparse())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())


def _guard_standard_error() -> int:
    """Lets nothing reach standard error but through `redact`; returns a descriptor that goes there directly.

    Native libraries write there on their own: a decoder that panics on damaged data quotes numbers out of it.
    """
    direct = os.dup(_STANDARD_ERROR)
    reading, writing = os.pipe()
    os.dup2(writing, _STANDARD_ERROR)
    os.close(writing)

    def forward() -> None:
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                os.write(direct, redact(line.decode("utf-8", "replace")).encode())

    forwarder = threading.Thread(target=forward, name="standard-error", daemon=True)
    forwarder.start()

    def restore() -> None:
        sys.stderr.flush()
        os.dup2(direct, _STANDARD_ERROR)
        forwarder.join(1.0)

    atexit.register(restore)
    return os.dup(direct)
