"""Lines of a binary stream in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

_CHUNK: Final = 1 << 20


class TooLong:
    """Stands for a line above the limit; its bytes were read past and dropped."""


TOO_LONG: Final = TooLong()


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | TooLong]]:
    """Number (from 1) and content of every line, without its end and without a byte order mark.

    Never holds more than `limit` bytes of a line. OSError of the stream passes through.
    """
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(stream)
            yield number, TOO_LONG
            continue
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        yield number, line.rstrip(b"\r\n")


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(_CHUNK)) and not piece.endswith(b"\n"):
        pass
