"""Cuts a byte stream of HL7 v2 into messages: files, batch files (FHS/BHS … BTS/FTS) and MLLP blocks.

Segments end with CR, LF or CRLF, as senders do it. Only one message is held at a time, and never more of it than the
limit. What is outside a message, too long or cut is told as such, and the next message is read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO, Final

_CHUNK: Final = 1 << 18
_LINE_END: Final = re.compile(rb"[\r\n]+")
_BLOCK_START: Final = b"\x0b"
_BLOCK_END: Final = b"\x1c"
_BEGINS: Final = re.compile(rb"(?<=[^\x0b])(?=\x0b+MSH|MSH(?P<sign>[^\w\s])(?:(?!(?P=sign))[^\w\s]){3,5}(?P=sign))")
"""Where a message begins behind what is left of another: with separators of its own. No field holds that."""
_HEADERS: Final = (b"FHS", b"BHS")
_TRAILERS: Final = (b"FTS", b"BTS")


@dataclass(slots=True)
class Frame:
    """One message's segments, or what stands in place of one. `fault`: an answer code, None for a whole message."""

    segments: list[bytes] = field(default_factory=list)
    fault: str | None = None
    size: int = 0


@dataclass(slots=True)
class _State:
    limit: int
    open: Frame | None = None
    framed: bool = False
    """Inside an MLLP block, whose end has to arrive."""
    trailers_due: int = 0

    def close(self, *, cut: bool) -> Iterator[Frame]:
        frame, self.open = self.open, None
        framed, self.framed = self.framed, False
        if frame is None:
            return
        if cut and framed and frame.fault is None:
            frame.fault = "HL7-04"
        if frame.fault:
            frame.segments.clear()
        yield frame

    def break_off(self, *, framed: bool) -> Iterator[Frame]:
        """The next message begins in the middle of a line: the one before it was cut."""
        if self.open is not None:
            self.open.fault = self.open.fault or "HL7-04"
        yield from self.close(cut=True)
        self.framed = framed

    def add(self, line: bytes) -> Iterator[Frame]:
        if line.startswith(b"MSH"):
            framed = self.framed and self.open is None
            yield from self.close(cut=True)
            self.open, self.framed = Frame(), framed
        elif line.startswith(_HEADERS):
            yield from self.close(cut=True)
            self.trailers_due += 1
            return
        elif line.startswith(_TRAILERS):
            yield from self.close(cut=True)
            self.trailers_due = max(0, self.trailers_due - 1)
            return
        elif self.open is None:
            self.open = Frame(fault="HL7-01")
            return
        frame = self.open
        assert frame is not None
        frame.size += len(line) + 1
        if frame.size > self.limit:
            frame.fault = "SRC-03"
        if frame.fault:
            frame.segments.clear()
        else:
            frame.segments.append(line)


def frames(stream: BinaryIO, limit: int) -> Iterator[Frame]:
    """Every message of the stream in order, at most `limit` bytes each. OSError of the stream passes through."""
    state = _State(limit)
    for line, ended in _lines(stream, limit):
        rest = line
        while rest:
            if rest.startswith(_BLOCK_START):
                yield from state.close(cut=True)
                state.framed = True
            content, end, rest = rest.lstrip(_BLOCK_START).partition(_BLOCK_END)
            cut_short, *anew = _parted(content.removeprefix(codecs.BOM_UTF8).strip(b" \t"))
            if cut_short:
                yield from state.add(cut_short)
            for beginning in anew:
                yield from state.break_off(framed=beginning.startswith(_BLOCK_START))
                yield from state.add(beginning.lstrip(_BLOCK_START))
            if end:
                yield from state.close(cut=False)
        if not ended and state.open is not None:
            state.open.fault = "SRC-03"
    yield from state.close(cut=True)
    if state.trailers_due:
        yield Frame(fault="HL7-05")


def _parted(line: bytes) -> list[bytes]:
    """A line, cut where further messages begin in it."""
    starts = [0, *(found.start() for found in _BEGINS.finditer(line))]
    return [line[start:end] for start, end in pairwise([*starts, len(line)])]


def _lines(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Lines without their ends; of one above the limit the first part, with False, and the rest is dropped."""
    read = getattr(stream, "read1", stream.read)  # what a pipe has now, without waiting for a full chunk
    pieces: list[bytes] = []
    size = 0
    dropping = False
    while chunk := read(_CHUNK):
        head, *lines = _LINE_END.split(chunk)
        if not dropping:
            pieces.append(head)
            size += len(head)
        if size > limit:
            yield b"".join(pieces)[:limit], False
            pieces, size, dropping = [], 0, True
        if not lines:
            continue
        if not dropping and size:
            yield b"".join(pieces), True
        *whole, last = lines
        for line in whole:
            yield (line, True) if len(line) <= limit else (line[:limit], False)
        pieces, size, dropping = [last], len(last), False
    if size:
        yield b"".join(pieces)[:limit], size <= limit
