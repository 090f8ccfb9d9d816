"""Prometheus's own programs: those of the machine, or those that `make test` has fetched."""

from __future__ import annotations

import shutil

import pytest
from documentation import ROOT

_FETCHED = ROOT / "build" / "prometheus" / "usr" / "bin"


def program(name: str) -> str:
    """The path of `prometheus` or `promtool`; skips the test where there is none."""
    found = shutil.which(name) or shutil.which(name, path=str(_FETCHED))
    if found is None:
        pytest.skip(f"{name} is neither installed nor fetched (tests/fetch_prometheus.sh build/prometheus)")
    return found
