"""Encodes accepted events: what the sender wrote is passed through as bytes, what the stream adds is put behind it.

An Avro record encodes as the concatenation of its fields, and `accepted.<family>` begins with exactly the fields of
`raw.<family>` up to the patient's identifiers. So a datum cut before those is already the first part of the accepted
datum. Only events with repaired fields are written anew.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from schemas.catalog import Schema, by_id
from schemas.errors import Fatal
from schemas.layout import field_sizes
from schemas.passthrough import IDENTITY_FIELDS, accepted_for
from schemas.plan import Node, plan
from schemas.slow import encode_one
from schemas.types import Problem
from schemas.varint import Ints, encode_long, encode_rows, encode_text
from schemas.wire import HEADER_BYTES
from schemas.wire import frame as confluent_frame

NUMBERS = ("source_offset", "received_at", "processed_at", "known_at")
RELEASES = ("reference_release", "rules_release")


@dataclass(frozen=True)
class Layout:
    """How an accepted schema continues its raw schema.

    `looked_up`: the nullable columns that enrichment and protection add, in the schema's order.
    """

    schema: Schema
    identity: tuple[tuple[str, Node], ...]
    looked_up: tuple[tuple[str, Node], ...]


@lru_cache(maxsize=64)
def layout_of(raw_id: int) -> Layout:
    """Raises Fatal when the accepted schema does not continue the raw schema as it must."""
    raw = by_id()[raw_id]
    accepted = accepted_for(raw)
    added = plan(accepted)[len(raw.field_names) - len(IDENTITY_FIELDS) :]
    expected = ("source_topic", "source_partition", *NUMBERS)
    names = tuple(name for name, _ in added)
    if (
        names[: len(expected)] != expected
        or names[-3:] != (*RELEASES, "problems")
        or not all(node.nullable and not node.logical for _, node in added[len(expected) : -3])
    ):
        raise Fatal(f"schema {accepted.subject} v{accepted.version} does not continue {raw.subject} v{raw.version}")
    return Layout(accepted, plan(raw)[-2:], added[len(expected) : -3])


def encode_accepted(
    schema: Schema,
    frame: pl.DataFrame,
    values: Sequence[bytes],
    rewritten: Mapping[int, bytes],
    problems: Mapping[int, Sequence[Problem]],
) -> list[bytes]:
    """One Kafka value per row of `frame`, which has the raw fields and every field the stream adds.

    `values`: the canonical raw value of each row; `rewritten`: row → the value to use instead (repaired fields);
    `problems`: row → what was repaired or warned of.
    """
    layout = layout_of(schema.id)
    head = confluent_frame(layout.schema.id, b"")
    tails = field_sizes(layout.identity, frame[[name for name, _ in layout.identity]]).tolist()
    topic = encode_text(schema.topic)
    partitions = frame["source_partition"].to_list()
    places = {partition: topic + encode_long(partition) for partition in set(partitions)}
    numbers, number_ends = encode_rows([_physical(frame[name]) for name in NUMBERS])
    looked_up, looked_up_ends = _encode_nullable(frame[[name for name, _ in layout.looked_up]], layout.looked_up)
    releases = b"".join(encode_text(frame[name][0]) for name in RELEASES) if frame.height else b""
    clean = releases + encode_long(0)
    encoded = [
        b"".join((head, raw[HEADER_BYTES:-tail], places[partition], numbers[n0:n1], looked_up[l0:l1], clean))
        for raw, tail, partition, n0, n1, l0, l1 in zip(
            values,
            tails,
            partitions,
            *_spans(number_ends),
            *_spans(looked_up_ends),
            strict=True,
        )
    ]
    for row, found in problems.items():
        encoded[row] = encoded[row][: -len(clean)] + releases + encode_problems(found)
    for row, value in rewritten.items():
        added = encoded[row][len(values[row]) - tails[row] :]
        encoded[row] = head + value[HEADER_BYTES : -tails[row]] + added
    return encoded


def rewrite(raw: Schema, frame: pl.DataFrame) -> list[bytes]:
    """The raw values of repaired rows, written anew from their columns."""
    names = [name for name, _ in plan(raw)]
    return [confluent_frame(raw.id, encode_one(raw, record)) for record in frame[names].to_dicts()]


@lru_cache(maxsize=4096)
def _problem(code: str, severity: str, field: str) -> bytes:
    return encode_text(code) + encode_text(severity) + encode_text(field)


def encode_problems(problems: Sequence[Problem]) -> bytes:
    """The array `problems` of an accepted record."""
    entries = b"".join(_problem(p.code, p.severity.value, p.field) for p in problems)
    return encode_long(len(problems)) + entries + encode_long(0) if problems else encode_long(0)


def _physical(column: pl.Series) -> Ints:
    values: Ints = column.cast(pl.Int64).to_numpy()
    return values


def _spans(ends: Ints) -> tuple[list[int], list[int]]:
    stops = ends.tolist()
    return [0, *stops[:-1]], stops


def _encode_nullable(frame: pl.DataFrame, fields: tuple[tuple[str, Node], ...]) -> tuple[bytes, Ints]:
    """Nullable columns as rows of bytes, and where each row ends.

    The native writer makes every column a union with null, which is just what these fields are; the sizes of the
    values tell where its rows end.
    """
    if not frame.height:
        return b"", np.empty(0, dtype=np.int64)
    container = io.BytesIO()
    frame.write_avro(container)
    written = container.getvalue()
    sync = written[-16:]
    start = written.index(sync) + 16
    start = _after_long(written, _after_long(written, start))
    ends = np.cumsum(field_sizes(fields, frame))
    body = written[start:-16]
    if len(body) != ends[-1]:
        raise Fatal("the Avro writer's rows do not have the size they must have; nothing was sent")
    return body, ends


def _after_long(octets: bytes, position: int) -> int:
    while octets[position] & 0x80:
        position += 1
    return position + 1
