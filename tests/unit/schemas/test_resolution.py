"""The rules of schema resolution, held against what fastavro in fact reads."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from schemas.resolution import can_read

STRICTER = ("the logical type is", "need not be a valid")
"""Reasons given although a lenient reader may get through."""


def record(*fields: dict[str, Any], name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def fld(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **more}


ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
WIDER_ENUM = {**ENUM, "symbols": ["A", "B", "C"]}
FIXED = {"type": "fixed", "name": "F", "size": 4}
DATE = {"type": "int", "logicalType": "date"}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
LIST = {"type": "array", "items": record(fld("x", "int"), name="Item")}


@pytest.mark.parametrize(
    ("reader", "writer", "location", "field", "reason"),
    [
        ("int", "string", "fields[0].type", "a", "string is not read as int"),
        ("int", "long", "fields[0].type", "a", "long is not read as int"),
        ("string", "bytes", "fields[0].type", "a", "bytes need not be a valid string"),
        (["null", "int"], "string", "fields[0].type", "a", "no branch of the union takes string"),
        ("int", ["null", "int"], "fields[0].type", "a", "null is not read as int"),
        (ENUM, WIDER_ENUM, "fields[0].type.symbols", "a", "lacks C and has no default symbol"),
        (FIXED, {**FIXED, "size": 8}, "fields[0].type.size", "a", "8 bytes are not read as 4"),
        (FIXED, {**FIXED, "name": "G"}, "fields[0].type", "a", "fixed G is not read as fixed F"),
        (DATE, "int", "fields[0].type", "a", "the logical type is date, written was none"),
        (["null", MILLIS], ["null", "long"], "fields[0].type[1]", "a", "the logical type is timestamp-millis"),
        ({"type": "map", "values": "int"}, {"type": "map", "values": "null"}, "fields[0].type.values", "a", "null is"),
        (
            {"type": "array", "items": record(fld("x", "int"), fld("y", "int"), name="Item")},
            LIST,
            "fields[0].type.items.fields[1]",
            "a.y",
            "is not in what was written and has no default",
        ),
    ],
)
def test_says_where_and_why(reader: Any, writer: Any, location: str, field: str, reason: str) -> None:
    found = can_read(record(fld("a", reader)), record(fld("a", writer)))
    assert len(found) == 1
    assert (found[0].location, found[0].field) == (location, field)
    assert reason in found[0].reason


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        ("double", "int"),
        ("bytes", "string"),
        (["null", "string"], "string"),
        ("int", ["int"]),
        (WIDER_ENUM, ENUM),
        ({**ENUM, "default": "A"}, WIDER_ENUM),
        ({"type": "fixed", "name": "G", "size": 4, "aliases": ["F"]}, FIXED),
        (LIST, LIST),
        ({"type": "int"}, "int"),
    ],
)
def test_reads_what_the_specification_promotes(reader: Any, writer: Any) -> None:
    assert can_read(record(fld("a", reader)), record(fld("a", writer))) == []


def test_field_and_record_aliases() -> None:
    old = record(fld("before", "int"), name="Old")
    assert can_read(record(fld("after", "int", aliases=["before"]), name="New", aliases=["Old"]), old) == []
    assert can_read(record(fld("after", "int"), name="New"), old)


def test_a_namespace_belongs_to_the_name() -> None:
    assert can_read(record(namespace="a"), record(namespace="b"))
    assert can_read(record(namespace="a"), record(name="a.R")) == []


def test_a_recursive_type_ends() -> None:
    tree = record(fld("value", "int"), fld("next", ["null", "R"]))
    assert can_read(tree, tree) == []
    assert [m.location for m in can_read(tree, record(fld("value", "string"), fld("next", ["null", "R"])))] == [
        "fields[0].type"
    ]


def test_named_types_are_found_by_name() -> None:
    twice = record(fld("a", LIST), fld("b", {"type": "array", "items": "Item"}), namespace="n")
    other = record(fld("a", LIST), fld("b", {"type": "array", "items": "string"}), namespace="n")
    assert can_read(twice, twice) == []
    assert can_read(twice, other)[0].location == "fields[1].type.items"


# -- against fastavro ------------------------------------------------------------------------------------------------

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
LEAVES = st.one_of(
    st.sampled_from(PRIMITIVES),
    st.sampled_from([{"type": "int", "logicalType": "time-millis"}, MILLIS]),
    st.sampled_from([{"type": "fixed", "name": "F", "size": n} for n in (2, 4)]),
    st.sampled_from([ENUM, WIDER_ENUM, {**ENUM, "default": "B"}]),
)


_LOOK_ALIKE = {"long": "int", "float": "int", "double": "int", "enum": "string", "bytes": "array", "fixed": "array"}
"""fastavro's writer chooses a union's branch by the value, so a union here holds no two kinds with values alike."""


def _kind(definition: Any) -> str:
    return definition if isinstance(definition, str) else definition["type"]


_NOT_UNION = st.one_of(
    LEAVES,
    st.builds(lambda items: {"type": "array", "items": items}, LEAVES),
    st.builds(lambda values: {"type": "map", "values": values}, LEAVES),
)
TYPES = st.one_of(
    _NOT_UNION, st.lists(_NOT_UNION, min_size=1, max_size=3, unique_by=lambda t: _LOOK_ALIKE.get(_kind(t), _kind(t)))
)

DEFAULTS = {"null": None, "boolean": False, "int": 0, "long": 0, "float": 0.0, "double": 0.0, "bytes": "", "string": ""}
DEFAULTS |= {"fixed": "", "enum": "A", "array": [], "map": {}}


@st.composite
def fields(draw: st.DrawFn, name: str) -> dict[str, Any]:
    type_ = draw(TYPES)
    first = type_[0] if isinstance(type_, list) else type_
    with_default = draw(st.booleans()) and _kind(first) != "fixed"
    return fld(name, type_, **({"default": DEFAULTS[_kind(first)]} if with_default else {}))


def records() -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.tuples(*map(fields, chosen))).map(lambda fs: _named_once(record(*fs)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A schema and what an editor may have made of it."""
    old = draw(records())
    new = []
    for f in old["fields"]:
        match draw(st.sampled_from(["keep", "keep", "keep", "drop", "retype", "nullable"])):
            case "keep":
                new.append(f)
            case "retype":
                new.append(draw(fields(f["name"])))
            case "nullable" if not isinstance(f["type"], list) and f["type"] != "null":
                new.append(fld(f["name"], ["null", f["type"]], default=None))
    if draw(st.booleans()):
        new.append(draw(fields("d")))
    return old, _named_once(record(*new))


def _named_once(schema: dict[str, Any]) -> dict[str, Any]:
    """A named type may be defined once: further ones get names of their own, the same in every generated schema."""

    def rename(definition: Any, path: str) -> Any:
        match definition:
            case list():
                return [rename(branch, path) for branch in definition]
            case {"type": "array"}:
                return {**definition, "items": rename(definition["items"], path + "_i")}
            case {"type": "map"}:
                return {**definition, "values": rename(definition["values"], path + "_v")}
            case {"type": "fixed" | "enum"}:
                return {**definition, "name": f"{definition['name'][0]}_{path}"}
        return definition

    return {**schema, "fields": [{**f, "type": rename(f["type"], f["name"])} for f in schema["fields"]]}


def values(definition: Any) -> list[Any]:
    """Values of a type that together go through every branch and symbol."""
    match definition:
        case list():
            return [value for branch in definition for value in values(branch)]
        case {"type": "array", "items": items}:
            return [[], *([value] for value in values(items))]
        case {"type": "map", "values": inner}:
            return [{}, *({"k": value} for value in values(inner))]
        case {"type": "enum", "symbols": symbols}:
            return list(symbols)
        case {"type": "fixed", "size": size}:
            return [b"\xff" * size]
    plain = {"null": [None], "boolean": [True], "int": [7], "long": [2**40], "float": [1.5], "double": [1e300]}
    return [*plain.get(_kind(definition), []), *{"bytes": [b"\xff\xfe"], "string": ["æ"]}.get(_kind(definition), [])]


def data(writer: dict[str, Any]) -> list[dict[str, Any]]:
    """Records that together go through every branch and symbol of every field."""
    plain = {f["name"]: values(f["type"])[0] for f in writer["fields"]}
    return [plain, *({**plain, f["name"]: value} for f in writer["fields"] for value in values(f["type"])[1:])]


def reads_all(reader: dict[str, Any], writer: dict[str, Any]) -> bool:
    parsed_reader, parsed_writer = fastavro.parse_schema(reader), fastavro.parse_schema(writer)
    for datum in data(writer):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, parsed_writer, datum)
        out.seek(0)
        try:
            fastavro.schemaless_reader(out, parsed_writer, parsed_reader)
        except Exception:  # fastavro has no common root of its errors
            return False
    return True


@given(pair=pairs(), forward=st.booleans())
@settings(max_examples=300, deadline=None)
def test_agrees_with_fastavro(pair: tuple[dict[str, Any], dict[str, Any]], forward: bool) -> None:
    reader, writer = pair if forward else pair[::-1]
    found = can_read(reader, writer)
    event("compatible" if not found else "not compatible")
    if not found:
        assert reads_all(reader, writer)
    elif not any(m.reason.startswith(STRICTER[0]) or STRICTER[1] in m.reason for m in found):
        event("a difference that fastavro meets")
        assert not reads_all(reader, writer)


@given(schema=records())
@settings(max_examples=100, deadline=None)
def test_a_schema_without_mixed_unions_reads_itself(schema: dict[str, Any]) -> None:
    if not any(isinstance(f["type"], list) for f in schema["fields"]):
        assert can_read(schema, schema) == []
