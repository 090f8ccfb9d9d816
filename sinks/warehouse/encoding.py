"""Compression of bodies, in both directions, as HTTP's Content-Encoding names it."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import lz4.frame

from sinks.warehouse.refusal import Code, QueryError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Encoder(Protocol):
    """Takes a body piece by piece; `flush` ends it."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Lz4:
    """An LZ4 frame; the library wants its beginning asked for."""

    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._frame.begin()

    def compress(self, data: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._frame.flush())


class _Plain:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


# The fastest level of each: readers are mostly near, and the sink shares the cores.
_ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {
    "lz4": _Lz4,
    "zstd": lambda: zstd.ZstdCompressor(level=1),
    "gzip": lambda: zlib.compressobj(level=1, wbits=31),
    "deflate": lambda: zlib.compressobj(level=1),
}


def negotiate(accept_encoding: str) -> str | None:
    """The best encoding that the client takes, None for none."""
    accepted = set()
    for entry in accept_encoding.split(","):
        name, _, weight = entry.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0"):
            accepted.add(name.strip().lower())
    return next((name for name in _ENCODERS if name in accepted), None)


def encoder(name: str | None) -> Encoder:
    return _ENCODERS[name]() if name else _Plain()


def decode(name: str, data: bytes, *, most: int) -> bytes:
    """A request's body in the clear, at most `most` bytes of it. Raises QueryError 271, 229 or 779.

    `identity` and what aiohttp decodes itself (gzip, deflate, zstd) pass as they are.
    """
    if name in ("", "identity", "gzip", "deflate", "zstd"):
        return data
    if name != "lz4":
        raise QueryError(Code.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding may be gzip, deflate, zstd or lz4.")
    try:
        decompressor = lz4.frame.LZ4FrameDecompressor()
        clear = bytes(decompressor.decompress(data, max_length=most + 1))
    except RuntimeError:
        raise QueryError(Code.CANNOT_DECOMPRESS, "The body is not an LZ4 frame.") from None
    if len(clear) > most:
        raise QueryError(Code.QUERY_IS_TOO_LARGE, f"A statement with its parameters may have {most} bytes.")
    if not decompressor.eof:
        raise QueryError(Code.CANNOT_DECOMPRESS, "The LZ4 frame is cut off.")
    return clear
