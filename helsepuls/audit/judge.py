"""Conservation: every raw offset ends as exactly one of accepted, rejected, duplicate, and all places say the same.

Three sets are held against each other, offset by offset: what the raw topics hold (low to high watermark; retention may
have taken the oldest), what the outcome topics say, and what the warehouse's relation `outcomes` says. One partition
number at a time, because outcomes go to the partition number of their source: memory is one byte for each offset of
that partition, whatever the number of partitions.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from helsepuls.audit.ledger import BITS, Flags, Ledger, Marks, doubled, names, runs
from helsepuls.audit.report import Double, Report, Side, Stretch
from helsepuls.audit.topics import Extent, Topics
from helsepuls.audit.warehouse import CHUNK, Asks, held, newest

_PAUSE = 0.5
_TAIL = 1_000
"""So many offsets behind the newest outcome are read to see whether there is any event among them."""

Extents = dict[tuple[str, int], Extent]
OnProgress = Callable[[int, int], None]


def audit(
    topics: Topics, warehouse: Asks, patience: float, on_progress: OnProgress = lambda _done, _of: None
) -> Report:
    """Judges what the raw topics hold now. Waits up to `patience` seconds for outcomes still on their way; what has
    none in a look that began after them is missing. `on_progress` is told how many raw offsets are judged, and of how
    many.

    Raises Retryable when Kafka or the warehouse does not answer.
    """
    extents = topics.raw_extents()
    deadline = time.monotonic() + patience
    _await_stream(topics, warehouse, extents, deadline)
    report = Report()
    total = sum(extent.high - extent.low for extent in extents.values())
    judged = 0
    for number in sorted({partition for _, partition in extents}):
        own = {topic: extent for (topic, partition), extent in extents.items() if partition == number}
        report.take(_settled(topics, warehouse, number, own, deadline))
        judged += sum(extent.high - extent.low for extent in own.values())
        on_progress(judged, total)
    return report


def _settled(topics: Topics, warehouse: Asks, number: int, extents: dict[str, Extent], deadline: float) -> Report:
    """Partition number `number`, looked at again while something is missing: its outcomes come on several topics, each
    stored in its turn, so the newest may be there before an older one."""
    while True:
        is_last = time.monotonic() >= deadline
        report = _look(topics, warehouse, number, extents)
        if is_last or not report.missing:
            return report
        time.sleep(_PAUSE)


def _look(topics: Topics, warehouse: Asks, number: int, extents: dict[str, Extent]) -> Report:
    report = Report(raw=sum(extent.high - extent.low for extent in extents.values()))
    ledgers = {topic: Ledger(*extent) for topic, extent in extents.items()}
    shortened = topics.read_outcomes(number, ledgers, report)
    for topic, ledger in ledgers.items():
        _judge(topics, warehouse, topic, number, ledger, shortened, report)
    _find_invented(topics, warehouse, number, ledgers, report)
    return report


def _await_stream(topics: Topics, warehouse: Asks, extents: Extents, deadline: float) -> None:
    while time.monotonic() < deadline:
        seen = newest(warehouse)
        if not any(_awaits(topics, place, extent, seen.get(place, -1)) for place, extent in extents.items()):
            return
        time.sleep(_PAUSE)


def _awaits(topics: Topics, place: tuple[str, int], extent: Extent, seen: int) -> bool:
    """Whether there is an event behind the newest that has an outcome."""
    first = max(seen + 1, extent.low)
    if first >= extent.high:
        return False
    return extent.high - first > _TAIL or len(topics.events(*place, first, extent.high)) > 0


def _judge(
    topics: Topics, warehouse: Asks, topic: str, partition: int, ledger: Ledger, shortened: bool, report: Report
) -> None:
    report.reemitted += ledger.repeated
    for first in range(ledger.low, ledger.high, CHUNK):
        end = min(first + CHUNK, ledger.high)
        told = ledger.between(first, end)
        kept = held(warehouse, topic, partition, first, end).marks
        empty = _without_event(topics, topic, partition, first, (told == 0) & (kept == 0))
        report.raw -= int(empty.sum())
        report.empty += int(empty.sum())
        for outcome, bit in BITS.items():
            setattr(report, outcome, getattr(report, outcome) + int((kept == bit).sum()))
        if (told == kept).all() and ((kept != 0) | empty).all() and not doubled(kept).any():
            continue
        _list_findings(report, topic, partition, first, told, kept, empty, shortened)


def _without_event(topics: Topics, topic: str, partition: int, first: int, absent: Flags) -> Flags:
    """Of the offsets from `first` on, which are none of an event: an outcome is `absent`, and reading finds nothing.

    What was deleted meanwhile is not among them: nobody can say any more that it was no event.
    """
    places = absent.nonzero()[0]
    empty = absent.copy()
    if len(places):
        events = topics.events(topic, partition, first + int(places[0]), first + int(places[-1]) + 1)
        extent = topics.extent(topic, partition)
        empty[events - first] = False
        empty[: max(extent.low - first, 0)] = False
        empty[max(extent.high - first, 0) :] = False
    return empty


def _list_findings(
    report: Report, topic: str, partition: int, first: int, told: Marks, kept: Marks, empty: Flags, shortened: bool
) -> None:
    """`told` by the outcome topics, `kept` in the warehouse, of the offsets from `first` on; `empty` are no events."""
    only_kept = (told == 0) & (kept != 0)
    if shortened:  # retention took the oldest outcomes: the warehouse is their witness
        report.expired += int(only_kept.sum())
        only_kept[:] = False
    absent: list[tuple[tuple[Side, ...], Flags]] = [
        (("topics", "warehouse"), (told == 0) & (kept == 0) & ~empty),
        (("topics",), only_kept),
        (("warehouse",), (told != 0) & (kept == 0)),
    ]
    for where, flags in absent:
        for begin, last in runs(flags):
            report.add(Stretch(topic, partition, first + begin, first + last, where), report.missing)
    differing = (told != 0) & (kept != 0) & (told != kept)
    for place in (doubled(told) | doubled(kept) | differing).nonzero()[0].tolist():
        double = Double(topic, partition, first + place, tuple(names(told[place])), tuple(names(kept[place])))
        report.add(double, report.double)


def _find_invented(topics: Topics, warehouse: Asks, partition: int, ledgers: dict[str, Ledger], report: Report) -> None:
    """Outcomes of offsets that do not exist. Events that came in the meantime do exist, so the end is asked anew."""
    kept = newest(warehouse)
    for topic, ledger in ledgers.items():
        told = ledger.beyond
        beyond: dict[Side, int | None] = {"topics": told, "warehouse": kept.get((topic, partition))}
        high = topics.extent(topic, partition).high
        where = tuple(side for side, offset in beyond.items() if offset is not None and offset >= high)
        if where:
            last = max(offset for offset in beyond.values() if offset is not None)
            report.add(Stretch(topic, partition, high, last, where), report.invented)
