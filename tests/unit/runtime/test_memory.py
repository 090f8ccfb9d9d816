"""Freed memory is kept, counted in page faults, and garbage is looked for seldom: in processes of their own."""

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


_MESSAGES = """
import gc, sys
from runtime.memory import collect_seldom
if sys.argv[1] == "seldom":
    collect_seldom()
before = gc.get_stats()[0]["collections"]
taken = [[number] for number in range(10_000)]
print(gc.get_stats()[0]["collections"] - before)
"""


@pytest.mark.parametrize(("mode", "searched"), [("seldom", False), ("as it is", True)])
def test_ten_thousand_messages_are_taken_without_a_search_for_garbage(mode: str, searched: bool) -> None:
    done = subprocess.run([sys.executable, "-c", _MESSAGES, mode], capture_output=True, text=True, check=True)
    assert (int(done.stdout) > 0) is searched
