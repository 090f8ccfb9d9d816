"""What a stack is doing, as facts."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.lag import lag, readers
from deploy.local import lock
from runtime.home import read_stack
from runtime.settings import KafkaSettings, load
from schemas.errors import Retryable

_PING_SECONDS: Final = 3.0


def status(home: Path) -> dict[str, Any]:
    """The document of `helsepuls status --json`.

    `lag` is messages by topic not yet committed by the group that reads it, or null when no Kafka answers. A part
    that does not answer is `degraded`, and so is the stack.
    """
    stack = read_stack(home)
    supervisor = lock.holder(home)
    if supervisor is None:
        return _nothing(home, "down")
    if stack.get("pid") != supervisor.pid or "kafka" not in stack:  # it has only just begun
        doing = {"doing": stack["doing"]} if "doing" in stack else {}
        return {**_nothing(home, "starting"), "supervisor": supervisor.pid, **doing}
    stack["supervisor"] = stack.pop("pid")
    _ask_kafka(stack, home)
    _ask_warehouse(stack)
    return stack


def _ask_kafka(stack: dict[str, Any], home: Path) -> None:
    stack["lag"] = None
    if stack["kafka"]["state"] not in ("ready", "outside"):
        return
    try:
        stack["lag"] = lag(load(KafkaSettings, home), readers(home))
    except Retryable as error:
        outside = stack["kafka"]["state"] == "outside"
        what = f"Kafka at {stack['kafka']['bootstrap']} does not answer: `helsepuls logs kafka` shows what it did last"
        _silent(stack, "kafka", str(error) if outside else what)


def _ask_warehouse(stack: dict[str, Any]) -> None:
    warehouse = stack["warehouse"]
    if not warehouse or warehouse["state"] != "ready" or not warehouse["url"]:
        return
    where = urlsplit(warehouse["url"])
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_PING_SECONDS)
    try:
        connection.request("GET", "/ping")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        what = f"the warehouse at {warehouse['url']} does not answer"
        _silent(stack, "warehouse", f"{what}: `helsepuls logs warehouse` shows what it did last")
    finally:
        connection.close()


def _silent(stack: dict[str, Any], part: str, problem: str) -> None:
    """The process is there and the supervisor thinks it ready."""
    stack[part]["state"] = "degraded"
    stack["state"] = "degraded" if stack["state"] == "ready" else stack["state"]
    stack["problems"].append(problem)


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
        "lag": None,
        "problems": [],
    }
