"""Files, folders and standard input as one lazy sequence of items.

Each source is read once, from its beginning to its end, in bounded memory; a source that cannot be read is one answer,
and the next one is read.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final, cast

from producers.adapters import avro, csv, fhir, hl7v2, ndjson
from producers.adapters.detect import LOOK_AT, Detected, Format, detect, why_unknown
from producers.answers import problem
from producers.mappings.types import CsvMapping
from producers.types import Adapter, Bad, Context, Item, SendingSystem
from schemas.errors import Fatal

ADAPTERS: Final[Mapping[Format, Adapter]] = MappingProxyType(
    {"hl7v2": hl7v2.read, "fhir": fhir.read, "csv": csv.read, "ndjson": ndjson.read, "avro": avro.read}
)
STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the sources; the fields are those of `producers.types.Context`. `format` None: by content."""

    format: Format | None = None
    reporter: str | None = None
    facilities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    as_of: datetime | None = None
    mapping: CsvMapping | None = None
    system: SendingSystem = field(default_factory=SendingSystem)
    max_item_bytes: int = 50 * 1024 * 1024

    def context(self, source: str, now: datetime) -> Context:
        return Context(
            source=source,
            now=now,
            reporter=self.reporter,
            facilities=self.facilities,
            as_of=self.as_of,
            mapping=self.mapping,
            system=self.system,
            max_item_bytes=self.max_item_bytes,
        )


def items(paths: Sequence[str | Path], options: Options, clock: Callable[[], datetime]) -> Iterator[tuple[str, Item]]:
    """Source and item, in the order of `paths`; of a folder every file below it that is not hidden, by name.

    Raises Fatal at once for a path that does not exist; nothing has been read then.
    """
    for path in paths:
        if str(path) != STDIN and not Path(path).exists():
            raise Fatal(f"there is no file or folder {path}")
    return _items(paths, options, clock)


def _items(paths: Sequence[str | Path], options: Options, clock: Callable[[], datetime]) -> Iterator[tuple[str, Item]]:
    for path in paths:
        found = [path] if str(path) == STDIN or not Path(path).is_dir() else _files(Path(path))
        if not found:
            yield str(path), Bad(1, [problem("SRC-07", "")])
        for file in found:
            name = str(file)
            try:
                if name == STDIN:
                    yield from _read(name, sys.stdin.buffer, options, clock)
                else:
                    with Path(file).open("rb") as stream:
                        yield from _read(name, stream, options, clock)
            except OSError:
                yield name, Bad(1, [problem("SRC-04", "")])


def read(source: str, stream: BinaryIO, options: Options, now: datetime) -> Iterator[Item]:
    """The items of one open stream. At least one: an input without any is answered as empty."""
    head = _Replayed(stream)
    chosen = _detected(head, options)
    context = options.context(source, now)
    if chosen.format is None:
        yield Bad(1, [problem("SRC-01" if head.empty else why_unknown(head.seen), "")])
        return
    if chosen.mapping is not None:
        context = replace(context, mapping=chosen.mapping)
    found = False
    buffered = cast(BinaryIO, io.BufferedReader(head, LOOK_AT))
    for item in ADAPTERS[chosen.format](buffered, context):
        found = True
        yield item
    if not found:
        yield Bad(1, [problem("SRC-01", "")])


def _read(source: str, stream: BinaryIO, options: Options, clock: Callable[[], datetime]) -> Iterator[tuple[str, Item]]:
    for item in read(source, stream, options, clock()):
        yield source, item


def _files(folder: Path) -> list[Path]:
    """Files below a folder that are not hidden, by name. A folder that cannot be listed, and a link to nothing, are
    among them: opening them fails, so that they are answered and not passed over."""
    files: list[Path] = []
    closed: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(place, name) for name in names if not name.startswith(".")]
        files += [path for path in paths if path.is_file() or not path.exists()]
    return sorted(files + closed)


def _detected(head: _Replayed, options: Options) -> Detected:
    if options.format is not None:
        return Detected(options.format, options.mapping)
    while (found := detect(head.seen, complete=head.ended, mapping=options.mapping)) is None:
        head.see_more()
    return found if head.seen.strip() else Detected(None)


class _Replayed(io.RawIOBase):
    """A stream whose first bytes can be looked at before it is read. Takes what a pipe has, never waits for more."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self.seen = b""
        self.ended = False

    @property
    def empty(self) -> bool:
        return self.ended and not self.seen.strip()

    def see_more(self) -> None:
        """Reads on. Sets `ended` at the end of the stream."""
        piece = self._read(LOOK_AT)
        self.seen += piece
        self.ended = not piece

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed wants its own alias
        if self.seen:
            piece, self.seen = self.seen[: len(buffer)], self.seen[len(buffer) :]
        else:
            piece = self._read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
