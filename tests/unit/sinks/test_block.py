"""Buffers, blocks and intents."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sinks.block import Block, Buffer, Intent, Limits, group_of, token

LIMITS = Limits(rows=3, size=1000)


def filled(*offsets: int, position: int | None = 0, value: bytes = b"x", **more: object) -> Buffer:
    buffer = Buffer("rejected", 2, position, **more)  # type: ignore[arg-type]
    if offsets:
        extend(buffer, *offsets, value=value)
    return buffer


def extend(buffer: Buffer, *offsets: int, value: bytes = b"x", now: float = 10.0) -> None:
    buffer.extend(list(offsets), [value] * len(offsets), [1000 + offset for offset in offsets], now)


def test_a_block_is_due_by_rows_bytes_or_time() -> None:
    assert filled(0, 1).due_at(LIMITS, rested=10.5) == 10.5
    assert filled(0, 1).due_at(LIMITS, rested=9.5) == 10.0
    assert filled(0, 1, 2).due_at(LIMITS, rested=10.5) == 10.0
    assert filled(0, value=b"x" * 1000).due_at(LIMITS, rested=10.5) == 10.0
    assert filled().due_at(LIMITS) == math.inf


def test_a_block_takes_no_more_rows_or_bytes_than_fit_but_one_message_at_least() -> None:
    assert filled(0, 1, 2, 3).block(LIMITS).offsets == [0, 1, 2]
    assert filled(0, 1, 2, value=b"x" * 600).block(LIMITS).offsets == [0, 1]
    assert filled(0, 1, value=b"x" * 5000).block(LIMITS).offsets == [0]


def test_a_partition_never_committed_begins_at_its_first_message() -> None:
    buffer = filled(17, 18, position=None)
    assert buffer.position == 17
    assert buffer.block(LIMITS).intent == Intent(17, 18)


def test_a_range_begins_at_the_committed_offset_also_over_a_gap() -> None:
    block = filled(7, 9, position=5).block(LIMITS)
    assert (block.intent, block.offsets) == (Intent(5, 9), [7, 9])


def test_an_intended_block_waits_until_it_is_whole_and_is_exactly_that() -> None:
    buffer = filled(0, 1, 2, 3, intended=Intent(0, 4))
    assert buffer.due_at(LIMITS) == math.inf
    extend(buffer, 4, 5, now=20.0)
    assert buffer.due_at(LIMITS) <= 20.0
    assert buffer.block(LIMITS).offsets == [0, 1, 2, 3, 4]


def test_what_was_stored_leaves_the_buffer_and_the_rest_is_next() -> None:
    buffer = filled(0, 1, 2, 3)
    block = buffer.block(LIMITS)
    buffer.intended = block.intent
    buffer.stored(block, now=11.0)
    assert (buffer.position, buffer.offsets, buffer.size, buffer.intended) == (3, [3], 1, None)


def test_a_failed_block_is_offered_again_after_a_wait_that_doubles_up_to_a_limit() -> None:
    buffer = filled(0)
    waits = [buffer.failed(10.0, 0.5, 3.0) for _ in range(5)]
    assert waits == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert buffer.due_at(LIMITS) == 13.0


def test_a_message_handed_over_twice_is_taken_once() -> None:
    buffer = filled(5, 6, position=5)
    extend(buffer, 4, 5, 6, value=b"again")
    assert (buffer.offsets, buffer.values) == ([5, 6], [b"x", b"x"])
    extend(buffer, 7, 8, 6, 7, 9, value=b"new")
    assert (buffer.offsets, buffer.times) == ([5, 6, 7, 8, 9], [1005, 1006, 1007, 1008, 1009])
    assert buffer.size == sum(len(value or b"") for value in buffer.values) == 11


@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=8), max_size=6), st.integers(0, 10))
def test_messages_taken_together_are_as_if_taken_one_by_one(runs: list[list[int]], position: int) -> None:
    together, alone = (Buffer("rejected", 2, position) for _ in range(2))
    for run in runs:
        extend(together, *run)
        for offset in run:
            extend(alone, offset)
    assert together == alone
    assert together.offsets == sorted({*together.offsets})
    assert all(offset >= position for offset in together.offsets)


def test_tokens_differ_by_table_topic_partition_and_range() -> None:
    one, other = filled(0, 1).block(LIMITS), filled(0, 1, 2).block(LIMITS)
    assert len({token("a", [one]), token("b", [one]), token("a", [other])}) == 3
    assert token("a", [one]) == token("a", [filled(0, 1).block(LIMITS)])


def test_the_token_of_several_blocks_is_made_of_all_and_of_no_order() -> None:
    blocks = [Block("t", partition, Intent(0, last), [], [], []) for partition, last in ((0, 3), (1, 5), (2, 3))]
    assert token("a", blocks) == token("a", blocks[::-1])
    longer = [*blocks[:2], Block("t", 2, Intent(0, 4), [], [], [])]
    fewer = blocks[:2]
    assert len({token("a", some) for some in (blocks, longer, fewer, blocks[:1])}) == 4
    assert group_of(blocks[:1]) == ""


def test_a_block_does_not_show_what_it_holds() -> None:
    block = filled(0, value=b"secret").block(LIMITS)
    assert "secret" not in repr(block)
    assert "secret" not in repr(filled(0, value=b"secret"))


@given(first=st.integers(0, 2**60), length=st.integers(0, 10**6), group=st.sampled_from(["", "0123456789abcdef"]))
def test_an_intent_survives_its_metadata(first: int, length: int, group: str) -> None:
    intent = Intent(first, first + length, group)
    assert Intent.parse(intent.metadata(), first) == intent


@given(metadata=st.one_of(st.none(), st.text(max_size=40)), committed=st.integers(0, 100))
def test_other_metadata_is_no_intent(metadata: str | None, committed: int) -> None:
    parsed = Intent.parse(metadata, committed)
    assert parsed is None or parsed.metadata() == metadata


def test_an_intent_for_another_offset_does_not_count() -> None:
    """Someone set the offsets of the group: the range before is history."""
    assert Intent.parse("insert 5-9", 7) is None
    assert Intent.parse("insert 5-4", 5) is None
