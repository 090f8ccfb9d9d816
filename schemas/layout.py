"""Holds decoded columns against the bytes they came from: is each row exactly the canonical encoding of its values?

Every value tells how many bytes its canonical encoding takes, so the place of every union index and truth value within
a datum follows from the columns alone. If those bytes are the canonical ones and the sizes add up to the datum's size,
no byte of the datum was read leniently or skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.plan import Node
from schemas.varint import Ints, long_sizes

Bools = npt.NDArray[np.bool_]
Octets = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int32]
Fields = tuple[tuple[str, Node], ...]

_NULL, _VALUE = np.uint8(0), np.uint8(2)
"""Zigzag of union index 0, null, and of 1, the value."""

_ABSENT = -1
_IS_NULL = " is null"
"""Behind a field's name."""


def canonical(fields: Fields, frame: pl.DataFrame, octets: Octets, starts: Ints, ends: Ints) -> Bools:
    """One truth value per row of `frame`, whose datums are `octets[start:end]`; rows and starts in the same order."""
    if not frame.height:
        return np.ones(0, dtype=np.bool_)
    return _Sized.of(fields, frame).check(octets, starts, ends)


def field_sizes(fields: Fields, frame: pl.DataFrame) -> Ints:
    """Bytes that the canonical encoding of these fields takes in each row."""
    return _Sized.of(fields, frame).sizes


@dataclass(frozen=True)
class _Sized:
    """Rows of a frame, and the bytes that their canonical encoding takes.

    `table`: a row per field and a column per row of the frame; narrow numbers, for it is large. `arrays`: the columns
    of arrays that have any entry, opened, by name.
    """

    fields: Fields
    frame: pl.DataFrame
    table: Sizes
    arrays: dict[str, _Arrays]

    @classmethod
    def of(cls, fields: Fields, frame: pl.DataFrame) -> _Sized:
        table = np.empty((len(fields), frame.height), dtype=np.int32)
        arrays: dict[str, _Arrays] = {}
        measured = frame.select(_measures(fields))
        texts = [i for i, (_, node) in enumerate(fields) if node.kind in ("string", "bytes")]
        table[texts] = _text_sizes([fields[i] for i in texts], measured)
        for i, (name, node) in enumerate(fields):
            match node.kind:
                case "string" | "bytes":
                    continue
                case "long" | "int":
                    table[i] = long_sizes(measured[name].to_numpy())
                case "boolean":
                    table[i] = 1
                case "double":
                    table[i] = 8
                case "fixed":
                    table[i] = node.size
                case "array":
                    table[i] = 1
                    if (lengths := measured[name].to_numpy()).any():
                        arrays[name] = _Arrays.of(frame[name], lengths, node)
                        table[i][arrays[name].filled] += arrays[name].sizes
                case "record":
                    table[i] = cls.of(node.fields, frame[name].struct.unnest()).sizes
            if node.nullable:
                table[i] += 1
                if frame[name].null_count():
                    table[i][measured[name + _IS_NULL].to_numpy()] = 1
        return cls(fields, frame, table, arrays)

    @property
    def sizes(self) -> Ints:
        """Bytes of each row."""
        total: Ints = self.table.sum(axis=0, dtype=np.int64)
        return total

    def check(self, octets: Octets, starts: Ints, ends: Ints) -> Bools:
        """Which rows are what `octets[start:end]` holds."""
        after = np.cumsum(self.table, axis=0, dtype=np.int32)
        before = after - self.table
        sound = starts + after[-1] == ends
        nullable = [i for i, (_, node) in enumerate(self.fields) if node.nullable]
        # A null takes one byte, a value at least two: the size of a nullable field tells which it is.
        branches = _at(octets, starts + before[nullable])
        sound &= (branches == np.where(self.table[nullable] == 1, _NULL, _VALUE)).all(axis=0)
        for i, (name, node) in enumerate(self.fields):
            if node.kind == "boolean" and not node.nullable:
                sound &= _at(octets, starts + before[i]) == self.frame[name].cast(pl.UInt8).to_numpy()
            elif name in self.arrays:
                self.arrays[name].check(octets, starts + before[i], sound)
        checked: Bools = sound
        return checked


@lru_cache(maxsize=1024)
def _measures(fields: Fields) -> tuple[pl.Expr, ...]:
    """Of every field what its size follows from, and of those whose measure does not tell it, where they are null."""
    nullable = [name for name, node in fields if node.nullable and node.kind not in ("string", "bytes")]
    return (
        *(_measure(name, node) for name, node in fields),
        *(pl.col(name).is_null().alias(name + _IS_NULL) for name in nullable),
    )


def _measure(name: str, node: Node) -> pl.Expr:
    """What a field's size follows from: a text's length (-1 for none), a number itself, an array's length."""
    column = pl.col(name)
    match node.kind:
        case "string":
            return column.str.len_bytes().cast(pl.Int32).fill_null(_ABSENT)
        case "bytes":
            return column.bin.size().cast(pl.Int32).fill_null(_ABSENT)
        case "long" | "int":
            return column.to_physical().fill_null(0).cast(pl.Int64)
        case "array":
            return column.list.len().fill_null(0).cast(pl.Int64)
    return pl.lit(0).alias(name)


def _text_sizes(fields: list[tuple[str, Node]], measured: pl.DataFrame) -> Sizes:
    """Texts are most of an event, so they are measured together: length, the length's own size, the union index."""
    table = np.array([measured[name].to_numpy() for name, _ in fields], dtype=np.int32)
    table = table.reshape(len(fields), measured.height)
    sizes: Sizes = table + 1
    longest = table.max(initial=0)
    for bits in (6, 13, 20, 27):
        if longest >= 1 << bits:
            sizes += table >= 1 << bits
    index_of_union = np.array([[1 if node.nullable else 0] for _, node in fields], dtype=np.int32).reshape(-1, 1)
    sizes += index_of_union
    return sizes


@dataclass(frozen=True)
class _Arrays:
    """A column of arrays. `filled`: the rows with entries, `counts`: how many; `entries` of these, one row each.

    An array is one block: its count, its entries, a zero; an empty one is the zero alone. `sizes`: of the filled rows,
    without the zero.
    """

    filled: Ints
    counts: Ints
    entries: _Sized
    sizes: Ints

    @classmethod
    def of(cls, column: pl.Series, lengths: Ints, node: Node) -> _Arrays:
        assert node.items is not None
        fields: Fields = node.items.fields if node.items.kind == "record" else (("entry", node.items),)
        filled = np.flatnonzero(lengths)
        counts = lengths[filled]
        values = column.gather(filled).explode(empty_as_null=False)
        entries = _Sized.of(fields, values.struct.unnest() if node.items.kind == "record" else values.to_frame("entry"))
        sizes = long_sizes(counts) + np.add.reduceat(entries.sizes, np.cumsum(counts) - counts)
        return cls(filled, counts, entries, sizes)

    def check(self, octets: Octets, position: Ints, sound: Bools) -> None:
        """Checks the entries of arrays that begin at `position`; marks rows in `sound`."""
        sizes = self.entries.sizes
        first = np.cumsum(self.counts) - self.counts
        within = np.cumsum(sizes) - sizes
        start_of_row = position[self.filled] + long_sizes(self.counts)
        starts = np.repeat(start_of_row - within[first], self.counts) + within
        entry_sound = self.entries.check(octets, starts, starts + sizes)
        last = first + self.counts - 1
        ended = _at(octets, (starts + sizes)[last]) == 0
        sound[self.filled] &= np.logical_and.reduceat(entry_sound, first) & ended


def _at(octets: Octets, position: Ints) -> Octets:
    found: Octets = octets[np.minimum(position, len(octets) - 1)]
    return found
