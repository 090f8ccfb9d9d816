"""What must hold after a round, whatever was broken in it. Pure: a state in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from .load import Expected
from .records import SOURCE
from .reemissions import repeated
from .views import Cells, expected_quality

_SHOWN = 5


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: how many facts of it, and which of them are wrong."""

    name: str
    facts: int
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong


@dataclass
class State:
    """All that was read after a round. Coordinates are (topic, partition, offset) of the raw topics."""

    raw: dict[tuple[str, int, int], bytes]
    """What the raw topics got in this round."""
    outcomes: pl.DataFrame
    """The relation `outcomes` for the same coordinates (`Views.outcomes`)."""
    records: list[pl.DataFrame]
    """The records of the outcome topics written in this round."""
    unreadable: int
    reemitted_before: int
    """Re-emissions that earlier rounds of the same stack counted."""
    audit: dict[str, Any]
    hours: list[str]
    """For which the patients in beds were asked for."""
    views: dict[str, Cells]
    """Name of a check → what the relations show."""


def checks(truth: Expected, state: State) -> list[Check]:
    """All of them."""
    return [
        conserved(state),
        published(truth, state),
        outcomes_as_simulated(truth, state),
        codes_as_simulated(truth, state),
        reemissions_identical(state),
        reemissions_counted(state),
        *views_as_simulated(truth, state),
    ]


def conserved(state: State) -> Check:
    """`helsepuls audit`."""
    report = state.audit
    kinds = ("missing", "double", "invented", "stray")
    wrong = [f"{kind}: {finding}" for kind in kinds for finding in report[kind]]
    if not report["conserved"] and not wrong:
        wrong = ["the audit says that something is not conserved"]
    return _check("audit: conserved", report["raw"], wrong)


def published(truth: Expected, state: State) -> Check:
    """Everything the publisher took is in the raw topics, in the bytes it was given, and nothing else."""
    got = Counter(state.raw.values())
    lost = truth.sent - got
    foreign = [value for value in got if value not in truth.sent]
    wrong = [f"{sum(lost.values())} events were taken and are not in the raw topics"] if lost else []
    wrong += [f"{len(foreign)} values in the raw topics were never sent"] if foreign else []
    return _check("published: every event, unchanged", truth.events, wrong)


def outcomes_as_simulated(truth: Expected, state: State) -> Check:
    """By family. An event that reached the raw topic more often than it was sent (a publisher that died before it heard
    of the acknowledgement) is one more duplicate, or is rejected once more."""
    rows = state.outcomes.with_columns(value=_values(state))
    wrong: list[str] = []
    for family, told in truth.outcomes.items():
        ours = rows.filter(pl.col("family") == family)
        found = {
            "accepted": ours.filter(pl.col("outcome") == "accepted").height,
            "rejected": ours.filter(pl.col("outcome") == "rejected")["value"].n_unique(),
        }
        wrong += [f"{family}: {n} {o}, {told[o]} simulated" for o, n in found.items() if n != told[o]]
        extra = ours.height - sum(told.values())
        repetitions = ours.height - sum(found.values())
        if repetitions != told["duplicate"] + extra:
            wrong.append(f"{family}: {repetitions} repetitions, {told['duplicate']} simulated and {extra} sent again")
    accepted = rows.filter(pl.col("outcome") == "accepted")
    if again := accepted.height - accepted["value"].n_unique():
        wrong.append(f"{again} values were accepted twice")
    duplicates = rows.filter(pl.col("outcome") == "duplicate")["value"]
    if strange := duplicates.filter(~duplicates.is_in(accepted["value"].implode())).len():
        wrong.append(f"{strange} duplicates of something that was never accepted")
    if missing := len(state.raw) - rows.height:
        wrong.append(f"{missing} raw events have no outcome in the warehouse")
    return _check("outcomes as simulated", rows.height, wrong)


def codes_as_simulated(truth: Expected, state: State) -> Check:
    """In how many different events each rule was broken."""
    rows = state.outcomes.with_columns(value=_values(state)).filter(pl.col("outcome") != "duplicate")
    found: Counter[str] = Counter()
    for codes in rows.unique(["value", "codes"])["codes"]:
        found.update(set(codes.split()))
    return _compared("codes as simulated", dict(found), truth.codes)


def reemissions_identical(state: State) -> Check:
    found = repeated(state.records)
    total = sum(frame.height for frame in state.records)
    wrong = [
        f"{topic}[{partition}] offset {offset}: differing outcomes" for topic, partition, offset in found.differing
    ]
    wrong += [f"{state.unreadable} records cannot be read"] if state.unreadable else []
    places = {row for frame in state.records for row in frame.select(SOURCE).iter_rows()}
    if strange := len(places - set(state.raw)):
        wrong.append(f"{strange} outcomes are of coordinates that no event of this round has")
    return _check("outcome topics: only identical re-emissions", total, wrong)


def reemissions_counted(state: State) -> Check:
    """The audit counts what we count."""
    ours = state.reemitted_before + repeated(state.records).again
    told = state.audit["reemitted"]
    wrong = [f"{ours} outcomes were written again, the audit counts {told}"] if ours != told else []
    return _check("outcome topics: every re-emission counted", ours, wrong)


def views_as_simulated(truth: Expected, state: State) -> Iterable[Check]:
    found = state.views
    counts = state.outcomes.group_by("outcome").len()
    listed = {(outcome,): n for outcome, n in counts.filter(pl.col("outcome") != "accepted").iter_rows()}
    listed |= {(f"accepted {family}",): told["accepted"] for family, told in truth.outcomes.items()}
    beds = {cell: patients for cell, patients in truth.beds.items() if patients and cell[2] in state.hours}
    yield _compared("views: accepted, rejected, duplicates", found["listed"], listed)
    yield _compared("views: current", found["current"], {(f,): n for f, n in truth.subjects.items()})
    yield _compared("views: known_at", found["known_now"], {(f,): n for f, n in truth.subjects.items()})
    yield _compared("views: no event twice in current", found["twice"], {})
    yield _compared("views: daily counts", found["daily"], truth.daily)
    yield _compared("views: patients in beds", found["patients"], beds)
    yield _compared("views: patients in beds now", found["now"], found["now_named"])
    yield _compared("views: beds as reported", found["snapshots"], truth.beds)
    yield _compared("views: quality", found["quality"], expected_quality(state.outcomes, truth.reporters))
    accepted = sum(told["accepted"] for told in truth.outcomes.values())
    yield _compared("views: receipts", found["receipts"], {("accepted",): accepted})
    yield _compared("views: no sink errors", found["errors"], {})


def _values(state: State) -> pl.Series:
    """The raw value of each row of `outcomes`."""
    places = state.outcomes.select(SOURCE).iter_rows()
    return pl.Series([state.raw.get(place) for place in places], dtype=pl.Binary)


def _compared(name: str, found: Mapping[Any, int], right: Mapping[Any, int]) -> Check:
    """Cell by cell; a cell that is not there is 0."""
    cells = sorted(found.keys() | right.keys(), key=str)
    wrong = [
        f"{cell}: {found.get(cell, 0)}, not {right.get(cell, 0)}"
        for cell in cells
        if found.get(cell, 0) != right.get(cell, 0)
    ]
    return _check(name, len(cells), wrong)


def _check(name: str, facts: int, wrong: list[str]) -> Check:
    shown = wrong[:_SHOWN]
    if len(wrong) > _SHOWN:
        shown.append(f"and {len(wrong) - _SHOWN} more")
    return Check(name, facts, shown)
