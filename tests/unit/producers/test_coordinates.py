"""Runs of offsets against a plain set."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from producers.coordinates import Coordinates, Run, gaps, pieces


@given(st.lists(st.tuples(st.sampled_from(["raw.a", "raw.b"]), st.integers(0, 1), st.integers(0, 30))))
def test_holds_exactly_what_was_added(places):
    coordinates = Coordinates()
    for place in places:
        coordinates.add(*place)
    assert len(coordinates) == len(set(places))
    runs = coordinates.runs()
    inside = [(t, p, o) for t, p, first, last in runs for o in range(first, last + 1)]
    assert sorted(inside) == sorted(set(places))
    assert all(a.last + 1 < b.first for a, b in pairwise(runs) if a[:2] == b[:2])


def test_a_lone_publisher_takes_one_run():
    coordinates = Coordinates()
    for offset in range(10, 100_000):
        coordinates.add("raw.a", 0, offset)
    assert coordinates.runs() == [Run("raw.a", 0, 10, 99_999)]


@given(st.integers(0, 50), st.integers(1, 60), st.integers(1, 20))
def test_pieces_are_the_same_offsets(first, length, piece):
    run = Run("raw.a", 0, first, first + length - 1)
    cut = list(pieces([run], piece))
    assert [o for r in cut for o in range(r.first, r.last + 1)] == list(range(first, first + length))
    assert all(r.length <= piece for r in cut)


@given(st.sets(st.integers(5, 20)))
def test_gaps_are_what_is_not_present(present):
    holes = gaps(Run("raw.a", 0, 5, 20), sorted(present))
    assert {o for h in holes for o in range(h.first, h.last + 1)} == set(range(5, 21)) - present
