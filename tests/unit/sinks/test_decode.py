"""Outcome messages to rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from outcomes import accepted, block, duplicate, message, receipt, rejected

from schemas.catalog import Schema, by_id, latest
from schemas.slow import encode_one
from schemas.types import FAMILIES, accepted_topic
from schemas.wire import frame
from sinks import decode
from sinks.columns import columns

BROKEN = {
    "no value": None,
    "short": b"\0\0",
    "no header": b"\1\0\0\0\1abc",
    "unknown schema": b"\0\0\0\xff\xffabc",
    "empty datum": frame(latest("rejected").id, b""),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_field_of_an_accepted_event_is_a_column(family: str) -> None:
    topic = accepted_topic(family)
    table = decode.rows([block(topic, [message(topic, accepted(family, 7, 2))], first=40, partition=2)]).good
    assert set(table.column_names) == {*columns(latest(topic)), "outcome_topic", "outcome_partition", "outcome_offset"}
    row = table.to_pylist()[0]
    assert (row["source_partition"], row["source_offset"]) == (2, 7)
    assert (row["outcome_topic"], row["outcome_partition"], row["outcome_offset"]) == (topic, 2, 40)


def test_text_kept_by_dictionary_comes_as_dictionaries_when_it_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_MANY", 1)
    table = decode.rows([block("accepted.capacity", [message("accepted.capacity", accepted("capacity"))])]).good
    assert pa.types.is_dictionary(table.schema.field("reporter").type)
    assert not pa.types.is_dictionary(table.schema.field("subject_id").type)


@pytest.mark.parametrize("reason", BROKEN)
def test_what_does_not_decode_is_told_and_the_others_are_kept(reason: str) -> None:
    good = [message("rejected", rejected(n)) for n in range(3)]
    found = decode.rows([block("rejected", [good[0], BROKEN[reason], *good[1:]], first=100)])
    assert found.good.column("outcome_offset").to_pylist() == [100, 102, 103]
    assert found.bad.column("outcome_offset").to_pylist() == [101]
    assert found.bad.column("code").to_pylist()[0].startswith("WIRE-")


def test_a_message_of_another_topic_is_not_stored() -> None:
    found = decode.rows([block("rejected", [message("duplicates", duplicate(1))])])
    assert (found.good.num_rows, found.bad.num_rows) == (0, 1)


def test_an_id_that_is_no_uuid_is_absent_where_it_may_be_and_an_error_where_not() -> None:
    found = decode.rows(
        [block("rejected", [message("rejected", rejected(1, event_id="whatever")), message("rejected", rejected(2))])]
    )
    ids = found.good.column("event_id").to_pylist()
    assert ids[0] is None
    assert ids[1] is not None
    values = [
        message("receipts", receipt(0, 1)),
        message("receipts", receipt(2, 3, accepted_ids=["no id"])),
        message("receipts", receipt(4, 5, receipt_id="no id")),
    ]
    found = decode.rows([block("receipts", values)])
    assert found.good.column("first_offset").to_pylist() == [0]
    assert found.bad.column("field").to_pylist() == ["accepted_ids", "receipt_id"]


def test_no_accepted_ids_are_fine() -> None:
    found = decode.rows([block("receipts", [message("receipts", receipt(0, 1, accepted_ids=[]))])])
    assert (found.good.num_rows, found.bad.num_rows) == (1, 0)


def test_reasons_hold_no_values() -> None:
    secret = "7-secret"
    found = decode.rows(
        [
            block(
                "receipts",
                [message("receipts", receipt(0, 1, receipt_id=secret)), frame(latest("receipts").id, secret.encode())],
            )
        ]
    )
    assert found.bad.num_rows == 2
    assert secret not in str(found.bad.to_pylist())


def test_schemas_of_two_versions_in_one_block() -> None:
    """A field that the older message lacks is null, and the order stays that of the offsets."""
    old = latest("duplicates")
    new = _with_field(old, {"name": "first_received_at", "type": ["null", "long"], "default": None})
    newer = frame(new.id, encode_one(new, {**duplicate(1), "first_received_at": 5}))
    older = message("duplicates", duplicate(2))
    found = decode.rows([block("duplicates", [older, newer, older])], {**by_id(), new.id: new})
    assert found.good.column("outcome_offset").to_pylist() == [0, 1, 2]
    assert found.good.column("first_received_at").to_pylist() == [None, 5, None]


def _with_field(schema: Schema, field: dict[str, Any]) -> Schema:
    definition = {**schema.definition, "fields": [*schema.definition["fields"], field]}
    return dataclasses.replace(schema, version=2, id=9999, definition=definition)


def test_blocks_decoded_together_are_what_they_are_alone() -> None:
    """The rows of a block must be the same whenever it is offered, whatever is offered beside it."""
    broken = list(BROKEN.values())
    blocks = [
        block("rejected", [message("rejected", rejected(n)) for n in range(3)], first=10, partition=1),
        block("rejected", [broken[0]], first=4, partition=2),
        block("rejected", [broken[1], message("rejected", rejected(5)), broken[4]], first=7, partition=3),
        block("rejected", [message("rejected", rejected(n)) for n in range(2)], first=0, partition=0),
    ]
    together = decode.rows(blocks)
    alone = [decode.rows([one]) for one in blocks]
    assert together.good.to_pylist() == [row for found in alone for row in found.good.to_pylist()]
    assert together.bad.to_pylist() == [row for found in alone for row in found.bad.to_pylist()]
    assert (together.good.num_rows, together.bad.num_rows) == (6, 3)
