"""Whatever the bytes, an adapter answers: nothing but items comes out, and damage to one item leaves the others be."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import hl7 as reference
import orjson
import pytest
from adapter_samples import FNR, NOW, codes, context, dumps, hl7, pv1
from fhir_samples import adt, enclosing, notification
from hypothesis import given, settings
from hypothesis import strategies as st
from test_adapters_avro import container
from test_adapters_csv import CENSUS
from test_adapters_ndjson import CAPACITY, MOVEMENT

from producers.adapters.hl7_message import Message
from producers.answers import ANSWERS
from producers.mappings.loader import load_mapping
from producers.sources import ADAPTERS, Options, read
from producers.types import Bad, Item, NotReportable, Read
from schemas.golden import load
from schemas.types import FAMILIES

CENSUS_MAPPING = load_mapping("nor-census")
ROW = "2020-05-10,Midt,St. Olavs hospital,7\n"
SEEDS: dict[str, bytes] = {
    "hl7v2": hl7() + hl7("A40", pv1=None, after="MRG|1^^^LAB") + b"\x0b" + hl7("A12") + b"\x1c\r",
    "fhir": dumps(adt(), enclosing(notification(), notification("C"))),
    "csv": (CENSUS + ROW * 3).encode(),
    "ndjson": dumps(MOVEMENT, CAPACITY),
    "avro": b"".join(container(family, load(f"raw.{family}")[:2], codec="deflate") for family in FAMILIES[:1]),
}
NOT_REPORTABLE = re.compile(r"NR-([A-Z]\d\d|[A-Z]{3}|K|ROW)")


@st.composite
def mutated(draw: st.DrawFn, seed: bytes) -> bytes:
    """The seed after some cuts, insertions, repetitions and changed bytes."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        piece = draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b"\r", b"\n", b"|", b'"', b"{", b"\x0b", b"\x1c"]))
        )
        match draw(st.sampled_from(["cut", "insert", "replace", "repeat", "drop"])):
            case "cut":
                del data[at:]
            case "insert":
                data[at:at] = piece
            case "replace":
                data[at : at + len(piece)] = piece
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 200))]
            case "drop":
                del data[at : at + draw(st.integers(1, 200))]
    return bytes(data)


def answered(name: str, data: bytes, limit: int = 50_000) -> list[Item]:
    """The items, after checking what holds for every item of every format."""
    options = Options(
        format=name,  # type: ignore[arg-type]
        reporter="983971636",
        mapping=CENSUS_MAPPING,
        max_item_bytes=limit,
    )
    items = list(read("test", io.BytesIO(data), options, NOW))
    assert items
    for item in items:
        match item:
            case Read(_, events, repairs):
                assert events
                assert all(repair.code in ANSWERS for repair in repairs)
                assert all(FNR not in repr(event) for event in events)
            case NotReportable(_, code, message):
                assert NOT_REPORTABLE.fullmatch(code)
                assert FNR not in message
            case Bad(_, problems):
                assert problems
                assert all(problem.code in ANSWERS for problem in problems)
                assert all(FNR not in problem.message + problem.field for problem in problems)
    return items


@pytest.mark.parametrize("name", SEEDS)
def test_mutations_are_answered(name: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(mutated(SEEDS[name]))
    def check(data: bytes) -> None:
        answered(name, data)

    check()


@pytest.mark.parametrize("name", SEEDS)
def test_arbitrary_bytes_are_answered(name: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=300))
    def check(data: bytes) -> None:
        answered(name, data, limit=100)

    check()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400) | mutated(SEEDS["hl7v2"]) | mutated(SEEDS["fhir"]) | mutated(SEEDS["ndjson"]))
def test_whatever_the_format_the_input_is_answered(data: bytes) -> None:
    assert list(read("test", io.BytesIO(data), Options(reporter="983971636"), NOW))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def with_foreign_parts(draw: st.DrawFn, document: dict[str, object]) -> bytes:
    """The document with the JSON under some of its paths replaced by anything."""
    copy = orjson.loads(orjson.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        node = copy
        while isinstance(node, dict | list) and node:
            key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            if draw(st.integers(0, 3)) == 0 or not isinstance(node[key], dict | list):
                node[key] = draw(JSON)
                break
            node = node[key]
    try:
        return orjson.dumps(copy)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits
        return b"{}"


@pytest.mark.parametrize(
    "document", [adt(), adt("A40"), enclosing(notification())], ids=["adt", "merge", "minimelding"]
)
def test_fhir_with_anything_in_place_of_a_part(document: dict[str, object]) -> None:
    @settings(max_examples=200, deadline=None)
    @given(with_foreign_parts(document))
    def check(data: bytes) -> None:
        assert len(answered("fhir", data)) == 1

    check()


@pytest.mark.parametrize("event", [MOVEMENT, CAPACITY], ids=["movement", "capacity"])
def test_ndjson_with_anything_in_place_of_a_part(event: dict[str, object]) -> None:
    @settings(max_examples=200, deadline=None)
    @given(with_foreign_parts(event))
    def check(data: bytes) -> None:
        assert len(answered("ndjson", data)) == 1

    check()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["good", "bad", "odd", "long"]), min_size=1, max_size=8))
def test_every_line_and_message_is_one_item_and_none_disturbs_another(kinds: list[str]) -> None:
    """The count rule: read = good + not reportable + invalid, item by item, in order."""
    samples: dict[str, dict[str, tuple[bytes, str]]] = {
        "hl7v2": {
            "good": (hl7(), "read"),
            "bad": (hl7(pv1=None), "ADT-01"),
            "odd": (hl7("A60"), "NR-A60"),
            "long": (hl7(after="NTE|1||" + "x" * 3000), "SRC-03"),
        },
        "ndjson": {
            "good": (dumps(MOVEMENT) + b"\n", "read"),
            "bad": (b"{\n", "NDJ-01"),
            "odd": (b"[]\n", "NDJ-02"),
            "long": (b"x" * 3000 + b"\n", "SRC-03"),
        },
        "csv": {
            "good": (ROW.encode(), "read"),
            "bad": (b"2020-05-10,Midt,St. Olavs hospital,x\n", "CSV-04"),
            "odd": (b"1\n", "CSV-03"),
            "long": (b"x" * 3000 + b"\n", "SRC-03"),
        },
    }
    for name, sample in samples.items():
        head = CENSUS.encode() if name == "csv" else b""
        data = head + b"".join(sample[kind][0] for kind in kinds)
        assert codes(answered(name, data, limit=2500)) == [sample[kind][1] for kind in kinds]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4000), st.lists(st.integers(1, 3000), max_size=6))
def test_hl7_does_not_depend_on_how_the_bytes_arrive(first: int, steps: list[int]) -> None:
    data = SEEDS["hl7v2"] * 3
    whole = codes(ADAPTERS["hl7v2"](io.BytesIO(data), context()))

    class Pieces(io.RawIOBase):
        def __init__(self) -> None:
            self._left = data
            self._steps = [first, *steps]

        def read1(self, size: int = -1) -> bytes:
            step = self._steps.pop(0) if self._steps else 1000
            piece, self._left = self._left[:step], self._left[step:]
            return piece

    assert codes(ADAPTERS["hl7v2"](Pieces(), context())) == whole  # type: ignore[arg-type]


TEXT = st.text(st.sampled_from("aB1 ^&~\\FSTRE."), max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))
def test_fields_are_those_of_the_reference_library(values: list[str], number: int, part: int, sub: int) -> None:
    """Where that library gives a value. It knows more escapes than stand in fields we read; those are left out here."""
    text = "MSH|^~\\&|A\rPV1|" + "|".join(values) + "\r"
    ours = Message(text, frozenset({"MSH", "PV1"})).first("PV1")
    assert ours is not None
    known: Callable[[str], bool] = lambda raw: re.fullmatch(r"([^\\]|\\[FSTRE]\\)*", raw) is not None  # noqa: E731
    if not all(known(value) for value in values):
        return
    try:
        theirs = reference.parse(text).extract_field("PV1", 1, number, 1, part, sub)
    except (IndexError, KeyError):
        theirs = ""
    assert (ours.value(number, part, sub) or "") == theirs.strip()


def test_a_message_with_everything_is_read_by_both() -> None:
    """What the adapter takes from a message stands where the reference library finds it."""
    text = hl7(pv1=pv1(place="MED1^12^B^Sykehus A", prior="KIR^1^A", urgency="E", start="20260314")).decode()
    theirs = reference.parse(text)
    ours = Message(text, frozenset({"MSH", "EVN", "PID", "PV1"}))
    places = [("MSH", 9, 2), ("EVN", 6, 1), ("PID", 3, 1), ("PID", 11, 9), ("PV1", 3, 4), ("PV1", 6, 2), ("PV1", 19, 1)]

    for name, number, component in places:
        segment = ours.first(name)
        assert segment is not None
        assert segment.value(number, component) == theirs.extract_field(name, 1, number, 1, component)
