"""Receipts made in columns say the same as receipts counted one event at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import latest
from schemas.slow import decode_one
from schemas.types import Problem, Severity
from schemas.wire import unframe
from streams.pipeline import receipts as receipts_module
from streams.pipeline.receipts import receipts
from streams.pipeline.verdicts import BatchFacts, Judged, Source

FACTS = BatchFacts("raw.service", 1_770_000_000_000, "rules")
REPORTERS = ("983971636", "974760673", "889640782")
PROBLEM = Problem("SRV-01", Severity.WARN, "hendelse", "is unknown")

ENVELOPE, ONE_EVENT = 150, 150
"""Bytes of a receipt of nothing, and of all that is said of one event, at most."""

events = st.lists(
    st.tuples(
        st.sampled_from([*REPORTERS, None]),
        st.integers(0, 2),
        st.sampled_from(["accepted", "noted", "rejected", "duplicate"]),
    ),
    max_size=40,
)


Rows = list[tuple[str | None, int, str]]
Refusals = dict[int, tuple[int, int]]
"""Reporter → (refused, all)."""


def named(rows: Rows) -> Rows:
    """An accepted event has a reporter."""
    return [(r or REPORTERS[0], p, o) if o in ("accepted", "noted") else (r, p, o) for r, p, o in rows]


def made(rows: Rows) -> tuple[list[dict[str, Any]], list[int], Refusals]:
    """The receipts of events numbered by their place, their sizes, and the refusals."""
    ids = [str(UUID(int=number)) for number in range(len(rows))]
    accepted = [number for number, (_, _, outcome) in enumerate(rows) if outcome in ("accepted", "noted")]
    columns = [(ids[n], rows[n][0], rows[n][1], 7 * n) for n in accepted]
    types = {"event_id": pl.String, "reporter": pl.String, "source_partition": pl.Int32, "source_offset": pl.Int64}
    frames = [pl.DataFrame(part, schema=types, orient="row") for part in (columns[::2], columns[1::2])]
    judged = [
        Judged(
            Source(ids[n], reporter, partition, 7 * n, 0),
            "accepted" if outcome == "noted" else outcome,
            [PROBLEM] if outcome in ("noted", "rejected") else [],
        )
        for n, (reporter, partition, outcome) in enumerate(rows)
        if outcome != "accepted"
    ]
    found = receipts(FACTS, frames, judged)
    records = []
    for message in found.messages:
        schema_id, datum = unframe(message.value)
        assert schema_id == latest("receipts").id
        records.append(decode_one(latest("receipts"), datum))
        assert message.partition == records[-1]["source_partition"]
        assert message.key == (records[-1]["reporter"].encode() or None)
    refusals: Refusals = {}
    for reporter, *counts in zip(*(column.tolist() for column in found.refusals), strict=True):
        before = refusals.get(reporter, (0, 0))
        refusals[reporter] = before[0] + counts[0], before[1] + counts[1]
    return records, [len(message.value) for message in found.messages], refusals


def told(rows: Rows) -> tuple[list[dict[str, Any]], Refusals]:
    """The receipts, compared with the events they speak of, and the refusals."""
    rows = named(rows)
    records, _, refusals = made(rows)
    ids = [str(UUID(int=number)) for number in range(len(rows))]
    expected: dict[tuple[str, int], dict[str, Any]] = {}
    for n, (reporter, partition, outcome) in enumerate(rows):
        one = expected.setdefault(
            (reporter or "", partition),
            {"accepted": 0, "rejected": 0, "duplicates": 0, "ids": [], "entries": [], "offsets": []},
        )
        one[{"noted": "accepted", "duplicate": "duplicates"}.get(outcome, outcome)] += 1
        one["offsets"].append(7 * n)
        if outcome in ("accepted", "noted"):
            one["ids"].append(ids[n])
        if outcome != "accepted":
            one["entries"].append((ids[n], 7 * n, len([PROBLEM] if outcome in ("noted", "rejected") else [])))
    assert len(records) == len(expected)
    for record in records:
        one = expected[record["reporter"], record["source_partition"]]
        assert {name: record[name] for name in ("accepted", "rejected", "duplicates")} == {
            name: one[name] for name in ("accepted", "rejected", "duplicates")
        }
        assert (record["first_offset"], record["last_offset"]) == (one["offsets"][0], one["offsets"][-1])
        assert record["accepted_ids"] == one["ids"]
        entries = [(e["event_id"], e["source_offset"], len(e["problems"])) for e in record["entries"]]
        assert entries == one["entries"]
        assert (record["family"], record["source_topic"]) == ("service", "raw.service")
        assert record["processed_at"] == FACTS.processed_at
    return records, refusals


@settings(deadline=None)
@given(events)
def test_the_same_as_one_by_one(rows: list[tuple[str | None, int, str]]) -> None:
    records, refusals = told(rows)
    ids = [UUID(record["receipt_id"]) for record in records]
    assert len(set(ids)) == len(ids)
    assert all((one.version, one.variant) == (8, "specified in RFC 4122") for one in ids)
    counted: Refusals = {}
    for record in records:
        reporter = int(record["reporter"] or 0)
        bad, total = counted.get(reporter, (0, 0))
        of = record["accepted"] + record["rejected"] + record["duplicates"]
        counted[reporter] = bad + record["rejected"], total + of
    assert refusals == counted


def test_the_same_range_gives_the_same_id_and_another_range_another() -> None:
    first, _ = told([(REPORTERS[0], 0, "accepted"), (REPORTERS[0], 0, "rejected")])
    again, _ = told([(REPORTERS[0], 0, "accepted"), (REPORTERS[0], 0, "rejected")])
    shorter, _ = told([(REPORTERS[0], 0, "accepted")])
    other, _ = told([(REPORTERS[1], 0, "accepted"), (REPORTERS[1], 0, "rejected")])
    ids = [records[0]["receipt_id"] for records in (first, again, shorter, other)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@settings(deadline=None)
@given(events, st.integers(38, 300))
def test_receipts_that_would_be_too_large_are_cut_and_say_the_same_together(
    rows: list[tuple[str | None, int, str]], largest: int
) -> None:
    whole, refusals = told(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receipts_module, "_LARGEST_RECEIPT", largest)
        cut, sizes, of_cut = made(named(rows))
    assert of_cut == refusals
    assert max(sizes, default=0) < largest + ENVELOPE + ONE_EVENT
    assert len({record["receipt_id"] for record in cut}) == len(cut)
    together: list[dict[str, Any]] = []
    for record in cut:
        before = together[-1] if together else None
        if before and all(before[name] == record[name] for name in ("reporter", "source_partition")):
            assert before["last_offset"] < record["first_offset"]
            for name in ("accepted", "rejected", "duplicates", "accepted_ids", "entries"):
                before[name] += record[name]
            before["last_offset"] = record["last_offset"]
        else:
            together.append(record)
    for record in (*together, *whole):
        del record["receipt_id"]  # it follows from the range
    assert together == whole
