"""What a sender of the benchmark takes when."""

from __future__ import annotations

from collections import Counter

from bench.corpus import Events
from bench.whole import Supply


def events(family: str, count: int) -> Events:
    return Events(family, [b"k%d" % n for n in range(count)], [b"%s %d" % (family.encode(), n) for n in range(count)])


def test_families_come_in_proportion_and_in_order():
    supply = Supply([events("episode", 300), events("movement", 100)])
    taken = [
        (part.family, value) for count in range(4, 201, 4) for part in supply.until(count) for value in part.values
    ]
    assert Counter(family for family, _ in taken) == {"episode": 150, "movement": 50}
    assert [value for family, value in taken if family == "movement"] == [b"movement %d" % n for n in range(50)]
    assert [(part.family, part.values[0], len(part)) for part in supply.rest()] == [
        ("episode", b"episode 150", 150),
        ("movement", b"movement 50", 50),
    ]


def test_no_more_is_taken_than_there_is():
    supply = Supply([events("episode", 3)])
    assert [len(part) for part in supply.until(10)] == [3]
    assert [len(part) for part in supply.until(20)] == [0]
    assert [len(part) for part in supply.rest()] == [0]


def test_what_is_taken_is_not_copied_from_the_rest():
    """The rest of two million events, copied 50 times a second, left the sender at a tenth of its rate."""

    class Watched(Events):
        copied = 0

        def cut(self, start: int, end: int) -> Events:
            Watched.copied += end - start
            return super().cut(start, end)

    part = events("episode", 1_000)
    supply = Supply([Watched(part.family, part.keys, part.values)])
    for count in range(10, 101, 10):
        list(supply.until(count))
    assert Watched.copied == 100
