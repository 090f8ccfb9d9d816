"""Avro's variable-length numbers (zigzag, seven bits a byte), one at a time and by the column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_SEVEN = np.uint64(7)


def encode_long(value: int) -> bytes:
    """One number as Avro writes it."""
    zigzag = (value << 1) ^ (value >> 63)
    out = bytearray()
    while zigzag > 0x7F:
        out.append((zigzag & 0x7F) | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


def encode_text(text: str) -> bytes:
    """One string as Avro writes it: its length in bytes, then UTF-8."""
    octets = text.encode()
    return encode_long(len(octets)) + octets


def long_sizes(values: Ints) -> Ints:
    """Bytes that each number takes."""
    rest = _zigzag(values)
    if not len(rest):
        return np.empty(0, dtype=np.int64)
    least, most = np.searchsorted(_LIMITS, [rest.min(), rest.max()], side="right").tolist()
    if least == most:  # a column of times: all as long as the first
        return np.full(len(rest), least + 1, dtype=np.int64)
    return np.searchsorted(_LIMITS, rest, side="right").astype(np.int64) + 1


_LIMITS = np.uint64(1) << np.arange(7, 64, 7, dtype=np.uint64)
"""The least numbers (zigzag) that take two bytes, three, and so on."""


def encode_rows(columns: list[Ints]) -> tuple[bytes, Ints]:
    """Rows of numbers, encoded one after the other: all bytes, and where each row ends."""
    sizes = [long_sizes(column) for column in columns]
    ends = np.cumsum(sum(sizes[1:], sizes[0]))
    octets = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    place = ends - sum(sizes[1:], sizes[0])
    for column, size in zip(columns, sizes, strict=True):
        rest = _zigzag(column)
        for n in range(int(size.max(initial=0))):
            here = size > n
            more = size > n + 1
            octets[place[here] + n] = (
                (rest[here] & np.uint64(0x7F)) | (more[here].astype(np.uint64) << _SEVEN)
            ).astype(np.uint8)
            rest >>= _SEVEN
        place = place + size
    return octets.tobytes(), ends


def _zigzag(values: Ints) -> npt.NDArray[np.uint64]:
    return ((values << 1) ^ (values >> 63)).view(np.uint64)
