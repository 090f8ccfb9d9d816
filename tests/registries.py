"""A real Apicurio for suites that need one: import the fixture `apicurio`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from services import answering

from deploy.local.ports import choose
from deploy.local.registry import Registry


@pytest.fixture(scope="module")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty registry: the base address of its Confluent API."""
    program = Registry(choose())
    log = tmp_path_factory.mktemp("apicurio") / "log"
    with answering(program, log, seconds=90):
        yield program.url
