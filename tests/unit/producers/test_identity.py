from __future__ import annotations

import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from producers.identity import NAMESPACE, content_digest, event_id, text_digest

PARTS = st.lists(st.one_of(st.none(), st.text(), st.integers(0, 9)), max_size=4)


def test_the_namespace_never_changes() -> None:
    assert uuid.uuid5(uuid.NAMESPACE_URL, "https://helsepuls.no/ns/events") == NAMESPACE
    assert event_id("983971636", None, "x", 1) == "7f7ae61c-6e82-568f-a135-a6387d853e87"


@given(PARTS, PARTS)
def test_other_parts_give_another_id(first: list[str | int | None], second: list[str | int | None]) -> None:
    ids = event_id("983971636", None, *first), event_id("983971636", None, *second)

    assert (ids[0] == ids[1]) == (first == second)
    assert str(uuid.UUID(ids[0])) == ids[0]


def test_reporter_and_as_of_are_part_of_the_id() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)

    assert len({event_id("a", None, "x"), event_id("b", None, "x"), event_id("a", day, "x")}) == 3


def test_content_does_not_depend_on_the_order_of_fields() -> None:
    assert content_digest({"a": 1, "b": [datetime(2026, 1, 1, tzinfo=UTC)]}) == content_digest(
        {"b": [datetime(2026, 1, 1, tzinfo=UTC)], "a": 1}
    )
    assert content_digest({"a": 1}) != content_digest({"a": None})


def test_national_numbers_do_not_enter_a_digest() -> None:
    assert text_digest("a 15870550070 b") == text_digest("a 15870550151 b")
    assert text_digest("a 123456789012 b", {"123456789012"}) == text_digest("a 210987654321 b", {"210987654321"})
    assert text_digest("20260314100000") != text_digest("20260314100001")
