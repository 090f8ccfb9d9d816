"""Values of Kafka messages: on the raw topics through the whole pipeline, on the outcome topics into the sink."""

from __future__ import annotations

import atexit
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from reference.store import ReferenceStore
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas import golden
from schemas.catalog import by_id, latest
from schemas.patient import clear
from schemas.plan import Node, plan
from schemas.registry import SchemaSource
from schemas.slow import EARLIEST_MS, LATEST_MS, decode_one, encode_one
from schemas.types import DUPLICATES_TOPIC, FAMILIES, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic, raw_topic
from schemas.wire import frame, unframe
from streams.pipeline.process import Pipeline
from streams.pipeline.protect import Protector
from streams.types import NO_IDS, Outcomes, RawBatch
from streams.window.index import DAY_MS
from streams.window.partition import PartitionWindow

from .mutation import IDENTIFIER, NASTY, texts
from .target import Target

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECEIVED: Final = int(NOW.timestamp() * 1000)
_ALONE: Final = re.compile(rb"(?<![0-9A-Fa-f])" + IDENTIFIER + rb"(?![0-9A-Fa-f])")
_ANSWERED: Final = re.compile(r"[A-Z]{2,4}-\d\d")


@cache
def pipeline() -> Pipeline:
    folder = tempfile.TemporaryDirectory(prefix="helsepuls-fuzz-")
    atexit.register(folder.cleanup)
    home = Path(folder.name)
    keys = ensure_keys(home, load(PrivacySettings, home))
    return Pipeline("dev", SchemaSource().resolve, Protector(keys, "dev"), ReferenceStore(home), clock=lambda: NOW)


@cache
def seeds(family: str) -> tuple[bytes, ...]:
    """Sound events of the family, their patient the planted identifier, one without it, and a foreign one."""
    topic = raw_topic(family)
    schema = latest(topic)
    patient = None if family == "capacity" else clear("1", IDENTIFIER.decode())
    events: list[dict[str, Any]] = [{**event, "patient": patient} for event in golden.load(topic)]
    named = {**events[0], "patient": None, "subject_id": IDENTIFIER.decode()}
    other = next(name for name in FAMILIES if name != family)
    foreign = frame(latest(raw_topic(other)).id, encode_one(latest(raw_topic(other)), golden.load(raw_topic(other))[0]))
    return (*(frame(schema.id, encode_one(schema, event)) for event in [*events, named]), foreign)


def check(family: str) -> Callable[[list[bytes | None]], None]:
    """A batch through the pipeline, its replay, and the batch again at later offsets."""
    topic = raw_topic(family)

    def checked(values: list[bytes | None]) -> None:
        window = PartitionWindow(7 * DAY_MS)
        accepted: set[str] = set()
        for first in (0, len(values)):
            offsets = np.arange(first, first + len(values))
            zeros = np.zeros(len(values), dtype=np.int64)
            batch = RawBatch(topic, zeros, offsets, np.full(len(values), RECEIVED), values)
            outcomes = pipeline().process(batch, lambda _: window)
            found, new = _outcomes(outcomes, family)
            assert found == Counter(offsets.tolist()), "not exactly one outcome for each record"
            assert not accepted & new, "an id was accepted twice"
            accepted |= new
            window.learn_range(int(offsets[-1]), outcomes.accepted_ids.get(0, NO_IDS), RECEIVED)
            assert not pipeline().process(batch, lambda _: window).messages, "a replay was answered again"

    return checked


def _outcomes(outcomes: Outcomes, family: str) -> tuple[Counter[int], set[str]]:
    """Outcomes by source offset, and the ids accepted, after checking every message."""
    found: Counter[int] = Counter()
    ids: list[str] = []
    told = 0
    for topic, messages in outcomes.messages.items():
        for message in messages:
            key = message.key.encode() if isinstance(message.key, str) else message.key or b""
            assert not _ALONE.search(message.value), f"an identifier in {topic}"
            assert not _ALONE.search(key), f"an identifier in a key of {topic}"
            schema_id, datum = unframe(message.value)
            record = decode_one(by_id()[schema_id], datum)
            if topic == RECEIPTS_TOPIC:
                told += record["accepted"] + record["rejected"] + record["duplicates"]
                continue
            found[record["source_offset"]] += 1
            if topic == accepted_topic(family):
                ids.append(record["event_id"].lower())
            if topic == REJECTED_TOPIC:
                assert record["problems"], "rejected without a reason"
                assert all(_ANSWERED.fullmatch(problem["code"]) for problem in record["problems"])
            assert topic in (accepted_topic(family), REJECTED_TOPIC, DUPLICATES_TOPIC)
    assert told == found.total(), "the receipts do not count every record once"
    assert len(ids) == len(set(ids)), "an id was accepted twice"
    return found, set(ids)


_TEXTS: Final = st.one_of(
    st.sampled_from(["", " ", "0", "-1", "1", "2", "zz", "\0", "æ\u202e", "983971636", "0301", "9" * 400]),
    st.sampled_from([piece.decode("utf-8", "ignore") for piece in NASTY]),
    st.text(max_size=6),
)
_WHOLE: Final = st.one_of(st.sampled_from([0, -1, 1, 2**31 - 1, -(2**31)]), st.integers(-(2**31), 2**31 - 1))
_MOMENTS: Final = st.one_of(
    st.sampled_from([0, -1, 599_616_000_000, RECEIVED, RECEIVED + 1, 1_893_456_000_000, -(2**63), 2**63 - 1]),
    st.integers(EARLIEST_MS - 1, LATEST_MS + 1),
)
_BYTES: Final = st.one_of(
    st.sampled_from([b"", b"\0", b"\1", b"\2", b"\0" + b"1:" * 9, clear("1", IDENTIFIER.decode()), b"\1" + b"x" * 90]),
    st.binary(max_size=120),
)


def _typed(node: Node) -> st.SearchStrategy[Any]:
    """Any value that the schema allows in this place, mostly ones that nobody means."""
    match node.kind:
        case "array":
            assert node.items
            made: st.SearchStrategy[Any] = st.lists(_typed(node.items), max_size=3)
        case "record":
            made = st.fixed_dictionaries({name: _typed(inner) for name, inner in node.fields})
        case "string":
            made = _TEXTS
        case "bytes":
            made = _BYTES
        case "boolean":
            made = st.booleans()
        case "double":
            made = st.floats()
        case _:
            made = _MOMENTS if node.kind == "long" else _WHOLE
    return st.none() | made if node.nullable else made


def _event(family: str, index: int, number: int, changes: dict[str, Any]) -> bytes:
    """A sound event under an id of its own (or one that others of the batch have, too) with other values."""
    schema = latest(raw_topic(family))
    events = golden.load(raw_topic(family))
    event = {**events[index % len(events)], "event_id": str(UUID(int=number)), **changes}
    return frame(schema.id, encode_one(schema, event))


def _values(family: str) -> st.SearchStrategy[bytes | None]:
    fields = [st.tuples(st.just(name), _typed(node)) for name, node in plan(latest(raw_topic(family)))]
    changes = st.lists(st.one_of(fields), max_size=3).map(dict)
    event = st.builds(_event, st.just(family), st.integers(0, 9), st.integers(0, 300), changes)
    made = texts(seeds(family))
    return st.one_of(event, event, event, made, made, st.none())


TARGETS: Final = tuple(
    Target(f"raw.{family}", _values(family), check(family), batch=60, weight=5) for family in FAMILIES
)
