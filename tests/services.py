"""A real broker or registry of a test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from deploy.local.processes import spawn, stop


class Program(Protocol):
    """`deploy.local.kafka.Broker`, `deploy.local.registry.Registry`."""

    def command(self) -> list[str]: ...
    def ready(self) -> bool: ...


@contextmanager
def answering(
    program: Program, log: Path, environment: Mapping[str, str] | None = None, *, seconds: float = 120
) -> Iterator[None]:
    """From when it answers, within so many seconds; its data stays. It ends with this process, however that ends."""
    process = spawn(program.command(), log, environment)
    try:
        deadline = time.monotonic() + seconds
        while not program.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{type(program).__name__} did not start:\n{log.read_text('utf-8')[-3000:]}")
            time.sleep(0.1)
        yield
    finally:
        stop(process, 10)
