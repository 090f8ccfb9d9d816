"""The real engine, for every test here that asks for it, and the sixty simulated days in it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from embedded import database, engine_path, migrated, ready  # noqa: F401  fixtures
from stored import warehouse  # noqa: F401  fixture
from told import told  # noqa: F401  fixture
from xdist.scheduler import LoadScopeScheduling

_TOGETHER: Final = (
    "test_sixty_days",
    "test_replay",
    "test_registry_contract",
    "test_hostile_text",
    "test_sasl_broker",
    "test_purposes",
)
"""How the files begin whose tests share what takes long to make: one process plays them, before the others."""


class _Together(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].rpartition("/")[2]
        return next((start for start in _TOGETHER if file.startswith(start)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Together(config, log)
