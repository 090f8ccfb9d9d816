"""Bytes that are a block of Avro datums, read by the native reader as the one block of an object container."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import polars as pl

from schemas.varint import encode_long


def header(definition: Any) -> bytes:
    """The object container's header for a schema, without the marker between blocks."""
    entries = (b"avro.schema", json.dumps(definition, separators=(",", ":")).encode(), b"avro.codec", b"null")
    return b"Obj\x01" + encode_long(2) + b"".join(encode_long(len(entry)) + entry for entry in entries) + encode_long(0)


def read(head: bytes, count: int, body: bytes | memoryview) -> pl.DataFrame | None:
    """The `count` datums of `body` as columns, or None when it does not hold just as many."""
    sync = os.urandom(16)
    container = b"".join((head, sync, encode_long(count), encode_long(len(body)), body, sync))
    try:
        frame = pl.read_avro(io.BytesIO(container))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        return None
    return frame if frame.height == count else None
