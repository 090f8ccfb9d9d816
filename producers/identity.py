"""Event ids of what has no id of its own: the same input gives the same ids, on any machine, at any time.

An id is a version 5 UUID over the reporter, the declared as-of and what the format says makes a message itself. So
publishing a file twice gives duplicates, and the same content declared for another time is another event. Without
a declared time, content that goes A, B, A over three deliveries has one id for both A: the third is a duplicate of
the first and B stays current. Whoever delivers such vintages declares `--as-of` with each.

Event ids are public, the identifiers of patients are not: with the rest of a message known, a national number could be
found from the id by trying them all, in seconds. So national numbers are taken out before anything is hashed. What is
lost: two messages that differ in nothing but the national number, control id and time included, are held for one.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

NAMESPACE: Final = uuid.UUID("012ebe84-0aa5-58ce-8b49-d6b3fac04839")
"""UUIDv5 of the URL https://helsepuls.no/ns/events. Never changes: with another one every file would count twice."""
_DIGITS: Final = re.compile(r"\d{11,}", re.ASCII)


def event_id(reporter: str, as_of: datetime | None, *identity: str | int | None) -> str:
    """The id of one event, in canonical text form. `identity`: the parts that make the message itself."""
    name = orjson.dumps([reporter, as_of.isoformat() if as_of else None, *identity])
    return str(uuid.uuid5(NAMESPACE, name.decode()))


def text_digest(text: str, national_numbers: Iterable[str] = ()) -> str:
    """Digest of a message's text without its national numbers: those given, and every run of eleven digits."""
    for number in sorted(national_numbers, key=len, reverse=True):
        text = text.replace(number, "#")
    hidden = _DIGITS.sub(lambda run: "#" if len(run[0]) == 11 else run[0], text)
    return _digest(hidden.encode("utf-8", "surrogatepass"))


def content_digest(record: Mapping[str, Any]) -> str:
    """Digest of a record's content, whatever the order of its fields. Values as in `producers.types.Event`."""
    return _digest(orjson.dumps(record, option=orjson.OPT_SORT_KEYS))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
