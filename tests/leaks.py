"""Looks for patients' identifiers in bytes, in every form in which software that means no harm might write them."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

_SEPARATORS: Final = (" ", ".", "-", "_", "/", ",", ":")
_DIGITS: Final = frozenset(f"{digit}".encode() for digit in range(10))


class Search:
    """`identifiers`: national numbers (eleven digits) and any other ids. An answer never holds one of them.

    All forms of all of them are looked for in one pass (Aho and Corasick 1975), whatever their number.
    """

    def __init__(self, identifiers: Iterable[str]) -> None:
        forms: dict[bytes, str] = {}
        for one in set(identifiers):
            forms[one.encode()] = "text"
            if re.fullmatch(r"[0-9]{11}", one):
                forms |= {written: name for name, written in _written(one)}
        self._names = list(forms.values())
        self._automaton = BytesAhoCorasick(list(forms))

    def forms(self, data: bytes) -> list[str]:
        """Names of the forms in which an identifier stands in the data; empty when there is none."""
        found = {
            self._names[form]
            for form, start, end in self._automaton.find_matches_as_indexes(data, overlapping=True)
            if not (self._names[form].startswith("text") and _within_digits(data, start, end))
        }
        return sorted(found)


def _within_digits(data: bytes, start: int, end: int) -> bool:
    """A longer number happens to hold the digits of another."""
    return data[max(start - 1, 0) : start] in _DIGITS or data[end : end + 1] in _DIGITS


def _written(number: str) -> Iterator[tuple[str, bytes]]:
    """Name of the form, and the number in it."""
    for separator in (*_SEPARATORS, *map("".join, product(_SEPARATORS, repeat=2))):
        yield "text, apart", f"{number[:6]}{separator}{number[6:]}".encode()
    for separator in (" ", ".", "-"):
        yield "text, spaced", separator.join(number).encode()
    for order in ("le", "be"):
        yield "UTF-16", number.encode(f"utf-16-{order}")
    for escape in ("%3", r"\x3", r"\u003"):
        yield "escaped", "".join(escape + digit for digit in number).encode()
    for between in (" ", ":"):
        yield "hexadecimal", number.encode().hex(between).encode()
    yield "hexadecimal", number.encode().hex().encode()
    for before in range(3):
        # Only the characters that come of the number alone; digits give none in which the two alphabets differ.
        text = base64.b64encode(b"\0" * before + number.encode())
        yield "base64", text[(before * 8 + 5) // 6 : (before + len(number)) * 8 // 6]
    for text in (number, f"1:{number}"):
        for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
            yield "digest without a key", kind(text.encode()).hexdigest().encode()
            yield "digest without a key", kind(text.encode()).hexdigest().upper().encode()
    yield "integer, 8 bytes", int(number).to_bytes(8, "little")
    yield "integer, 8 bytes", int(number).to_bytes(8, "big")


def texts_of_sqlite(path: Path) -> Iterator[bytes]:
    """Every value of every table, as bytes."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
