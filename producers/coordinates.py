"""Where delivered events are: offsets by partition, kept as runs so that millions of them take little room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Run(NamedTuple):
    """Offsets `first` to `last`, both included, of one partition."""

    topic: str
    partition: int
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Coordinates:
    """A set of offsets. A publisher alone on a partition gives one run; each other one on it may add a gap."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, int], list[list[int]]] = {}

    def add(self, topic: str, partition: int, offset: int) -> None:
        """Cheap when offsets of a partition come in ascending order, as acknowledgements do."""
        runs = self._runs.get((topic, partition))
        if runs is None:
            self._runs[topic, partition] = [[offset, offset]]
        elif offset == runs[-1][1] + 1:
            runs[-1][1] = offset
        elif offset > runs[-1][1]:
            runs.append([offset, offset])
        else:
            self._insert(runs, offset)

    def __len__(self) -> int:
        return sum(last - first + 1 for runs in self._runs.values() for first, last in runs)

    def runs(self) -> list[Run]:
        """All runs, ascending within each partition."""
        return [Run(*place, first, last) for place, runs in self._runs.items() for first, last in runs]

    @staticmethod
    def _insert(runs: list[list[int]], offset: int) -> None:
        if any(first <= offset <= last for first, last in runs):
            return
        runs.append([offset, offset])
        runs.sort()
        merged = [runs[0]]
        for first, last in runs[1:]:
            if first == merged[-1][1] + 1:
                merged[-1][1] = last
            else:
                merged.append([first, last])
        runs[:] = merged


def pieces(runs: list[Run], length: int) -> Iterator[Run]:
    """The same offsets in runs of at most `length`."""
    for topic, partition, first, last in runs:
        for begin in range(first, last + 1, length):
            yield Run(topic, partition, begin, min(begin + length - 1, last))


def gaps(run: Run, present: list[int]) -> list[Run]:
    """The parts of `run` that `present` (ascending offsets within it, each once) leaves out."""
    found = []
    expected = run.first
    for offset in [*present, run.last + 1]:
        if offset > expected:
            found.append(Run(run.topic, run.partition, expected, offset - 1))
        expected = offset + 1
    return found
