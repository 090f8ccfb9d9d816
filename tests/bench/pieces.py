"""Where the microseconds of an event go: each step of the worker alone, on the same batch, in one process.

The steps are timed where they stand in the pipeline, so that what is measured is what runs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from schemas import columnar
from streams import processor
from streams.pipeline import process, protect
from streams.pipeline.process import Pipeline
from streams.records import Records
from streams.types import RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

from .corpus import Corpus, Events
from .measure import Results

_PARTITIONS = 8
_STEPS: tuple[tuple[str, ModuleType, str], ...] = (
    ("decode", process, "decode"),
    ("  native reader", columnar, "_read"),
    ("  layout check", columnar, "_sound"),
    ("open identifiers, their facts", protect.Protector, "open"),  # type: ignore[arg-type]
    ("rules", process, "validate"),
    ("duplicates", process, "_deduplicate"),
    ("keyed hash, age, sex", protect.Protector, "protect"),  # type: ignore[arg-type]
    ("enrich", process, "enrich"),
    ("encode accepted", process, "encode_accepted"),
    ("receipts", process, "receipts"),
)


def measure(results: Results, home: Path, *, events: int, sizes: tuple[int, ...]) -> None:
    """Microseconds an event of each step, for batches of several sizes: what is per batch shows in the small ones."""
    corpus = max(Corpus(home, reporters=20_000).take(events), key=len)
    for size in sizes:
        pipeline = Pipeline.from_home(home)
        spent: Counter[str] = Counter()
        count = 0
        for batch in _batches(corpus, size):  # once before, for what is done once: libraries, senders' keys
            pipeline.process(batch, {p: PartitionWindow(7 * DAY_MS) for p in range(_PARTITIONS)}.__getitem__)
        with _timed(spent):
            for batch in _batches(corpus, size):
                windows = {p: PartitionWindow(7 * DAY_MS) for p in range(_PARTITIONS)}
                started = time.perf_counter()
                pipeline.process(batch, windows.__getitem__)
                spent["judge a batch"] += time.perf_counter() - started  # type: ignore[assignment]
                count += len(batch)
        for name in ("judge a batch", *(step for step, _, _ in _STEPS)):
            results.add(f"{name} (batches of {size})", spent[name] / count * 1e6, "µs/event")


def _batches(events: Events, size: int) -> Iterator[RawBatch]:
    for start in range(0, len(events) - size + 1, size):
        values = events.values[start : start + size]
        now = np.full(size, int(time.time() * 1000))
        per = size // _PARTITIONS or 1
        fetched = [
            (p, Records(np.arange(start + p * per, start + (p + 1) * per), now[:per], values[p * per : (p + 1) * per]))
            for p in range(min(_PARTITIONS, size))
        ]
        yield processor.raw_batch(events.topic, fetched)


@contextmanager
def _timed(spent: Counter[str]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, where, attribute in _STEPS:
            stack.enter_context(mock.patch.object(where, attribute, _timing(getattr(where, attribute), name, spent)))
        yield


def _timing(function: Callable[..., Any], name: str, spent: Counter[str]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] += time.perf_counter() - started  # type: ignore[assignment]

    return timed
