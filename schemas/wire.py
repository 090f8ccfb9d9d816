"""Confluent framing: a zero byte, the schema id as four bytes big-endian (signed), then the Avro datum.

Only the header is judged here. Whether an id is known is the caller's question (`schemas.registry`), because the
answer "not known" and the answer "cannot ask now" must lead to different things.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.errors import Invalid
from schemas.types import Problem, Severity

MAGIC = 0
HEADER_BYTES = 5

_HEADER = struct.Struct(">Bi")
_HEADERS = np.dtype([("magic", "u1"), ("id", ">i4")])
_PAD = b"\x00"
_FIELD = "value"

_NULL = Problem("WIRE-01", Severity.FATAL, _FIELD, "the message has no value; send the event as framed Avro")
_SHORT = Problem(
    "WIRE-02", Severity.FATAL, _FIELD, f"the value is shorter than the {HEADER_BYTES} bytes of the Confluent header"
)
_MAGIC = Problem(
    "WIRE-03", Severity.FATAL, _FIELD, "the value does not begin with the zero byte of the Confluent header"
)
UNKNOWN_SCHEMA = Problem(
    "WIRE-08", Severity.FATAL, _FIELD, "the schema id of the Confluent header is not one of this topic's schemas"
)

LARGEST_EVENT = 1_000_000
"""Bytes that the value of a raw event may have. What the stream adds to it and what it says of it must fit, too."""
TOO_LARGE = Problem(
    "WIRE-09",
    Severity.FATAL,
    _FIELD,
    f"the value is larger than the {LARGEST_EVENT} bytes one event may have, or was packed beyond what is unpacked; "
    "send less at a time",
)

UNREAD: Final = b"not unpacked"
"""Stands for the value of an event whose record batch could not be read."""
_UNREAD = Problem(
    "WIRE-10",
    Severity.FATAL,
    _FIELD,
    "the record batch that held the event cannot be unpacked; send it again, with another client or compression",
)


class Group(NamedTuple):
    """The values of one schema, header and all, and where they stood in the batch."""

    positions: NDArray[np.int64]
    values: Sequence[bytes]


@dataclass(frozen=True)
class Split:
    """A batch by schema id. Each position of the batch is in exactly one group or in `bad`."""

    groups: dict[int, Group]
    bad: list[tuple[int, Problem]]


def frame(schema_id: int, datum: bytes) -> bytes:
    """The Kafka value of one datum."""
    return _HEADER.pack(MAGIC, schema_id) + datum


def unframe(value: bytes | None) -> tuple[int, bytes]:
    """Schema id and datum of one Kafka value. Raises Invalid (WIRE-01 … WIRE-03) when there is no proper header."""
    problem = _problem(value)
    if value is None or problem:
        raise Invalid([problem or _NULL])
    return _HEADER.unpack_from(value)[1], value[HEADER_BYTES:]


def split(values: Sequence[bytes | None], largest: int = sys.maxsize) -> Split:
    """Groups a batch by schema id, keeping the order inside each group.

    Values without a proper header, or of more than `largest` bytes, come back in `bad` with their problem. Unknown ids
    are groups like any other.
    """
    present = [b"" if value is None else value for value in values]
    lengths = np.fromiter(map(len, present), dtype=np.int64, count=len(present))
    whole = bool((lengths >= HEADER_BYTES).all())
    heads = [value[:HEADER_BYTES] for value in present]
    headers = np.frombuffer(b"".join(heads if whole else [h.ljust(HEADER_BYTES, _PAD) for h in heads]), dtype=_HEADERS)
    good = (headers["magic"] == MAGIC) & (lengths >= HEADER_BYTES) & (lengths <= largest)
    groups = {}
    rows = np.flatnonzero(good)
    ids = headers["id"][rows].astype(np.int64)
    order = np.argsort(ids, kind="stable")
    ids, rows = ids[order], rows[order]
    borders = (np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist()
    for start, end in pairwise([0, *borders, len(rows)] if len(rows) else []):
        schema_id, positions = int(ids[start]), rows[start:end]
        alone = len(positions) == len(present)
        groups[schema_id] = Group(positions, present if alone else [present[i] for i in positions.tolist()])
    bad = [(i, _problem(values[i]) or TOO_LARGE) for i in np.flatnonzero(~good).tolist()]
    return Split(groups, bad)


def _problem(value: bytes | None) -> Problem | None:
    if value is None:
        return _NULL
    if value == UNREAD:
        return _UNREAD
    if len(value) < HEADER_BYTES:
        return _SHORT
    return None if value[0] == MAGIC else _MAGIC
