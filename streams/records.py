"""Kafka's record batches (format 2) as columns.

Kafka writes a record's lengths and differences as Avro writes a long, so the records of a batch, end to end, are a
block of Avro datums of the schema below, and the native reader decodes them without an object per record. Batches with
headers, or with records without a value, are another schema: those are read one by one by aiokafka's decoder.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lz4.frame
import numpy as np
import polars as pl
from aiokafka import codec
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from schemas import container
from schemas.varint import Ints, long_sizes
from schemas.wire import LARGEST_EVENT

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LENGTH_AT = 8
_OVERHEAD = 12
"""Base offset and length stand before the counted bytes of a batch."""
_COUNT_AT = 57
_RECORDS_AT = 61
_FORMAT = 2
_SNAPPY = 2
_UNPACKERS: dict[int, Callable[[], Any]] = {
    1: lambda: zlib.decompressobj(wbits=31),
    3: lz4.frame.LZ4FrameDecompressor,
    4: zstd.ZstdDecompressor,
}
"""By Kafka's number of the codec: makes an object that unpacks step by step, never more at a time than is asked for."""
LARGEST_BATCH = 32 * 1024 * 1024
"""Bytes that a batch may unpack to. The broker bounds only what it is packed to: a megabyte could become gigabytes."""
_USUAL_BYTES = 1000
"""A record is seldom larger."""
_OVERSIZED = bytes(LARGEST_EVENT + 1)
"""Stands for every value of a batch that is not unpacked: it is answered as an event that is too large."""
_LOG_APPEND_TIME = 1


@dataclass(frozen=True, repr=False)
class Records:
    """Records of one partition in order. `timestamps` in milliseconds; all three have the same length.

    `size`: bytes that they take in memory, about.
    """

    offsets: Ints
    timestamps: Ints
    values: Sequence[bytes | None]
    size: int = 0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def weight(self) -> int:
        """What they count for where a number of records is a limit: large records as several, so that memory, too, is
        limited by it."""
        return max(len(self), self.size // _USUAL_BYTES)

    def split(self, count: int) -> tuple[Records, Records]:
        """The first `count` records, and the others."""
        size = self.size * min(count, len(self)) // max(len(self), 1)
        return (
            Records(self.offsets[:count], self.timestamps[:count], self.values[:count], size),
            Records(self.offsets[count:], self.timestamps[count:], self.values[count:], self.size - size),
        )


def joined(parts: Sequence[Records]) -> Records:
    if len(parts) == 1:
        return parts[0]
    return Records(
        np.concatenate([NONE.offsets, *(part.offsets for part in parts)]),
        np.concatenate([NONE.timestamps, *(part.timestamps for part in parts)]),
        [value for part in parts for value in part.values],
        sum(part.size for part in parts),
    )


NONE = Records(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), [])


class Batches:
    """The whole batches in the bytes of a fetch response, one by one. Stands in for aiokafka's MemoryRecords."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._position = 0

    def size_in_bytes(self) -> int:
        return len(self._octets)

    def has_next(self) -> bool:
        return self._end() <= len(self._octets)

    def next_batch(self) -> Batch:
        end = self._end()
        octets = self._octets[self._position : end]
        self._position = end
        return Batch(octets)

    def _end(self) -> int:
        if self._position + _OVERHEAD > len(self._octets):
            return len(self._octets) + 1
        length: int = struct.unpack_from(">i", self._octets, self._position + _LENGTH_AT)[0]
        return self._position + _OVERHEAD + length


class Batch:
    """One batch as the broker holds it. Raises CorruptRecordException for what is none."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._decoder: Any = MemoryRecords(octets).next_batch()
        self.is_control: bool = self._decoder.is_control_batch
        self.next_offset: int = self._decoder.next_offset

    def check(self) -> None:
        """Raises CorruptRecordException when the checksum is wrong."""
        if not self._decoder.validate_crc():
            raise CorruptRecordException("a record batch has a wrong checksum")

    def records(self) -> Records:
        """All its records. The values of a batch that would unpack to more than `LARGEST_BATCH` bytes are not unpacked;
        in place of each stands one that is too large to be an event."""
        if getattr(self._decoder, "magic", 0) != _FORMAT:
            return self._one_by_one()
        body: bytes | None = self._octets[_RECORDS_AT:]
        if kind := self._decoder.compression_type:
            body = unpacked(kind, self._octets[_RECORDS_AT:])
        if body is None:
            return self._oversized()
        return replace(self.columns(body) or self._one_by_one(), size=len(body))

    def _oversized(self) -> Records:
        offsets = np.arange(self._decoder.base_offset, self.next_offset)
        return Records(offsets, np.full(len(offsets), self._decoder.max_timestamp), [_OVERSIZED] * len(offsets))

    def columns(self, body: bytes) -> Records | None:
        """The records that are unpacked to `body`, or None when they have another form."""
        count: int = struct.unpack_from(">i", self._octets, _COUNT_AT)[0]
        frame = _read(body, count)
        if frame is None:
            return None
        offsets = frame["offset"].to_numpy() + self._decoder.base_offset
        if self._decoder.timestamp_type == _LOG_APPEND_TIME:
            timestamps = np.full(count, self._decoder.max_timestamp)
        else:
            timestamps = frame["timestamp"].to_numpy() + self._decoder.first_timestamp
        return Records(offsets, timestamps, frame["value"].to_list())

    def _one_by_one(self) -> Records:
        records = list(self._decoder)
        return Records(
            np.array([record.offset for record in records], dtype=np.int64),
            np.array([record.timestamp for record in records], dtype=np.int64),
            [record.value for record in records],
        )


def unpacked(kind: int, packed: bytes, limit: int = LARGEST_BATCH) -> bytes | None:
    """What a batch's records are unpacked to, or None when that is more than `limit` bytes."""
    if kind == _SNAPPY:  # which makes at most some twenty bytes of one
        plain = bytes(codec.snappy_decode(packed))
        return plain if len(plain) <= limit else None
    parts: list[bytes] = []
    room = limit
    while packed:  # one stream after the other, as the codecs allow
        unpacker = _UNPACKERS[kind]()
        part = unpacker.decompress(packed, room + 1)
        room -= len(part)
        if room < 0:
            return None
        if not unpacker.eof:
            raise CorruptRecordException("the records of a batch are cut")
        parts.append(part)
        packed = unpacker.unused_data or b""
    return b"".join(parts)


def _read(body: bytes, count: int) -> pl.DataFrame | None:
    """The fields of `count` records, or None when some have headers or no value."""
    keyed = count > 0 and _has_key(body)
    if not count or keyed is None:
        return None
    frame = container.read(_HEADERS[keyed], count, body)
    if frame is None or (frame["headers"] != 0).any() or (not keyed and (frame["key"] != -1).any()):
        return None
    return frame if _fits(frame, len(body), keyed=keyed) else None


def _has_key(body: bytes) -> bool | None:
    """Whether the first record has a key; None when it has no value or has headers, as then the others will."""
    try:
        _, at = _long(body, 0)
        _, at = _long(body, at + 1)  # behind the attributes
        _, at = _long(body, at)
        key, at = _long(body, at)
        value, at = _long(body, at + max(key, 0))
        headers, _ = _long(body, at + max(value, 0))
    except IndexError:
        return None
    return None if value < 0 or headers else key >= 0


def _long(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def _fits(frame: pl.DataFrame, size: int, *, keyed: bool) -> bool:
    """Whether each record is as long as it says, and all together as long as the body: no border lies elsewhere."""
    sizes = frame.select(
        "length", "timestamp", "offset", pl.col("key").bin.size() if keyed else "key", pl.col("value").bin.size()
    )
    length, timestamp, offset, key, value = (column.cast(pl.Int64).to_numpy() for column in sizes.iter_columns())
    inner = [long_sizes(number) for number in (timestamp, offset, key, value)]
    expected = sum(inner, start=value + 2) + (key if keyed else 0)  # 2: attributes, and the count of headers
    return bool((length == expected).all()) and int((length + long_sizes(length)).sum()) == size


def _header(key: str) -> bytes:
    fields: list[dict[str, Any]] = [
        {"name": "length", "type": "long"},
        {"name": "attributes", "type": {"type": "fixed", "name": "Attributes", "size": 1}},
        {"name": "timestamp", "type": "long"},
        {"name": "offset", "type": "long"},
        {"name": "key", "type": key},
        {"name": "value", "type": "bytes"},
        {"name": "headers", "type": "long"},
    ]
    return container.header({"type": "record", "name": "Record", "fields": fields})


_HEADERS = {True: _header("bytes"), False: _header("long")}
"""By whether records have keys; one without has the length -1, and nothing behind it."""
