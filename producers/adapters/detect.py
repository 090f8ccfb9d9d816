"""Tells a format from the first bytes of an input, whatever its name.

HL7 v2, Avro and JSON are unmistakable. What is none of them is CSV when a mapping is given, or when its header has all
columns of a shipped mapping.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import orjson

from producers.adapters.csv import header_matches
from producers.mappings.loader import load_mapping, shipped
from producers.mappings.types import CsvMapping

Format = Literal["hl7v2", "fhir", "csv", "ndjson", "avro"]

LOOK_AT: Final = 1 << 16
"""Bytes looked at, at most."""

_HL7: Final = re.compile(rb"(MSH|FHS|BHS)[^A-Za-z0-9\s]")
_FHIR: Final = re.compile(rb'"resourceType"\s*:')
_OWN: Final = re.compile(rb'"family"\s*:')
_AVRO: Final = b"Obj\x01"
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_COMPRESSED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x04\x22\x4d\x18")
"""First bytes of gzip, zstd, zip, bzip2, xz and lz4 files."""


@dataclass(frozen=True, slots=True)
class Detected:
    """`format` is None for what cannot be told; `mapping` goes with csv: the caller's, or the shipped one that fits."""

    format: Format | None
    mapping: CsvMapping | None = None


def detect(head: bytes, *, complete: bool, mapping: CsvMapping | None) -> Detected | None:
    """The format of an input that begins with `head`. None: more bytes are needed (never when `complete`)."""
    enough = complete or len(head) >= LOOK_AT
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x0b")
    line, *ended = _LINE_END.split(start, maxsplit=1)
    if not enough and (len(start) < len(_AVRO) or not ended):
        return None if not start.startswith(_AVRO) and not _HL7.match(start) else _unmistakable(start)
    found = _unmistakable(start)
    if found:
        return found
    if start[:1] in (b"{", b"["):
        return _json(start, line, enough)
    if mapping is not None:
        return Detected("csv", mapping)
    fitting = [known for known in _shipped() if header_matches(line, known)]
    return Detected("csv", fitting[0]) if len(fitting) == 1 else Detected(None)


def why_unknown(head: bytes) -> str:
    """The code of the answer to an input whose format cannot be told."""
    if head.startswith(_COMPRESSED):
        return "SRC-08"
    return "SRC-05" if head.startswith(_UTF_16) else "SRC-02"


@cache
def _shipped() -> tuple[CsvMapping, ...]:
    return tuple(load_mapping(name) for name in shipped())


def _unmistakable(start: bytes) -> Detected | None:
    if start.startswith(_AVRO):
        return Detected("avro")
    return Detected("hl7v2") if _HL7.match(start) else None


def _json(start: bytes, line: bytes, enough: bool) -> Detected | None:
    if _FHIR.search(start):
        return Detected("fhir")
    if _OWN.search(start):  # also part of a FHIR name, but then resourceType stands somewhere too
        return Detected("ndjson")
    if not enough:
        return None
    try:
        return Detected("ndjson" if isinstance(orjson.loads(line), dict) else "fhir")
    except orjson.JSONDecodeError:
        return Detected("fhir")
