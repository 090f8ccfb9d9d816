"""Prometheus's own check and unit tests of the alerts."""

from __future__ import annotations

import subprocess

import pytest
from documentation import ROOT
from prometheus import program

RULES = ROOT / "monitoring" / "rules"


def promtool(*arguments: str) -> None:
    done = subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_sound():
    promtool("check", "rules", str(RULES / "helsepuls.yaml"))


@pytest.mark.parametrize("path", sorted((RULES / "tests").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_alerts_fire_when_they_must(path):
    promtool("test", "rules", str(path))
