"""Lines of a binary stream in bounded memory, whatever ends them: LF, CRLF, or CR alone as some spreadsheets write."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

_CHUNK: Final = 1 << 20
_ENDS: Final = re.compile(rb"[\r\n]")


class TooLong:
    """Stands for a line above the limit; its bytes were read past and dropped."""


TOO_LONG: Final = TooLong()


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | TooLong]]:
    """Number (from 1) and content of every line, without its end and without a byte order mark.

    Where the first line ends with a CR alone, a CR ends every line. Never holds much more than `limit` bytes of a
    line. OSError of the stream passes through.
    """
    first = stream.readline(limit + 1)
    of_stream = _by_carriage_return if b"\r" in first.rstrip(b"\r\n") else _by_line_feed
    for number, line in enumerate(of_stream(first, stream, limit), start=1):
        if isinstance(line, TooLong):
            yield number, line
            continue
        yield number, (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).rstrip(b"\r\n")


def _by_line_feed(line: bytes, stream: BinaryIO, limit: int) -> Iterator[bytes | TooLong]:
    while line:
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(stream)
            yield TOO_LONG
        else:
            yield line
        line = stream.readline(limit + 1)


def _by_carriage_return(first: bytes, stream: BinaryIO, limit: int) -> Iterator[bytes | TooLong]:
    """LF ends a line too, so that CRLF among such lines gives an empty one, which no format minds."""
    waiting, too_long = first, False
    while True:
        *whole, waiting = _ENDS.split(waiting)
        for line in whole:
            yield TOO_LONG if too_long or len(line) > limit else line
            too_long = False
        if len(waiting) > limit:
            waiting, too_long = b"", True
        piece = stream.read(_CHUNK)
        if not piece:
            break
        waiting += piece
    if too_long or waiting:
        yield TOO_LONG if too_long else waiting


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(_CHUNK)) and not piece.endswith(b"\n"):
        pass
