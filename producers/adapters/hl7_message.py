"""Reads fields of one HL7 v2 message by position, splitting only what is asked for.

The `hl7` library builds every component of every segment first, which takes some hundred times as long as the dozen
fields of an ADT message need, and it writes values it cannot unescape into the log. A test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.answers import problem
from schemas.errors import Invalid

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"X([0-9A-Fa-f]{2})+", re.ASCII)
_NULL: Final = '""'
"""HL7's explicit null: the receiver is to delete what it has. To a register that is: not known."""

CHARSETS: Final = {
    "ASCII": "ascii",
    "8859/1": "iso-8859-1",
    "8859/15": "iso-8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UNICODE": "utf-8",
}
"""MSH-18 (table 0211) to Python. What is not here is read as if nothing were declared."""


@dataclass(frozen=True, slots=True)
class Separators:
    field: str
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


class Segment:
    """One segment. Field, component and subcomponent numbers are the standard's, from 1."""

    __slots__ = ("_fields", "_separators", "name")

    def __init__(self, line: str, separators: Separators) -> None:
        self._separators = separators
        self._fields = line.split(separators.field)
        self.name = self._fields[0]
        if self.name == "MSH":
            self._fields.insert(1, separators.field)

    def value(self, number: int, component: int = 1, subcomponent: int = 1, *, repetition: int = 1) -> str | None:
        """The text there, unescaped and without blanks around it; None when it is absent, empty or HL7's null."""
        repetitions = self.repetitions(number)
        if repetition > len(repetitions):
            return None
        return self.part(repetitions[repetition - 1], component, subcomponent)

    def repetitions(self, number: int) -> list[str]:
        """The field's repetitions as they stand, for `part`."""
        raw = self._fields[number] if number < len(self._fields) else ""
        return raw.split(self._separators.repetition) if raw else []

    def part(self, repetition: str, component: int = 1, subcomponent: int = 1) -> str | None:
        components = repetition.split(self._separators.component)
        if component > len(components):
            return None
        parts = components[component - 1].split(self._separators.subcomponent)
        if subcomponent > len(parts):
            return None
        text = self._unescape(parts[subcomponent - 1]).strip()
        return None if text in ("", _NULL) else text

    def _unescape(self, text: str) -> str:
        mark = self._separators.escape
        if not mark or mark not in text:
            return text
        known = {
            "F": self._separators.field,
            "S": self._separators.component,
            "R": self._separators.repetition,
            "T": self._separators.subcomponent,
            "E": mark,
        }
        head, *rest = text.split(mark)
        pieces = [head]
        for position, piece in enumerate(rest):
            if position % 2 == 1:  # after the second mark: text again
                pieces.append(piece)
            elif position < len(rest) - 1:  # between two marks: a sequence; those for formatting are dropped
                pieces.append(known.get(piece) or _hexadecimal(piece))
            else:  # no second mark: not a sequence
                pieces.append(mark + piece)
        return "".join(pieces)


def _hexadecimal(sequence: str) -> str:
    """The characters that `Xhh…` stands for; nothing for any other sequence, and for line breaks and their like."""
    if not _HEXADECIMAL.fullmatch(sequence):
        return ""
    data = bytes.fromhex(sequence[1:])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("iso-8859-1")
    return "".join(character for character in text if character.isprintable())


class Message:
    """A message's segments in order. Raises Invalid when the header does not name its separators."""

    __slots__ = ("segments",)

    def __init__(self, text: str, wanted: frozenset[str]) -> None:
        """`text`: segments joined by CR, MSH first. Segments not in `wanted` are not looked at."""
        separators = _separators(text)
        lines: list[str] = []
        for line in text.split("\r"):
            if _NAME.fullmatch(line[:3]) and (len(line) == 3 or line[3] == separators.field):
                lines.append(line)
            elif lines:
                # a line break inside a field (free text): the segment goes on
                lines[-1] = f"{lines[-1]} {line}"
        self.segments: Sequence[Segment] = [Segment(line, separators) for line in lines if line[:3] in wanted]

    def first(self, name: str) -> Segment | None:
        return next((segment for segment in self.segments if segment.name == name), None)

    def all(self, name: str) -> list[Segment]:
        return [segment for segment in self.segments if segment.name == name]


def decode(segments: Sequence[bytes]) -> str:
    """The message as text, segments joined by CR: in the character set of MSH-18, else UTF-8, else ISO-8859-1."""
    raw = b"\r".join(segments)
    declared = CHARSETS.get(_declared_charset(segments[0]), "utf-8")
    for charset in (declared, "utf-8"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("iso-8859-1")


def _declared_charset(header: bytes) -> str:
    fields = header.split(header[3:4]) if len(header) > 3 else []
    return fields[17].split(b"~")[0].decode("ascii", "replace").strip().upper() if len(fields) > 17 else ""


def _separators(text: str) -> Separators:
    mark = text[3:4]
    if not mark or mark.isalnum() or mark.isspace():
        raise Invalid([problem("HL7-02", "MSH-1")])
    given = text[4:].split(mark, 1)[0].split("\r", 1)[0]
    if len(given) < 3 or len({mark, *given}) != len(given) + 1:
        raise Invalid([problem("HL7-02", "MSH-2")])
    component, repetition, escape, subcomponent = given[0], given[1], given[2], given[3:4] or "&"
    return Separators(mark, component, repetition, escape, subcomponent)
