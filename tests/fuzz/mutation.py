"""Damage to bytes: what a bad line, a careless program or an attacker makes of a sound input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hypothesis import strategies as st

IDENTIFIER: Final = b"15870550070"
"""A synthetic national number (month + 80). It is planted everywhere and may come back nowhere."""

NASTY: Final = (
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\x1c\r",
        b"\x0b",
    ),
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"|",
        b"^",
        b"~",
        b"&",
        b"\\",
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
    ),
    *(b"null", b"NaN", b"1e999", b"-1", b"99999999999999999999", b"1,5", b"NA", b"0x10", b"true", b"19890101", b"2029"),
    *(b"=cmd|' /C calc'!A0", b"<!ENTITY a SYSTEM 'file:///etc/passwd'>", b"'; DROP TABLE outcomes; --", b"${jndi:x}"),
    *(b"[" * 200, b'{"a":' * 200, b"A" * 2000, b"{}" * 50, "æøå€\u202e\U0001f600".encode(), "Å".encode("latin-1")),
    *(IDENTIFIER, b"158705 50070", b"1:" + IDENTIFIER, b'"' + IDENTIFIER + b'"', b"%s%n{0}", b"../../etc/passwd"),
)


class Change(NamedTuple):
    """One piece of damage. `at` and `length` count from the beginning, modulo what there is."""

    kind: str
    at: int
    length: int
    piece: bytes


_SPAN: Final = 1 << 20
CHANGES: Final = st.lists(
    st.builds(
        Change,
        st.sampled_from(("insert", "insert", "replace", "replace", "drop", "repeat", "flip", "cut", "splice")),
        st.integers(0, _SPAN),
        st.integers(0, 200),
        st.one_of(st.sampled_from(NASTY), st.sampled_from(NASTY), st.binary(max_size=8)),
    ),
    max_size=5,
)


def damaged(seed: bytes, changes: Sequence[Change]) -> bytes:
    """The seed after the changes. Without changes it is the seed."""
    data = bytearray(seed)
    for kind, where, length, piece in changes:
        at = where % (len(data) + 1)
        match kind:
            case "insert":
                data[at:at] = piece
            case "replace":
                data[at : at + len(piece)] = piece
            case "drop":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length]
            case "flip" if at < len(data):
                data[at] ^= 1 << length % 8
            case "cut":
                del data[at:]
            case "splice":
                data[at:] = data[length:]
    return bytes(data)


def texts(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly damaged seeds, now and then any bytes."""
    made = st.builds(damaged, st.sampled_from(seeds), CHANGES)
    return st.one_of(made, made, made, made, made, st.binary(max_size=300))
