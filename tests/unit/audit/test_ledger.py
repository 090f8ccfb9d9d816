"""The ledger of one partition against sets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from helsepuls.audit.ledger import BITS, Ledger, doubled, names, runs

noted = st.lists(st.tuples(st.sampled_from(list(BITS)), st.lists(st.integers(0, 30), max_size=12)), max_size=8)


@given(noted, st.integers(0, 10), st.integers(10, 25))
def test_knows_the_outcomes_of_every_offset(batches, low, high):
    ledger, model, repeats = Ledger(low, high), {}, 0
    for outcome, offsets in batches:
        ledger.note(outcome, np.array(offsets, dtype=np.int64))
        for offset in offsets:
            if low <= offset < high:
                repeats += outcome in model.setdefault(offset, set())
                model[offset].add(outcome)
    for offset in range(low, high):
        assert set(names(ledger.between(offset, offset + 1)[0])) == model.get(offset, set())
    assert ledger.repeated == repeats
    assert ledger.beyond == max((o for _, offsets in batches for o in offsets if o >= high), default=None)
    flags = doubled(ledger.marks)
    assert {low + i for i in np.flatnonzero(flags)} == {o for o, outcomes in model.items() if len(outcomes) > 1}


@given(st.lists(st.booleans()))
def test_runs_are_the_true_stretches(flags):
    found = list(runs(np.array(flags, dtype=np.bool_)))
    assert [i for first, last in found for i in range(first, last + 1)] == [i for i, flag in enumerate(flags) if flag]
    assert all(b - a > 1 for (_, a), (b, _) in pairwise(found))
