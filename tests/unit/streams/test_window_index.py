"""The deduplication index against a plain dict."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.types import AcceptedIds
from streams.window import index as index_module
from streams.window.index import ABSENT, DAY_MS, IdIndex, IdTable

ids = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=60)


def halves(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([high for high, _ in pairs], dtype=np.uint64),
        np.array([low for _, low in pairs], dtype=np.uint64),
    )


@given(st.lists(ids, max_size=8))
def test_a_table_knows_the_first_offset_of_every_id(batches: list[list[tuple[int, int]]]) -> None:
    table, model, offset = IdTable(4), {}, 0
    for batch in batches:
        offsets = np.arange(offset, offset + len(batch))
        offset += len(batch)
        table.add(*halves(batch), offsets)
        for pair, at in zip(batch, offsets, strict=True):
            model.setdefault(pair, at)
    everything = [(high, low) for high in range(42) for low in range(4)]
    found = table.find(*halves(everything))
    assert [model.get(pair, ABSENT) for pair in everything] == found.tolist()
    assert table.count == len(model)


def accepted(numbers: range, first_offset: int) -> AcceptedIds:
    high = np.array(numbers, dtype=np.uint64)
    return AcceptedIds(high, np.zeros(len(high), dtype=np.uint64), np.arange(first_offset, first_offset + len(high)))


def test_days_outside_the_window_are_forgotten_by_log_time() -> None:
    index = IdIndex(window_ms=7 * DAY_MS)
    index.add(accepted(range(10), 0), 100 * DAY_MS)
    index.add(accepted(range(10, 20), 10), 104 * DAY_MS)
    zero = np.zeros(20, dtype=np.uint64)
    assert index.find(np.arange(20, dtype=np.uint64), zero).tolist() == list(range(20))
    index.add(accepted(range(20, 21), 20), 108 * DAY_MS)
    assert index.find(np.arange(20, dtype=np.uint64), zero).tolist() == [ABSENT] * 10 + list(range(10, 20))
    assert len(index) == 11


def test_a_million_ids_take_less_than_eighty_bytes_each() -> None:
    index = IdIndex(window_ms=7 * DAY_MS)
    rng = np.random.default_rng(1)
    for part in range(100):
        index.add(
            AcceptedIds(
                rng.integers(0, 2**64, 10_000, dtype=np.uint64),
                rng.integers(0, 2**64, 10_000, dtype=np.uint64),
                np.arange(part * 10_000, (part + 1) * 10_000),
            ),
            100 * DAY_MS,
        )
    assert len(index) == 1_000_000
    assert index.nbytes / len(index) < 80


def anew() -> ModuleType:
    """The module as another process loads it."""
    spec = importlib.util.spec_from_file_location("index_anew", index_module.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("pattern", ["upper bits of both halves", "counted upwards", "counted in the upper half"])
def test_ids_that_are_made_to_collide_cost_what_others_cost_and_are_all_kept(pattern: str) -> None:
    """A sender chooses its ids. Whatever their pattern, they are spread like random ones: nobody slows the others."""
    count = 1 << 15
    numbers = np.arange(count, dtype=np.uint64)
    seven = np.uint64(7)
    made = {
        "upper bits of both halves": (numbers >> seven << np.uint64(56), numbers << np.uint64(57)),
        "counted upwards": (np.zeros_like(numbers), numbers),
        "counted in the upper half": (numbers << np.uint64(32), np.zeros_like(numbers)),
    }[pattern]
    table = IdTable(2 * count)
    per_slot = np.bincount(table._slots(*made).astype(np.int64), minlength=table.capacity)
    assert per_slot.max() < 40, "ids share a slot"
    assert (per_slot > 0).sum() > count / 4, "few slots are used"
    table.add(*made, np.arange(count))
    assert table.find(*made).tolist() == list(range(count))
    assert table.count == count


def test_every_worker_spreads_ids_in_its_own_way() -> None:
    """Who knows the code does not know which ids share a slot: those that do in one process do not in another."""
    first, second = anew(), anew()
    # Factors that are known give ids whose sums are equal, whatever is added to them.
    assert not set(first._SECRETS) & set(second._SECRETS)
    high, low = np.arange(1 << 18, dtype=np.uint64), np.zeros(1 << 18, dtype=np.uint64)
    slots = first.IdTable(1 << 10)._slots(high, low)
    chosen = high[slots == slots[0]]
    assert len(chosen) > 100
    others = second.IdTable(1 << 10)._slots(chosen, low[: len(chosen)])
    assert np.bincount(others.astype(np.int64)).max() < len(chosen) / 4


def test_old_ids_that_are_sent_for_ever_take_no_more_memory() -> None:
    index = IdIndex(window_ms=7 * DAY_MS)
    index.add(accepted(range(2_000), 0), 100 * DAY_MS)
    size = index.nbytes
    for repetition in range(1, 50):
        assert (index.find(*halves([(number, 0) for number in range(2_000)])) == np.arange(2_000)).all()
        index.add(accepted(range(2_000), 2_000 * repetition), 100 * DAY_MS + repetition)
    assert len(index) == 2_000
    assert index.nbytes <= 2 * size
