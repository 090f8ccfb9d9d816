"""Looks for patients' identifiers in bytes, in every form in which software that means no harm might write them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

_RUN: Final = re.compile(rb"(?<![0-9])[0-9]{11}(?![0-9])")
_ANYWHERE: Final = re.compile(rb"(?=([0-9]{11}))")
"""Eleven digits in a row, wherever they begin, within longer ones too."""
_APART: Final = re.compile(rb"(?<![0-9])[0-9]{6}[ .\-_/,:]{1,3}[0-9]{5}(?![0-9])")
_SPACED: Final = re.compile(rb"(?<![0-9])(?:[0-9][ .\-]){10}[0-9](?![0-9])")
_WIDE: Final = re.compile(rb"(?:[0-9]\x00){11}|(?:\x00[0-9]){11}")
_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2}[ :]?){11,}")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPED: Final = re.compile(rb"(?:(?:%|\\x|\\u00)3[0-9]){11}")
_DIGITS: Final = re.compile(rb"[^0-9]")
_INTEGER: Final = 8
_LATIN: Final = bytes.maketrans(b"-_", b"+/")


class Search:
    """`identifiers`: national numbers (eleven digits) and any other ids. An answer never holds one of them."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        known = set(identifiers)
        self._numbers = {one.encode() for one in known if re.fullmatch(r"[0-9]{11}", one)}
        self._others = [one.encode() for one in known if one.encode() not in self._numbers]
        self._digests = {digest for number in self._numbers for digest in _digests(number)}
        values = np.array([int(number) for number in self._numbers], dtype=np.uint64)
        self._integers = np.concatenate([values, values.byteswap()])

    def forms(self, data: bytes) -> list[str]:
        """Names of the forms in which an identifier stands in the data; empty when there is none."""
        found = []
        if any(run in self._numbers for run in _RUN.findall(data)) or any(other in data for other in self._others):
            found.append("text")
        for name, pattern in {"text, apart": _APART, "text, spaced": _SPACED, "UTF-16": _WIDE}.items():
            if any(_DIGITS.sub(b"", run) in self._numbers for run in pattern.findall(data)):
                found.append(name)
        if any(_decoded(run) in self._numbers for run in _ESCAPED.findall(data)):
            found.append("escaped")
        if any(self._in_hex(run) for run in _HEX.findall(data)):
            found.append("hexadecimal")
        if any(self._in_base64(run) for run in set(_BASE64.findall(data))):
            found.append("base64")
        if any(digest in data for digest in self._digests_in(data)):
            found.append("digest without a key")
        if _holds(data, self._integers):
            found.append("integer, 8 bytes")
        return found

    def _any(self, data: bytes) -> bool:
        return any(run in self._numbers for run in _ANYWHERE.findall(data))

    def _in_hex(self, run: bytes) -> bool:
        """At either half of a byte."""
        digits = re.sub(rb"[ :]", b"", run)
        return any(self._any(binascii.unhexlify(digits[at : at + (len(digits) - at) // 2 * 2])) for at in (0, 1))

    def _in_base64(self, run: bytes) -> bool:
        """At each of the four places where a group of four may begin."""
        text = run.rstrip(b"=").translate(_LATIN)
        pieces = (text[at : at + (len(text) - at) // 4 * 4 + ((len(text) - at) % 4 > 1) * 4] for at in range(4))
        return any(self._any(base64.b64decode(piece + b"=" * (-len(piece) % 4))) for piece in pieces if piece)

    def _digests_in(self, data: bytes) -> set[bytes]:
        return {run.lower() for run in re.findall(rb"\b[0-9a-fA-F]{32,128}\b", data)} & self._digests


def texts_of_sqlite(path: Path) -> Iterator[bytes]:
    """Every value of every table, as bytes."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row)


def _digests(number: bytes) -> Iterator[bytes]:
    for text in (number, b"1:" + number):
        for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
            yield kind(text).hexdigest().encode()


def _decoded(run: bytes) -> bytes:
    return re.sub(rb"(?:%|\\x|\\u00)3", b"", run)


def _holds(data: bytes, values: np.ndarray) -> bool:
    """Whether one of the values stands at any place of the data, as eight bytes."""
    if len(data) < _INTEGER:
        return False
    octets = np.frombuffer(data, dtype=np.uint8)
    none = octets == 0
    # A number of eleven digits leaves the three highest of eight bytes empty, whichever end they stand at.
    empty = none[:-2] & none[1:-1] & none[2:]
    places = np.flatnonzero(empty[: len(data) - _INTEGER + 1] | empty[_INTEGER - 3 :])
    if not len(places):
        return False
    windows = np.lib.stride_tricks.sliding_window_view(octets, _INTEGER)[places]
    return bool(np.isin(np.ascontiguousarray(windows).view(np.uint64).ravel(), values).any())
