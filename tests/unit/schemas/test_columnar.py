"""The columnar path against the per-record path: the same values and the same verdict on any bytes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import columnar
from schemas.catalog import Schema, latest
from schemas.errors import Invalid
from schemas.plan import Node, plan
from schemas.slow import EARLIEST_DAY, EARLIEST_MS, LATEST_DAY, LATEST_MS, decode_one, encode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import frame

SLOW_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def values(node: Node) -> st.SearchStrategy[Any]:
    inner: st.SearchStrategy[Any]
    match node.kind:
        case "long":
            low, high = (EARLIEST_MS, LATEST_MS - 1) if node.logical else (-(2**63), 2**63 - 1)
            inner = st.integers(low, high)
        case "int":
            low, high = (EARLIEST_DAY, LATEST_DAY - 1) if node.logical else (-(2**31), 2**31 - 1)
            inner = st.integers(low, high)
        case "string":
            inner = st.text(max_size=8) | st.just("x" * 70)
        case "bytes":
            inner = st.binary(max_size=5)
        case "boolean":
            inner = st.booleans()
        case "double":
            inner = st.floats(allow_nan=False)
        case "array":
            assert node.items is not None
            inner = st.lists(values(node.items), max_size=2)
        case "record":
            inner = st.fixed_dictionaries({name: values(field) for name, field in node.fields})
        case _:
            raise AssertionError(node.kind)
    return st.none() | inner if node.nullable else inner


def records(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values(node) for name, node in plan(schema)})


@st.composite
def mutated(draw: st.DrawFn, schema: Schema) -> bytes:
    """A good datum, or one that was cut, padded, flipped or had bytes put into it, or just bytes."""
    datum = bytearray(encode_one(schema, draw(records(schema))))
    place = draw(st.integers(0, len(datum) - 1))
    match draw(st.sampled_from(["good", "good", "flip", "cut", "pad", "insert", "noise"])):
        case "flip":
            datum[place] = draw(st.sampled_from([0, 1, 2, 3, 4, 0x7F, 0x80, 0xFF]))
        case "cut":
            del datum[place:]
        case "pad":
            datum += draw(st.binary(min_size=1, max_size=4))
        case "insert":
            datum[place:place] = draw(st.binary(min_size=1, max_size=3))
        case "noise":
            datum = bytearray(draw(st.binary(max_size=40)))
    return bytes(datum)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Schema, list[bytes]]:
    schema = latest(raw_topic(draw(st.sampled_from(FAMILIES))))
    batch = draw(st.lists(mutated(schema), max_size=5))
    if len(batch) > 1 and draw(st.booleans()):
        cut = draw(st.integers(0, len(batch[0])))
        batch[0], batch[1] = batch[0][:cut], batch[0][cut:] + batch[1]
    return schema, batch


def decode(schema: Schema, data: list[bytes]) -> columnar.Decoded:
    return columnar.decode(schema, [frame(schema.id, datum) for datum in data])


def plain(value: Any) -> Any:
    """A polars value as the slow path gives it: times in milliseconds, dates in days."""
    match value:
        case dt.datetime():
            return round((value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(milliseconds=1))
        case dt.date():
            return (value - dt.date(1970, 1, 1)).days
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def check_same(schema: Schema, batch: list[bytes]) -> None:
    decoded = decode(schema, batch)
    good: dict[int, dict[str, Any]] = {}
    bad: dict[int, str] = {}
    for row, datum in enumerate(batch):
        try:
            good[row] = decode_one(schema, datum)
        except Invalid as invalid:
            bad[row] = invalid.problems[0].code
    assert {row: problem.code for row, problem in decoded.bad} == bad
    rows = decoded.frame["_row"].to_list()
    assert rows == sorted(good)
    found = [plain(record) for record in decoded.frame.drop("_row").to_dicts()]
    assert repr(found) == repr([good[row] for row in rows])
    for row, record in good.items():
        assert decoded.values[row] == frame(schema.id, encode_one(schema, record))


@SLOW_MACHINE
@given(batches())
def test_both_paths_agree_on_any_bytes(case: tuple[Schema, list[bytes]]) -> None:
    check_same(*case)


def example(schema: Schema) -> dict[str, Any]:
    """The smallest record: nulls, empty texts and lists."""
    blank = {"string": "", "array": [], "boolean": False, "bytes": b"", "double": 0.0}
    return {name: None if node.nullable else blank.get(node.kind, 0) for name, node in plan(schema)}


def test_a_union_branch_that_does_not_exist_is_refused_though_the_native_reader_takes_it() -> None:
    schema = latest("raw.capacity")
    datum = encode_one(schema, example(schema))
    damaged = datum[:-1] + b"\x04" + b"\x00"  # the last field, patient: branch 2 of two, then an empty text
    assert columnar._read(schema, columnar._Joined.of([frame(schema.id, damaged)])) is not None
    check_same(schema, [datum, damaged, datum])
    assert [row for row, _ in decode(schema, [datum, damaged, datum]).bad] == [1]


def test_a_short_and_a_long_datum_that_add_up_are_both_refused() -> None:
    schema = latest("raw.service")
    datum = encode_one(schema, example(schema))
    batch = [datum, datum[:-3], datum[-3:] + datum, datum]
    decoded = decode(schema, batch)
    assert decoded.frame["_row"].to_list() == [0, 3]
    assert [row for row, _ in decoded.bad] == [1, 2]


def test_arrays_in_several_blocks_are_read_and_written_anew() -> None:
    """Some encoders (Go's, Java's blocking one) write arrays in sized blocks: odd, but right."""
    schema = latest("raw.consultation")
    record = {**example(schema), "takster": ["2ad", "2ae"]}
    canonical = encode_one(schema, record)
    one_block = b"\x04\x062ad\x062ae\x00"
    two_blocks = b"\x01\x08\x062ad" + b"\x02\x062ae\x00"
    assert canonical.count(one_block) == 1
    decoded = decode(schema, [canonical.replace(one_block, two_blocks)])
    assert decoded.frame["takster"].to_list() == [["2ad", "2ae"]]
    assert decoded.values == [frame(schema.id, canonical)]


@pytest.mark.parametrize("count", [1, 33, 500])
def test_one_bad_datum_among_many_is_the_only_one_refused(count: int) -> None:
    schema = latest("raw.episode")
    datum = encode_one(schema, example(schema))
    batch = [datum] * count
    batch[count // 2] = datum[:-2]
    decoded = decode(schema, batch)
    assert [row for row, _ in decoded.bad] == [count // 2]
    assert decoded.frame.height == count - 1


def test_times_that_cannot_be_meant_are_refused_by_field() -> None:
    schema = latest("raw.movement")
    late = encode_one(schema, {**example(schema), "occurred_at": 2**60})
    decoded = decode(schema, [late])
    assert [(problem.code, problem.field) for _, problem in decoded.bad] == [("WIRE-06", "occurred_at")]


def test_a_million_claimed_entries_take_no_time_and_no_memory() -> None:
    schema = latest("raw.consultation")
    datum = encode_one(schema, example(schema))
    hostile = datum[:-3] + b"\xfe\xff\xff\xff\xff\x01" + datum[-3:]
    check_same(schema, [hostile])


def test_types_are_the_same_for_no_row_and_for_rows() -> None:
    for family in FAMILIES:
        schema = latest(raw_topic(family))
        datum = encode_one(schema, example(schema))
        assert decode(schema, [datum]).frame.schema == columnar.empty(schema).schema
        assert isinstance(columnar.empty(schema), pl.DataFrame)
