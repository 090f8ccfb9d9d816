"""A real Apicurio for suites that need one: import the fixture `apicurio`."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.local.registry import Registry


@pytest.fixture(scope="module")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty registry: the base address of its Confluent API."""
    program = Registry(choose())
    log = tmp_path_factory.mktemp("apicurio") / "log"
    process = spawn(program.command(), log)
    try:
        deadline = time.monotonic() + 90
        while not program.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Apicurio did not start:\n{log.read_text('utf-8')[-3000:]}")
            time.sleep(0.2)
        yield program.url
    finally:
        stop(process, 10)
