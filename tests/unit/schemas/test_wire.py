from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Invalid
from schemas.wire import HEADER_BYTES, UNREAD, Split, frame, split, unframe

IDS = st.integers(-(2**31), 2**31 - 1)


@given(IDS, st.binary())
def test_what_was_framed_comes_back(schema_id: int, datum: bytes) -> None:
    assert unframe(frame(schema_id, datum)) == (schema_id, datum)


def test_the_header_is_confluents() -> None:
    assert frame(258, b"x") == b"\x00\x00\x00\x01\x02x"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "WIRE-01"),
        (b"", "WIRE-02"),
        (b"\x00\x00\x00\x01", "WIRE-02"),
        (b"\x01\x00\x00\x00\x01x", "WIRE-03"),
        (b"{", "WIRE-02"),
        (b'{"a": 1}', "WIRE-03"),
        (UNREAD, "WIRE-10"),
    ],
)
def test_a_bad_header(value: bytes | None, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        unframe(value)
    assert [p.code for p in caught.value.problems] == [code]
    assert [(i, p.code) for i, p in split([frame(1, b""), value]).bad] == [(1, code)]


def test_every_id_fits_the_rejected_records_int() -> None:
    assert unframe(b"\x00\xff\xff\xff\xff") == (-1, b"")
    assert list(split([b"\x00\x80\x00\x00\x00x"]).groups) == [-(2**31)]


def test_an_empty_datum_is_no_header_fault() -> None:
    assert unframe(frame(7, b"")) == (7, b"")


@given(
    st.lists(st.one_of(st.none(), st.binary(max_size=12), st.builds(frame, st.integers(0, 3), st.binary(max_size=9))))
)
def test_split_agrees_with_unframe_value_by_value(values: list[bytes | None]) -> None:
    parts = split(values)
    seen: dict[int, tuple[int, bytes] | str] = {i: problem.code for i, problem in parts.bad}
    for schema_id, group in parts.groups.items():
        assert sorted(group.positions.tolist()) == group.positions.tolist()
        seen |= {i: unframe(value) for i, value in zip(group.positions.tolist(), group.values, strict=True)}
        assert {unframe(value)[0] for value in group.values} == {schema_id}
    expected: dict[int, tuple[int, bytes] | str] = {}
    for i, value in enumerate(values):
        try:
            expected[i] = unframe(value)
        except Invalid as error:
            expected[i] = error.problems[0].code
    assert seen == expected
    assert len(parts.bad) + sum(len(g.values) for g in parts.groups.values()) == len(values)


def test_nothing_of_the_value_is_in_the_error() -> None:
    with pytest.raises(Invalid) as caught:
        unframe(b"14835711200")
    assert "148357" not in str(caught.value)
    assert HEADER_BYTES == 5


def test_as_many_ids_as_messages_take_no_time() -> None:
    """Five bytes each are enough to name another schema every time."""
    values = [frame(number, b"") for number in range(60_000)]
    began = time.monotonic()
    assert len(split(values).groups) == 60_000
    assert time.monotonic() - began < 2


def test_nothing_is_split_into_nothing() -> None:
    assert split([]) == Split({}, [])
