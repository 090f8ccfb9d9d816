"""Everything the warehouse knows of one event: where it stood, what became of it, and where that is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from schemas.rules.catalogue import message
from schemas.types import FAMILIES

_PLACE = "source_topic = {topic:String} AND source_partition = {partition:Int32} AND source_offset = {offset:Int64}"


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


def trace(warehouse: Asks, event_id: UUID) -> list[dict[str, Any]]:
    """Every time this id was received, oldest first; empty when it never was.

    Each: the row of `outcomes`, `version` (the accepted row, if that is what became of it), `problems`,
    `first_accepted` (of a duplicate: where its id had been accepted) and `receipts` that speak of it.
    """
    received = warehouse.records(
        "SELECT * FROM outcomes WHERE event_id = {id:UUID} ORDER BY received_at, source_partition, source_offset",
        {"id": str(event_id)},
    )
    return [{**outcome, **_details(warehouse, outcome)} for outcome in received]


def _details(warehouse: Asks, outcome: Mapping[str, Any]) -> dict[str, Any]:
    version, first = None, None
    problems: list[dict[str, Any]] = []
    match outcome["outcome"]:
        case "accepted" if outcome["family"] in FAMILIES:
            version = _row(warehouse, f"accepted_{outcome['family']}", outcome)
            broken = version.get("problems", []) if version else []
            problems = [{**problem, "message": message(problem["code"], problem["field"])} for problem in broken]
        case "rejected":
            row = _row(warehouse, "rejected", outcome)
            problems = row.get("problems", []) if row else []
        case "duplicate":
            row = _row(warehouse, "duplicates", outcome)
            if row:
                first = {"partition": row["first_partition"], "offset": row["first_offset"]}
    receipts = warehouse.records(
        "SELECT receipt_id, processed_at, first_offset, last_offset FROM receipts WHERE reporter = {reporter:String} "
        "AND source_topic = {topic:String} AND source_partition = {partition:Int32} "
        "AND {offset:Int64} BETWEEN first_offset AND last_offset ORDER BY processed_at",
        {**_place(outcome), "reporter": outcome["reporter"] or ""},
    )
    return {"version": version, "problems": problems, "first_accepted": first, "receipts": receipts}


def _row(warehouse: Asks, relation: str, outcome: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = warehouse.records(f"SELECT * FROM {relation} WHERE {_PLACE} LIMIT 1", _place(outcome))  # noqa: S608
    return rows[0] if rows else None


def _place(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "topic": outcome["source_topic"],
        "partition": outcome["source_partition"],
        "offset": outcome["source_offset"],
    }
