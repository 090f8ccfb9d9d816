"""What is fuzzed, and running it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st


@dataclass(frozen=True)
class Target:
    """One door. `check` raises when an answer to `batch` inputs is not as it must be."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Callable[[list[Any]], None]
    kept: Sequence[Any] = field(default=())
    """Inputs that failed once."""
    batch: int = 20
    """Inputs of one call: what is judged in batches is fuzzed in batches."""
    weight: int = 1
    """Its share of a run."""


class Fuzzed(NamedTuple):
    inputs: int
    seconds: float
    failure: Exception | None


_SPENT = 100
"""Rounds after which inputs that do not come are not waited for."""


def fuzz(target: Target, inputs: int, number: int, *, shrink: bool = True) -> Fuzzed:
    """Runs a target until it has seen at least so many inputs, or one that fails. `number` makes the run repeatable.

    What fails is made as small as possible (`shrink`), and is told in a note of the failure.
    """
    seen = 0

    def counted(batch: list[Any]) -> None:
        nonlocal seen
        seen += len(batch)
        target.check(batch)

    began = time.monotonic()
    try:
        for kept in target.kept:
            counted([kept])
        for round_ in range(_SPENT):
            if seen >= inputs:
                break
            _runner(target, counted, -(-(inputs - seen) // target.batch), number + round_, shrink)()
    except Exception as failure:
        return Fuzzed(seen, time.monotonic() - began, failure)
    return Fuzzed(seen, time.monotonic() - began, None)


def with_examples(target: Target, calls: int) -> Callable[[], None]:
    """A short run for a test: what failed once first, then `calls` batches, the same every time. What fails is told as
    it is: to make a batch small takes minutes, which `make fuzz` has."""
    options = settings(
        max_examples=calls,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    run: Any = options(given(_batches(target))(target.check))
    for kept in target.kept:
        run = example([kept])(run)
    return run


def drawn(target: Target, calls: int) -> list[Any]:
    """The inputs of `calls` batches, the same every time: for a door that is not in this process."""
    found: list[Any] = []

    def noted(batch: list[Any]) -> None:
        found.extend(batch)

    with_examples(replace(target, kept=(), check=noted), calls)()
    return found


def _runner(target: Target, check: Callable[[list[Any]], None], calls: int, number: int, shrink: bool) -> Any:
    options = settings(
        max_examples=calls,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )

    def fuzzed(batch: list[Any]) -> None:
        check(batch)

    return seed(number)(options(given(_batches(target))(fuzzed)))


def _batches(target: Target) -> st.SearchStrategy[list[Any]]:
    return st.lists(target.inputs, min_size=1 if target.batch == 1 else target.batch // 2, max_size=target.batch)
