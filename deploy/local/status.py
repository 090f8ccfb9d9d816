"""What a stack is doing, as facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.lag import lag, readers
from deploy.local import lock
from runtime.home import read_stack
from runtime.settings import KafkaSettings, load
from schemas.errors import Retryable


def status(home: Path) -> dict[str, Any]:
    """The document of `helsepuls status --json`.

    `lag` is messages by topic not yet committed by the group that reads it, or null when Kafka does not answer.
    """
    stack = read_stack(home)
    supervisor = lock.holder(home)
    if supervisor is None:
        return _nothing(home, "down")
    if stack.get("pid") != supervisor.pid or "kafka" not in stack:  # it has only just begun
        doing = {"doing": stack["doing"]} if "doing" in stack else {}
        return {**_nothing(home, "starting"), "supervisor": supervisor.pid, **doing}
    stack["supervisor"] = stack.pop("pid")
    if stack["kafka"]["state"] not in ("ready", "outside"):
        return {**stack, "lag": None}
    try:
        stack["lag"] = lag(load(KafkaSettings, home), readers(home))
    except Retryable as error:
        stack["lag"] = None
        stack["problems"].append(str(error))
    return stack


def _nothing(home: Path, state: str) -> dict[str, Any]:
    """Where no process of a stack exists (yet)."""
    part = {"pid": None, "state": state}
    return {
        "state": state,
        "home": str(home),
        "kafka": {"bootstrap": None, **part},
        "workers": [],
        "warehouse": {"url": None, **part},
        "registry": None,
        "lag": {},
        "problems": [],
    }
