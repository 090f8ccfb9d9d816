"""A real broker of a test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from deploy.local.kafka import Broker
from deploy.local.processes import spawn, stop


@contextmanager
def running(broker: Broker, environment: Mapping[str, str]) -> Iterator[None]:
    """From when it answers; its data stays. It ends with this process, however that ends."""
    broker.prepare()
    log = broker.folder / "kafka.log"
    process = spawn(broker.command(), log, environment)
    try:
        deadline = time.monotonic() + 120
        while not broker.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Kafka did not start:\n{log.read_text('utf-8')[-3000:]}")
            time.sleep(0.1)
        yield
    finally:
        stop(process, 10)
