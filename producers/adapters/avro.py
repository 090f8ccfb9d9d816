"""Avro object container files written with a raw schema (any version the newest one can read).

Blocks are read one at a time. A damaged record costs the rest of its block, damaged framing what lies before the next
sync marker: that is what the markers are for. Identifiers are in clear (version 0): the publisher seals what it sends,
and one that is sealed already can neither be checked nor sealed again.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import fastavro
from fastavro.read import SchemaResolutionError

from producers.adapters.typed import PROTECTED
from producers.answers import problem
from producers.types import Bad, Context, Event, Item, PatientId, Read
from schemas.catalog import latest
from schemas.errors import Invalid
from schemas.types import FAMILIES, Family, raw_topic

_CHUNK: Final = 1 << 16
_SYNC: Final = 16
_LONGEST_VARINT: Final = 10
_CLEAR: Final = b"\x00"
_SEALED: Final = b"\x01"
"""Version bytes of a protected identifier."""
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    AttributeError,
    MemoryError,
    RecursionError,
    struct.error,
)
"""What fastavro raises for damaged bytes, by where the damage is."""
_NO_SCHEMA: Final = (fastavro.schema.SchemaParseException, fastavro.schema.UnknownType)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One item per record. Positions name block and record, both from 1."""
    source = _Source(stream, context.max_item_bytes)
    try:
        header = fastavro.block_reader(source)
        writer: Any = header.writer_schema
        sync = bytes(header._header["sync"])  # noqa: SLF001  fastavro has no public name for the marker
    except (*_UNREADABLE, *_NO_SCHEMA):
        yield Bad(1, [problem("AVRO-01", "")])
        return
    family = _family(writer)
    if family is None or header.codec not in ("null", "deflate"):
        yield Bad(1, [problem("AVRO-02" if family is None else "AVRO-05", "")])
        return
    reader = fastavro.parse_schema(dict(latest(raw_topic(family)).definition))
    number = 0
    while True:
        number += 1
        try:
            block = _block(source, sync, header.codec, context.max_item_bytes)
        except _DamagedError as damage:
            yield Bad(f"block {number}", [problem("AVRO-03", "")])
            if not damage.framed and not source.skip_past(sync):
                return
            continue
        if block is None:
            return
        try:
            yield from _records(number, *block, writer, reader, family, context)
        except SchemaResolutionError:  # a schema of that name, but one that ours cannot read
            yield Bad(f"block {number}", [problem("AVRO-02", "")])
            return


class _DamagedError(Exception):
    """The bytes are no block. `framed`: its end was found, so the next block is in place."""

    def __init__(self, *, framed: bool = False) -> None:
        self.framed = framed


class _Source:
    """The stream with a bound on what one read may ask for, and a way back for bytes read too far."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._ahead = b""

    def read(self, size: int) -> bytes:
        """As a file's read. Raises ValueError for a size no sound container asks for."""
        if not 0 <= size <= self._limit:
            raise ValueError("a length that cannot be")
        while len(self._ahead) < size and (piece := self._stream.read(max(_CHUNK, size - len(self._ahead)))):
            self._ahead += piece
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def skip_past(self, marker: bytes) -> bool:
        """Reads past the next marker. False when there is none."""
        tail = b""
        while piece := self.read(min(_CHUNK, self._limit)):
            found = (tail + piece).find(marker)
            if found >= 0:
                self._ahead = (tail + piece)[found + len(marker) :] + self._ahead
                return True
            tail = (tail + piece)[-len(marker) :]
        return False


def _family(writer: Any) -> Family | None:
    name = writer.get("name") if isinstance(writer, dict) else None
    return next((family for family in FAMILIES if name == f"no.helsepuls.raw.{family.capitalize()}"), None)


def _block(source: _Source, sync: bytes, codec: str, limit: int) -> tuple[int, bytes] | None:
    """Number of records and their bytes, or None at the end of the file. Raises _DamagedError."""
    first = source.read(1)
    if not first:
        return None
    try:
        count, size = _long(source, first), _long(source, source.read(1))
        data = source.read(size)
    except ValueError:
        raise _DamagedError from None
    if count < 0 or len(data) != size or source.read(_SYNC) != sync:
        raise _DamagedError
    return count, _inflated(data, limit) if codec == "deflate" else data


def _inflated(data: bytes, limit: int) -> bytes:
    inflate = zlib.decompressobj(-15)
    try:
        plain = inflate.decompress(data, limit)
    except zlib.error:
        raise _DamagedError(framed=True) from None
    if not inflate.eof:
        raise _DamagedError(framed=True)
    return plain


def _long(source: _Source, first: bytes) -> int:
    """A zig-zag variable-length integer that begins with `first`."""
    value, shift, byte = 0, 0, first
    for _ in range(_LONGEST_VARINT):
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7
        byte = source.read(1)
    raise _DamagedError


def _records(
    number: int, count: int, data: bytes, writer: Any, reader: Any, family: Family, context: Context
) -> Iterator[Item]:
    buffer = io.BytesIO(data)
    for index in range(1, count + 1):
        position = f"block {number} record {index}"
        try:
            if buffer.tell() >= len(data):
                raise EOFError
            record: Any = fastavro.schemaless_reader(buffer, writer, reader)
        except _UNREADABLE:
            yield Bad(position, [problem("AVRO-03", "")])
            return
        try:
            yield Read(position, [_event(family, record, context)])
        except Invalid as error:
            yield Bad(position, error.problems)
    if buffer.tell() < len(data):
        yield Bad(f"block {number} record {count + 1}", [problem("AVRO-03", "")])


def _event(family: Family, record: dict[str, Any], context: Context) -> Event:
    people = {name: _person(record.pop(name, None), name) for name in PROTECTED}
    if context.reporter:
        record["reporter"] = context.reporter
    if context.as_of:
        record["declared_known_at"] = context.as_of
    return Event(family, record, **people)


def _person(protected: bytes | None, name: str) -> PatientId | None:
    if protected is None:
        return None
    if protected[:1] == _SEALED:
        raise Invalid([problem("AVRO-06", name)])
    try:
        kind, _, number = protected.removeprefix(_CLEAR).decode().partition(":")
    except UnicodeDecodeError:
        kind = number = ""
    if not (protected[:1] == _CLEAR and kind.isascii() and kind.isdigit() and number):
        raise Invalid([problem("AVRO-04", name)])
    return PatientId(kind, number)
