"""Freed memory is kept: counted in page faults, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import resource, sys
from runtime.memory import keep_freed
if sys.argv[1] == "keep":
    keep_freed()
import numpy as np, polars as pl

def batch():
    columns = [np.ones(1_000_000) for _ in range(4)]
    return pl.DataFrame(columns).select(pl.all() * 2).sum()

for _ in range(3):
    batch()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    batch()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(mode: str) -> int:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, mode], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_a_batch_takes_the_pages_of_the_one_before() -> None:
    assert _faults("keep") < _faults("as it is") / 2
