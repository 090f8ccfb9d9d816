"""FHIR R4 bundles: one JSON document, an array of bundles, or a bundle a line (NDJSON).

What a bundle tells is in the code of its MessageHeader's event: an HL7 trigger (A01 …) goes to `fhir_adt`, a status of
the KPR minimelding (N, M, T, C, or K for the enclosing message) to `fhir_kpr`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Final

import orjson

from producers.adapters import fhir_adt, fhir_kpr
from producers.adapters.fhir_bundle import Bundle, text
from producers.adapters.lines import TOO_LONG, TooLong, bounded_lines
from producers.answers import problem
from producers.types import Bad, Context, Item
from schemas.errors import Invalid

_TRIGGER: Final = re.compile(r"[A-Z]\d{2}", re.ASCII)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One item per bundle. Positions are line numbers of NDJSON, else the bundle's number from 1."""
    for position, document in _documents(stream, context.max_item_bytes):
        try:
            yield _item(position, document, context)
        except Invalid as error:
            yield Bad(position, error.problems)


def _item(position: int, document: Any, context: Context) -> Item:
    if isinstance(document, Invalid):
        raise document
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise Invalid([problem("FHIR-02", "resourceType")])
    bundle = Bundle(document)
    if not bundle.kinds:
        raise Invalid([problem("FHIR-02", "Bundle.entry")])
    header = bundle.first("MessageHeader")
    code = text(header, "eventCoding", "code")
    if code is None and fhir_kpr.is_envelope(bundle):
        code = "K"
    if code is None:
        raise Invalid([problem("FHIR-03", "MessageHeader.eventCoding")])
    if _TRIGGER.fullmatch(code):
        return fhir_adt.item(position, bundle, code, context)
    if code in fhir_kpr.STATUSES or code == "K":
        return fhir_kpr.item(position, bundle, code, context)
    raise Invalid([problem("FHIR-07", "MessageHeader.eventCoding")])


def _documents(stream: BinaryIO, limit: int) -> Iterator[tuple[int, Any]]:
    """Position and parsed JSON, or an Invalid in its place.

    A line that is a whole JSON value by itself, first or second in the input, makes it NDJSON, read line by line; one
    document spread over lines is read whole, up to the limit.
    """
    lines = bounded_lines(stream, limit)
    head: list[tuple[int, bytes | TooLong]] = []
    for number, line in lines:
        if line is TOO_LONG or (isinstance(line, bytes) and line.strip()):
            head.append((number, line))
        if len(head) == 2:
            break
    if len(head) < 2 or any(_is_object(line) for _, line in head):
        for number, line in chain(head, lines):
            if isinstance(line, TooLong):
                yield number, Invalid([problem("SRC-03", "Bundle")])
            elif line.strip():
                yield from _parsed(number, line)
        return
    parts: list[bytes] = []
    size = 0
    for _, line in chain(head, lines):
        size += limit + 1 if isinstance(line, TooLong) else len(line) + 1
        if size <= limit and isinstance(line, bytes):
            parts.append(line)
        elif parts:
            parts.clear()
    yield from _parsed(1, b"\n".join(parts)) if size <= limit else [(1, Invalid([problem("SRC-03", "Bundle")]))]


def _is_object(line: bytes | TooLong) -> bool:
    return isinstance(line, bytes) and line.lstrip().startswith(b"{") and isinstance(_load(line), dict)


def _parsed(position: int, document: bytes) -> Iterator[tuple[int, Any]]:
    parsed = _load(document)
    if isinstance(parsed, list):
        yield from enumerate(parsed, start=1)
    else:
        yield position, parsed


def _load(document: bytes) -> Any:
    """The parsed JSON, or an Invalid. What is not UTF-8 is tried as ISO-8859-1, as older senders write it."""
    document = document.removeprefix(codecs.BOM_UTF8)
    try:
        try:
            return orjson.loads(document)
        except orjson.JSONDecodeError:
            document.decode("utf-8")
            raise
    except UnicodeDecodeError:
        try:
            return orjson.loads(document.decode("iso-8859-1"))
        except orjson.JSONDecodeError:
            return Invalid([problem("FHIR-01", "Bundle")])
    except orjson.JSONDecodeError:
        return Invalid([problem("FHIR-01", "Bundle")])
