"""Looks for patients' identifiers in bytes, in every form in which software that means no harm might write them."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

_APART: Final = re.compile(rb"(?<![0-9])[0-9]{6}[ .\-_/,:]{1,3}[0-9]{5}(?![0-9])")
_SPACED: Final = re.compile(rb"(?<![0-9])(?:[0-9][ .\-]){10}[0-9](?![0-9])")
_HEX: Final = re.compile(rb"(?=(3[0-9](?:[ :]?3[0-9]){10}))")
"""Wherever it begins, at half a byte too."""
_ESCAPED: Final = re.compile(rb"(?:(?:%|\\x|\\u00)3[0-9]){11}")
_DIGITS: Final = frozenset(f"{digit}".encode() for digit in range(10))


class Search:
    """`identifiers`: national numbers (eleven digits) and any other ids. An answer never holds one of them.

    What is written in one way only is looked for in one pass over the data (Aho and Corasick 1975), whatever the number
    of identifiers; what may have anything between its digits, by pattern.
    """

    def __init__(self, identifiers: Iterable[str]) -> None:
        known = set(identifiers)
        self._numbers = {one.encode() for one in known if re.fullmatch(r"[0-9]{11}", one)}
        forms = {one.encode(): "text" for one in known}
        forms |= {written: name for number in self._numbers for name, written in _written(number)}
        self._forms = list(forms)
        self._names = list(forms.values())
        self._automaton = BytesAhoCorasick(self._forms)
        self._digests = BytesAhoCorasick([digest for number in self._numbers for digest in _digests(number)])

    def forms(self, data: bytes) -> list[str]:
        """Names of the forms in which an identifier stands in the data; empty when there is none."""
        found = {
            self._names[form]
            for form, start, end in self._automaton.find_matches_as_indexes(data, overlapping=True)
            if not (self._forms[form] in self._numbers and _within_digits(data, start, end))
        }
        patterns = {"text, apart": _APART, "text, spaced": _SPACED}
        found |= {
            name
            for name, pattern in patterns.items()
            if any(re.sub(rb"[^0-9]", b"", run) in self._numbers for run in pattern.findall(data))
        }
        if any(re.sub(rb"[ :]", b"", run)[1::2] in self._numbers for run in _HEX.findall(data)):
            found.add("hexadecimal")
        if any(re.sub(rb"(?:%|\\x|\\u00)3", b"", run) in self._numbers for run in _ESCAPED.findall(data)):
            found.add("escaped")
        if self._digests.find_matches_as_indexes(data.lower()):
            found.add("digest without a key")
        return sorted(found)


def _within_digits(data: bytes, start: int, end: int) -> bool:
    """A longer number happens to hold the digits of another."""
    return data[max(start - 1, 0) : start] in _DIGITS or data[end : end + 1] in _DIGITS


def _written(number: bytes) -> Iterator[tuple[str, bytes]]:
    """Name of the form, and the number in it."""
    for order in ("le", "be"):
        yield "UTF-16", number.decode().encode(f"utf-16-{order}")
    for before in range(3):
        # Only the characters that come of the number alone; digits give none in which the two alphabets differ.
        text = base64.b64encode(b"\0" * before + number)
        yield "base64", text[(before * 8 + 5) // 6 : (before + len(number)) * 8 // 6]
    yield "integer, 8 bytes", int(number).to_bytes(8, "little")
    yield "integer, 8 bytes", int(number).to_bytes(8, "big")


def _digests(number: bytes) -> Iterator[bytes]:
    for text in (number, b"1:" + number):
        for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
            yield kind(text).hexdigest().encode()


def texts_of_sqlite(path: Path) -> Iterator[bytes]:
    """Every value of every table, as bytes."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
