"""Every check of the chaos harness is handed a state in which just that is broken which it is there for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy

import polars as pl
import pytest
from chaos.checks import Check, State, checks
from chaos.load import Expected

HOUR = "2026-01-05T10:00:00+00:00"
RAW = {("raw.capacity", 0, offset): f"event {offset}".encode() for offset in range(3)}
RAW |= {("raw.capacity", 0, 3): b"event 0", ("raw.capacity", 0, 4): b"faulty"}
OUTCOMES = ["accepted", "accepted", "accepted", "duplicate", "rejected"]

TRUTH = Expected(
    sent=Counter({b"event 0": 2, b"event 1": 1, b"event 2": 1, b"faulty": 1}),
    events=5,
    outcomes={"capacity": {"accepted": 3, "rejected": 1, "duplicate": 1}},
    codes={"CAP-01": 1},
    subjects={"capacity": 3},
    daily={("episode", "2026-01-05", "1"): 2},
    beds={("810000001", "W1", HOUR): 7, ("810000001", "W2", HOUR): 0},
    hours=[HOUR],
    reporters=["810000001"],
)


def record(offset: int, processed: int = 1, **more: object) -> dict[str, object]:
    return {
        "source_topic": "raw.capacity",
        "source_partition": 0,
        "source_offset": offset,
        "processed_at": processed,
        "occupied": offset,
        **more,
    }


def state() -> State:
    """Nothing is wrong with it."""
    outcomes = pl.DataFrame(
        {
            "source_topic": ["raw.capacity"] * 5,
            "source_partition": [0] * 5,
            "source_offset": list(range(5)),
            "outcome": OUTCOMES,
            "family": ["capacity"] * 5,
            "reporter": ["810000001"] * 5,
            "codes": ["", "", "", "", "CAP-01"],
        }
    )
    beds = {("810000001", "W1", HOUR): 7}
    figures = {"events": 5, "accepted": 3, "rejected": 1, "duplicates": 1}
    return State(
        raw=dict(RAW),
        outcomes=outcomes,
        records=[
            pl.DataFrame([record(0), record(1), record(1, processed=2), record(2)]),
            pl.DataFrame([record(4)]),
            pl.DataFrame([record(3)]),
        ],
        unreadable=0,
        reemitted_before=4,
        audit={"conserved": True, "raw": 5, "reemitted": 5, "missing": [], "double": [], "invented": [], "stray": []},
        hours=[HOUR],
        views={
            "listed": {("rejected",): 1, ("duplicate",): 1, ("accepted capacity",): 3},
            "current": {("capacity",): 3},
            "known_now": {("capacity",): 3},
            "twice": {("capacity",): 0},
            "daily": {("episode", "2026-01-05", "1"): 2},
            "patients": dict(beds),
            "now": {("810000001", "W1"): 7},
            "now_named": {("810000001", "W1"): 7},
            "snapshots": {**beds, ("810000001", "W2", HOUR): 0},
            "quality": {("810000001", name): count for name, count in figures.items()},
            "receipts": {("accepted",): 3},
            "errors": {("sink_errors",): 0},
        },
    )


def failing(broken: State) -> set[str]:
    return {check.name for check in checks(TRUTH, broken) if not check.holds}


def test_a_sound_state_holds():
    found = checks(TRUTH, state())
    assert {check.name for check in found if not check.holds} == set()
    assert len(found) == 17
    assert all(check.facts for check in found)


def lost_outcome(broken: State) -> None:
    broken.outcomes = broken.outcomes.filter(pl.col("source_offset") != 2)


def lost_in_the_publisher(broken: State) -> None:
    del broken.raw["raw.capacity", 0, 2]


def changed_on_the_way(broken: State) -> None:
    broken.raw["raw.capacity", 0, 2] = b"event 9"


def accepted_twice(broken: State) -> None:
    broken.outcomes = broken.outcomes.with_columns(
        outcome=pl.when(pl.col("source_offset") == 3).then(pl.lit("accepted")).otherwise("outcome")
    )


def duplicate_of_nothing(broken: State) -> None:
    broken.outcomes = broken.outcomes.with_columns(
        outcome=pl.when(pl.col("source_offset") == 1).then(pl.lit("duplicate")).otherwise("outcome")
    )


def another_code(broken: State) -> None:
    broken.outcomes = broken.outcomes.with_columns(codes=pl.lit("CAP-02"))


def differing_reemission(broken: State) -> None:
    broken.records[0] = pl.DataFrame([record(0), record(1), record(1, occupied=99), record(2)])


def another_outcome_for_the_same(broken: State) -> None:
    broken.records[2] = pl.DataFrame([record(3), record(1)])


def outcome_of_nothing(broken: State) -> None:
    broken.records[2] = pl.DataFrame([record(3), record(17)])


def unreadable_record(broken: State) -> None:
    broken.unreadable = 1


def uncounted_reemission(broken: State) -> None:
    broken.audit["reemitted"] = 4


def not_conserved(broken: State) -> None:
    broken.audit["missing"] = [{"topic": "raw.capacity", "partition": 0, "first": 2, "last": 2}]
    broken.audit["conserved"] = False


def unconserved_beyond_the_list(broken: State) -> None:
    broken.audit["conserved"] = False


def cell(view: str, key: tuple[str, ...], value: int) -> Callable[[State], None]:
    def change(broken: State) -> None:
        broken.views[view][key] = value

    change.__name__ = f"wrong {view}"
    return change


IDENTICAL, COUNTED = "outcome topics: only identical re-emissions", "outcome topics: every re-emission counted"


@pytest.mark.parametrize(
    ("breaks", "noticed"),
    [
        (lost_outcome, "outcomes as simulated"),
        (lost_in_the_publisher, "published: every event, unchanged"),
        (changed_on_the_way, "published: every event, unchanged"),
        (accepted_twice, "outcomes as simulated"),
        (duplicate_of_nothing, "outcomes as simulated"),
        (another_code, "codes as simulated"),
        (differing_reemission, IDENTICAL),
        (another_outcome_for_the_same, IDENTICAL),
        (outcome_of_nothing, IDENTICAL),
        (unreadable_record, IDENTICAL),
        (uncounted_reemission, COUNTED),
        (not_conserved, "audit: conserved"),
        (unconserved_beyond_the_list, "audit: conserved"),
        (cell("listed", ("rejected",), 0), "views: accepted, rejected, duplicates"),
        (cell("current", ("capacity",), 2), "views: current"),
        (cell("known_now", ("capacity",), 4), "views: known_at"),
        (cell("twice", ("capacity",), 1), "views: no event twice in current"),
        (cell("daily", ("episode", "2026-01-05", "1"), 3), "views: daily counts"),
        (cell("daily", ("episode", "2026-01-06", "1"), 1), "views: daily counts"),
        (cell("patients", ("810000001", "W1", HOUR), 6), "views: patients in beds"),
        (cell("now", ("810000001", "W1"), 6), "views: patients in beds now"),
        (cell("snapshots", ("810000001", "W2", HOUR), 1), "views: beds as reported"),
        (cell("quality", ("810000001", "events"), 6), "views: quality"),
        (cell("receipts", ("accepted",), 2), "views: receipts"),
        (cell("errors", ("sink_errors",), 1), "views: no sink errors"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_broken_is_noticed(breaks: Callable[[State], None], noticed: str):
    broken = deepcopy(state())
    breaks(broken)
    assert noticed in failing(broken)


def test_a_patient_who_is_in_no_bed_any_more_is_noticed():
    broken = state()
    broken.views["patients"] = {}
    assert "views: patients in beds" in failing(broken)
    broken.hours = []
    assert "views: patients in beds" not in failing(broken), "nobody asked"


def test_many_findings_are_counted_and_few_shown():
    broken = state()
    broken.views["daily"] = {("episode", str(day), "1"): 1 for day in range(50)}
    (check,) = [check for check in checks(TRUTH, broken) if check.name == "views: daily counts"]
    assert isinstance(check, Check)
    assert len(check.wrong) == 6
    assert check.wrong[-1] == "and 46 more"
