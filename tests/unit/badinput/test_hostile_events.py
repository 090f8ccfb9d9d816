"""Events that are made to stop the stream: each gets its one outcome, and no answer is too large for its topic."""

from __future__ import annotations

import resource
import time
import uuid
from typing import Any

import numpy as np
import pytest
from fuzz.topics import NOW, RECEIVED, pipeline

from schemas import golden
from schemas.catalog import by_id, latest
from schemas.slow import decode_one, encode_one
from schemas.types import FAMILIES, accepted_topic, raw_topic
from schemas.wire import LARGEST_EVENT, frame, unframe
from streams.deliver import _LARGEST_MESSAGE
from streams.types import NO_IDS, Outcomes, RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

assert NOW


def encoded(family: str, number: int = 0, **changes: Any) -> bytes:
    schema = latest(raw_topic(family))
    event = {**golden.load(raw_topic(family))[0], "event_id": str(uuid.UUID(int=number + 1)), **changes}
    return frame(schema.id, encode_one(schema, event))


def offered(family: str, values: list[bytes | None], window: PartitionWindow | None = None, first: int = 0) -> Outcomes:
    count = len(values)
    zeros = np.zeros(count, dtype=np.int64)
    batch = RawBatch(raw_topic(family), zeros, np.arange(first, first + count), np.full(count, RECEIVED), values)
    held = window or PartitionWindow(7 * DAY_MS)
    outcomes = pipeline().process(batch, lambda _: held)
    held.learn_range(first + count - 1, outcomes.accepted_ids.get(0, NO_IDS), RECEIVED)
    return outcomes


def records(outcomes: Outcomes, topic: str) -> list[dict[str, Any]]:
    found = []
    for message in outcomes.messages.get(topic, ()):
        schema_id, datum = unframe(message.value)
        found.append(decode_one(by_id()[schema_id], datum))
    return found


def codes(outcomes: Outcomes) -> list[list[str]]:
    return [[problem["code"] for problem in record["problems"]] for record in records(outcomes, "rejected")]


def test_an_event_that_is_too_large_is_told_so_and_the_next_is_judged() -> None:
    values: list[bytes | None] = [encoded("capacity", 1, unit_name="x" * 10_000_000), encoded("capacity", 2)]
    outcomes = offered("capacity", values)
    assert codes(outcomes) == [["WIRE-09"]]
    assert outcomes.counts["accepted"] == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_largest_event_fits_its_outcome_topic(family: str) -> None:
    room = LARGEST_EVENT - len(encoded(family, system_product=""))
    for size, accepted in ((room - 8, 1), (room + 8, 0)):
        outcomes = offered(family, [encoded(family, system_product="s" * size)])
        assert outcomes.counts["accepted"] == accepted
        for messages in outcomes.messages.values():
            for message in messages:
                assert len(message.value) + len(message.key or b"") < _LARGEST_MESSAGE / 2


def test_a_subject_that_would_make_key_and_value_too_large_is_refused() -> None:
    """The key of an accepted event holds it again."""
    assert offered("capacity", [encoded("capacity", subject_id="s" * 400_000)]).counts["rejected"] == 1


def test_receipts_of_thousands_of_bad_events_are_not_larger_than_a_message_may_be() -> None:
    """One reporter, one batch, many problems each: told in several receipts that count every event once."""
    bad = {"omsorgsniva": "x", "innmateHast": "x", "debitor": "x", "komNrHjem": "x", "action": "x", "legal_basis": "x"}
    count = 10_000
    one = encoded("episode", 0, **bad)
    name = one.index(b"00000000-0000-0000-0000-000000000001")
    values: list[bytes | None] = []
    for number in range(count):
        odd = number % 10 == 0
        whole = encoded("episode", number) if odd else None
        values.append(whole or one[:name] + str(uuid.UUID(int=number + 1)).encode() + one[name + 36 :])
    outcomes = offered("episode", values)
    receipts = records(outcomes, "receipts")
    assert len(receipts) > 1
    assert max(len(message.value) for message in outcomes.messages["receipts"]) < _LARGEST_MESSAGE / 2
    assert sum(receipt["accepted"] for receipt in receipts) == count / 10
    assert sum(receipt["rejected"] for receipt in receipts) == count * 9 / 10
    assert len({receipt["receipt_id"] for receipt in receipts}) == len(receipts)
    told = [entry["source_offset"] for receipt in receipts for entry in receipt["entries"]]
    assert sorted(told) == [number for number in range(count) if number % 10]
    after = -1
    for receipt in sorted(receipts, key=lambda receipt: receipt["first_offset"]):
        own = [entry["source_offset"] for entry in receipt["entries"]]
        assert after < receipt["first_offset"] <= min(own) <= max(own) <= receipt["last_offset"]
        assert len(receipt["accepted_ids"]) == receipt["accepted"]
        after = receipt["last_offset"]


@pytest.mark.parametrize("count", [20_000, 60_000])
def test_receipts_of_one_senders_good_events_are_not_larger_either_however_many_a_batch_may_hold(count: int) -> None:
    mark = str(uuid.UUID(int=1)).encode()
    value = encoded("service")
    assert value.count(mark) == 1
    values: list[bytes | None] = [value.replace(mark, str(uuid.UUID(int=n + 1)).encode()) for n in range(count)]
    outcomes = offered("service", values)
    assert max(len(message.value) for message in outcomes.messages["receipts"]) < _LARGEST_MESSAGE
    told = [told for record in records(outcomes, "receipts") for told in record["accepted_ids"]]
    assert told == [str(uuid.UUID(int=n + 1)) for n in range(count)]
    assert len(outcomes.messages["receipts"]) == -(-count // 27_028)


def test_arrays_as_long_as_an_event_may_hold_are_judged_in_bounded_time_and_memory() -> None:
    small = {"tilstNr": "1", "kodeNr": "1", "akse": None, "kodeverk": "D", "kodeVersjon": "1", "kodeVerdi": "I50"}
    length = LARGEST_EVENT // 20
    values: list[bytes | None] = [encoded("episode", number, tilstander=[small] * length) for number in range(5)]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    outcomes = offered("episode", [*values, encoded("episode", 99)])
    assert time.monotonic() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000, "kilobytes"
    assert outcomes.counts["accepted"] + outcomes.counts["rejected"] == 6


def test_a_batch_of_nothing_but_garbage_is_answered_in_time() -> None:
    good = encoded("episode")
    values: list[bytes | None] = [good[:30] + bytes([n % 251]) * 40 + good[60:] for n in range(2_000)]
    began = time.monotonic()
    outcomes = offered("episode", values)
    assert time.monotonic() - began < 60
    assert outcomes.counts["rejected"] == 2_000


def test_old_ids_for_ever_are_duplicates_and_cost_no_memory() -> None:
    window = PartitionWindow(7 * DAY_MS)
    values: list[bytes | None] = [encoded("capacity", number) for number in range(500)]
    assert offered("capacity", values, window).counts["accepted"] == 500
    size = window.index.nbytes
    for repetition in range(1, 6):
        outcomes = offered("capacity", values, window, 500 * repetition)
        assert outcomes.counts["duplicate"] == 500
    assert (window.index.nbytes, len(window.index)) == (size, 500)


def test_ids_that_are_made_to_collide_are_all_accepted() -> None:
    """They differ in the upper bits of their halves only, where a weak hash does not look."""
    values: list[bytes | None] = [
        encoded("capacity", (number << 116 | number << 52) & (1 << 128) - 1) for number in range(4_000)
    ]
    began = time.monotonic()
    assert offered("capacity", values).counts["accepted"] == 4_000
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
        "'; DROP TABLE outcomes; --",
        "\\'); SELECT 1 --",
        "{x:String}",
        "\0",
        "\u202e\U0001f600",
        "[red]x[/]",
    ],
)
def test_text_is_text(text: str) -> None:
    """Formulas, entities, SQL and markup pass as the text they are, unchanged."""
    outcomes = offered("capacity", [encoded("capacity", unit_name=text, subject_id=text or "s")])
    (record,) = records(outcomes, accepted_topic("capacity"))
    assert (record["unit_name"], record["subject_id"]) == (text, text)
