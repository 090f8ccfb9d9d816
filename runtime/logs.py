"""Structured logs: one JSON object a line on standard error. Names of fields and counts, never values of events."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

_ELEVEN_DIGITS = re.compile(r"(?<!\d)\d{11}(?!\d)")
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
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, default=str, ensure_ascii=False))


def configure(component: str, level: str = "INFO") -> None:
    """Sends all logs of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(component))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
