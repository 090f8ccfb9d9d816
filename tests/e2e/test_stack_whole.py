"""The stack with its own worker and warehouse: they become ready, serve metrics, and come back when they are killed."""

from __future__ import annotations

import os
import signal
import time

import requests


def until_ready(stack, seconds=120):
    deadline = time.monotonic() + seconds
    while (facts := stack.status())["state"] != "ready":
        assert time.monotonic() < deadline, facts
        time.sleep(0.5)
    return facts


def test_worker_and_warehouse_come_back(stack):
    before = until_ready(stack)
    worker, warehouse = before["workers"][0], before["warehouse"]
    for part in (worker, warehouse):
        assert "python_info" in requests.get(part["metrics"], timeout=10).text
    for part in (worker, warehouse):
        os.kill(part["pid"], signal.SIGKILL)
    while stack.status()["state"] == "ready":  # until the supervisor has seen it
        time.sleep(0.1)
    after = until_ready(stack)
    assert after["workers"][0]["restarts"] == worker["restarts"] + 1
    assert after["warehouse"]["restarts"] == warehouse["restarts"] + 1
    assert after["warehouse"]["url"] == warehouse["url"]
    assert after["kafka"]["pid"] == before["kafka"]["pid"]
