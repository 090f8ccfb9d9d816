"""One Avro datum at a time, strictly by the specification: the reference that the columnar path is held to.

It is the judge of data that the columnar path cannot vouch for, and says which field is broken. Lenient readers are no
use here: some take any union index other than zero for "not null", or any byte for a boolean, and so read a damaged
datum as if it were another one.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import fastavro

from schemas.catalog import Schema
from schemas.errors import Invalid
from schemas.plan import Node, plan
from schemas.types import Problem, Severity

EARLIEST_MS = -5_364_662_400_000
LATEST_MS = 10_413_792_000_000
"""Times outside 1800-01-01 to 2300-01-01 UTC cannot be meant; refused here, nothing later meets them."""
EARLIEST_DAY = EARLIEST_MS // 86_400_000
LATEST_DAY = LATEST_MS // 86_400_000

_MAX_VARINT = 10


def decode_one(schema: Schema, datum: bytes) -> dict[str, Any]:
    """The record, with times as milliseconds and dates as days since 1970. Raises Invalid naming the broken field."""
    reader = _Reader(datum)
    record: dict[str, Any] = {}
    for name, node in plan(schema):
        try:
            record[name] = reader.value(node)
        except _OutOfRange:
            raise _invalid(
                "WIRE-06", name, "holds a time outside the years 1800 to 2299; send it in UTC milliseconds"
            ) from None
        except _Broken as broken:
            raise _invalid(
                "WIRE-04", name, f"cannot be read: {broken}; encode the event with the schema it names"
            ) from None
    if reader.position != len(datum):
        raise _invalid("WIRE-05", "", "the event goes on after its last field; encode it with the schema it names")
    return record


def encode_one(schema: Schema, record: dict[str, Any]) -> bytes:
    """The canonical datum. Times as integers or as aware datetimes. Raises Invalid when the record does not fit."""
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, _parsed(schema.text), record)
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError, struct.error) as error:
        raise _invalid(
            "WIRE-07", "", f"the record does not fit schema {schema.subject} ({type(error).__name__})"
        ) from None
    return out.getvalue()


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    return fastavro.parse_schema(json.loads(text))


def _invalid(code: str, field: str, message: str) -> Invalid:
    return Invalid([Problem(code, Severity.FATAL, field, message)])


class _Broken(Exception):  # noqa: N818
    """The bytes do not follow the schema."""


class _OutOfRange(Exception):  # noqa: N818
    """A time that no event can have."""


class _Reader:
    """Reads values from `data`, moving `position`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def value(self, node: Node) -> Any:
        if node.nullable:
            branch = self._varint()
            if branch not in (0, 1):
                raise _Broken("its union branch does not exist")
            if branch == 0:
                return None
        return _READERS[node.kind](self, node)

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise _Broken("the event ends before it")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def _varint(self) -> int:
        value = 0
        for count in range(_MAX_VARINT):
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << (7 * count)
            if byte < 0x80:
                if value >= 1 << 64:
                    raise _Broken("a number has more than 64 bits")
                return (value >> 1) ^ -(value & 1)
        raise _Broken("a number does not end")

    def read_long(self, node: Node) -> int:
        value = self._varint()
        if node.logical and not EARLIEST_MS <= value < LATEST_MS:
            raise _OutOfRange
        return value

    def read_int(self, node: Node) -> int:
        value = self._varint()
        if not -(1 << 31) <= value < 1 << 31:
            raise _Broken("a number has more than 32 bits")
        if node.logical and not EARLIEST_DAY <= value < LATEST_DAY:
            raise _OutOfRange
        return value

    def read_bytes(self, _node: Node) -> bytes:
        return self._take(self._varint())

    def read_string(self, _node: Node) -> str:
        try:
            return self._take(self._varint()).decode("utf-8")
        except UnicodeDecodeError:
            raise _Broken("text is not UTF-8") from None

    def read_boolean(self, _node: Node) -> bool:
        byte = self._take(1)[0]
        if byte > 1:
            raise _Broken("a truth value is neither 0 nor 1")
        return byte == 1

    def read_double(self, _node: Node) -> float:
        value: float = struct.unpack("<d", self._take(8))[0]
        return value

    def read_fixed(self, node: Node) -> bytes:
        return self._take(node.size)

    def read_record(self, node: Node) -> dict[str, Any]:
        return {name: self.value(field) for name, field in node.fields}

    def read_array(self, node: Node) -> list[Any]:
        assert node.items is not None
        items: list[Any] = []
        while count := self._varint():
            if count < 0:
                size = self._varint()
                end = self.position + size
                count = -count
            else:
                end = None
            if count > len(self.data):
                raise _Broken("a list claims more entries than the event has bytes")
            items += [self.value(node.items) for _ in range(count)]
            if end is not None and self.position != end:
                raise _Broken("a list's block has another size than it says")
        return items


_READERS: dict[str, Callable[[_Reader, Node], Any]] = {
    "long": _Reader.read_long,
    "int": _Reader.read_int,
    "bytes": _Reader.read_bytes,
    "string": _Reader.read_string,
    "boolean": _Reader.read_boolean,
    "double": _Reader.read_double,
    "fixed": _Reader.read_fixed,
    "record": _Reader.read_record,
    "array": _Reader.read_array,
}
