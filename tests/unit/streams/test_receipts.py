"""Receipts made in columns say the same as receipts counted one event at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import latest
from schemas.slow import decode_one
from schemas.types import Problem, Severity
from schemas.wire import unframe
from streams.pipeline.receipts import receipts
from streams.pipeline.verdicts import BatchFacts, Judged, Source

FACTS = BatchFacts("raw.service", 1_770_000_000_000, "rules")
REPORTERS = ("983971636", "974760673", "889640782")
PROBLEM = Problem("SRV-01", Severity.WARN, "hendelse", "is unknown")

events = st.lists(
    st.tuples(
        st.sampled_from([*REPORTERS, None]),
        st.integers(0, 2),
        st.sampled_from(["accepted", "noted", "rejected", "duplicate"]),
    ),
    max_size=40,
)


def told(rows: list[tuple[str | None, int, str]]) -> tuple[list[dict[str, Any]], dict[str, tuple[int, int]]]:
    """The receipts of events numbered by their place, and the refusals."""
    rows = [(r or REPORTERS[0], p, o) if o in ("accepted", "noted") else (r, p, o) for r, p, o in rows]
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
    return records, found.refusals


@settings(deadline=None)
@given(events)
def test_the_same_as_one_by_one(rows: list[tuple[str | None, int, str]]) -> None:
    records, refusals = told(rows)
    ids = [UUID(record["receipt_id"]) for record in records]
    assert len(set(ids)) == len(ids)
    assert all((one.version, one.variant) == (8, "specified in RFC 4122") for one in ids)
    counted: dict[str, tuple[int, int]] = {}
    for record in records:
        bad, total = counted.get(record["reporter"], (0, 0))
        of = record["accepted"] + record["rejected"] + record["duplicates"]
        counted[record["reporter"]] = bad + record["rejected"], total + of
    assert refusals == {reporter: counts for reporter, counts in counted.items() if counts[0]}


def test_the_same_range_gives_the_same_id_and_another_range_another() -> None:
    first, _ = told([(REPORTERS[0], 0, "accepted"), (REPORTERS[0], 0, "rejected")])
    again, _ = told([(REPORTERS[0], 0, "accepted"), (REPORTERS[0], 0, "rejected")])
    shorter, _ = told([(REPORTERS[0], 0, "accepted")])
    other, _ = told([(REPORTERS[1], 0, "accepted"), (REPORTERS[1], 0, "rejected")])
    ids = [records[0]["receipt_id"] for records in (first, again, shorter, other)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
