"""Kafka's record batches as columns, read by aiokafka's own decoder, and none that unpacks to more than memory has.

The broker looks at what it takes with Java's eyes. What it took may be unreadable to the decoders here, and then one
produce request would end every worker that comes to it: such a batch is answered, each of its events with a code.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cramjam
import lz4.frame
import numpy as np
from aiokafka import codec
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from schemas.varint import Ints
from schemas.wire import LARGEST_EVENT, UNREAD

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LENGTH_AT = 8
_OVERHEAD = 12
"""Base offset and length stand before the counted bytes of a batch."""
_ATTRIBUTES_AT = 21
_CODEC_BITS = 0x07
_RECORDS_AT = 61
_FORMAT = 2
_SNAPPY = 2
_UNPACKERS: dict[int, Callable[[], Any]] = {
    1: lambda: zlib.decompressobj(wbits=31),
    3: lz4.frame.LZ4FrameDecompressor,
    4: zstd.ZstdDecompressor,
}
"""By Kafka's number of the codec: makes an object that unpacks step by step, never more at a time than is asked for."""
_STREAMS = {1: 100, 3: 1, 4: 100}
"""By the codec: how many streams, one behind the other, are read. In lz4 Java's client reads one; of the others a
megabyte could hold a hundred thousand that are empty, and each costs a copy of the rest."""
_BROKEN = (
    CorruptRecordException,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
    zstd.ZstdError,
    cramjam.DecompressionError,
)
"""What the decoders raise for bytes that they cannot read: lz4's a RuntimeError, header names that are not UTF-8 a
ValueError."""
LARGEST_BATCH = 32 * 1024 * 1024
"""Bytes that a batch may unpack to. The broker bounds only what it is packed to: a megabyte could become gigabytes."""
_USUAL_BYTES = 1000
"""A record is seldom larger."""
_OVERSIZED = bytes(LARGEST_EVENT + 1)
"""Stands for every value of a batch that is not unpacked: it is answered as an event that is too large."""


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

    def batch(self) -> Batch:
        """The one at hand, until `go_on`. Raises CorruptRecordException for what is none."""
        return Batch(self._octets[self._position : self._end()])

    def go_on(self) -> None:
        self._position = self._end()

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
        in place of each stands one that is too large to be an event. In place of those of a batch that cannot be read
        stands `UNREAD`.

        Raises CorruptRecordException when it cannot be read because it was damaged after it was sent.
        """
        kind = self._decoder.compression_type if getattr(self._decoder, "magic", 0) == _FORMAT else 0
        try:
            if not kind:
                return _columns(self._octets)
            body = unpacked(kind, self._octets[_RECORDS_AT:])
            return self._each(_OVERSIZED) if body is None else _columns(self._plain(body))
        except _BROKEN:
            self.check()
            return self._each(UNREAD)

    def _each(self, value: bytes) -> Records:
        """As many records as the batch says that it has, `value` in all of them."""
        offsets = np.arange(self._decoder.base_offset, self.next_offset)
        return Records(offsets, np.full(len(offsets), self._decoder.max_timestamp), [value] * len(offsets))

    def _plain(self, body: bytes) -> bytes:
        """The batch as if it had been written without compression, but for its checksum."""
        head = bytearray(self._octets[:_RECORDS_AT])
        struct.pack_into(">i", head, _LENGTH_AT, len(head) + len(body) - _OVERHEAD)
        head[_ATTRIBUTES_AT + 1] &= ~_CODEC_BITS
        return bytes(head) + body


def _columns(octets: bytes) -> Records:
    """The records of a batch without compression, or of an old format."""
    kept = [(record.offset, record.timestamp, record.value) for record in MemoryRecords(octets).next_batch()]
    offsets, timestamps, values = zip(*kept, strict=True) if kept else ((), (), ())
    return Records(np.array(offsets, dtype=np.int64), np.array(timestamps, dtype=np.int64), list(values), len(octets))


def unpacked(kind: int, packed: bytes, limit: int = LARGEST_BATCH) -> bytes | None:
    """What a batch's records are unpacked to, or None when that is more than `limit` bytes. What stands behind a stream
    and is no other is ignored, as Java's client does.

    Raises one of `_BROKEN` when the first stream cannot be read, or is cut.
    """
    if kind == _SNAPPY:  # which makes at most some twenty bytes of one
        plain = bytes(codec.snappy_decode(packed))
        return plain if len(plain) <= limit else None
    part, packed = _stream(kind, packed, limit + 1)
    parts = [part]
    room = limit - len(part)
    with suppress(*_BROKEN):
        while packed and room >= 0 and len(parts) < _STREAMS[kind]:
            part, packed = _stream(kind, packed, room + 1)
            parts.append(part)
            room -= len(part)
    return b"".join(parts) if room >= 0 else None


def _stream(kind: int, packed: bytes, limit: int) -> tuple[bytes, bytes]:
    """The first `limit` bytes of what one stream is unpacked to, and what is behind it."""
    unpacker = _UNPACKERS[kind]()
    part = unpacker.decompress(packed, limit)
    if not unpacker.eof and len(part) < limit:
        raise CorruptRecordException("the records of a batch are cut")
    return part, unpacker.unused_data or b""
