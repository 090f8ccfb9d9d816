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
Fields = tuple[tuple[str, Node], ...]

_VALUE = 2
"""Zigzag of union index 1, the value; index 0, null, is 0."""

_ABSENT = -1


def canonical(fields: Fields, frame: pl.DataFrame, octets: Octets, starts: Ints, ends: Ints) -> Bools:
    """One truth value per row of `frame`, whose datums are `octets[start:end]`; rows and starts in the same order."""
    if not frame.height:
        return np.ones(0, dtype=np.bool_)
    sizes, arrays = _size_table(fields, frame)
    after = np.cumsum(sizes, axis=0)
    after += starts
    before = after - sizes
    sound = after[-1] == ends
    nullable = [i for i, (_, node) in enumerate(fields) if node.nullable]
    # A null takes one byte, a value at least two: the size of a nullable field tells which it is.
    branches = _at(octets, before[nullable])
    sound &= (branches == np.where(sizes[nullable] == 1, 0, _VALUE)).all(axis=0)
    for i, (name, node) in enumerate(fields):
        if node.kind == "boolean" and not node.nullable:
            sound &= _at(octets, before[i]) == frame[name].cast(pl.UInt8).to_numpy()
        elif name in arrays:
            arrays[name].check(octets, before[i], sound)
    checked: Bools = sound
    return checked


def field_sizes(fields: Fields, frame: pl.DataFrame) -> Ints:
    """Bytes that the canonical encoding of these fields takes in each row."""
    total: Ints = _size_table(fields, frame)[0].sum(axis=0)
    return total


def _size_table(fields: Fields, frame: pl.DataFrame) -> tuple[Ints, dict[str, _Arrays]]:
    """Sizes, a row per field and a column per row of the frame; and the columns of arrays, opened, by name."""
    table = np.empty((len(fields), frame.height), dtype=np.int64)
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
                arrays[name] = _Arrays.of(frame[name], measured[name].to_numpy(), node)
                table[i] = arrays[name].sizes
            case "record":
                table[i] = field_sizes(node.fields, frame[name].struct.unnest())
        if node.nullable:
            table[i] += 1
            if frame[name].null_count():
                table[i][frame[name].is_null().to_numpy()] = 1
    return table, arrays


@lru_cache(maxsize=1024)
def _measures(fields: Fields) -> tuple[pl.Expr, ...]:
    return tuple(_measure(name, node) for name, node in fields)


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


def _text_sizes(fields: list[tuple[str, Node]], measured: pl.DataFrame) -> Ints:
    """Texts are most of an event, so they are measured together: length, the length's own size, the union index."""
    table = np.array([measured[name].to_numpy() for name, _ in fields], dtype=np.int64)
    table = table.reshape(len(fields), measured.height)
    sizes: Ints = table + 1
    longest = table.max(initial=0)
    for bits in (6, 13, 20, 27):
        if longest >= 1 << bits:
            sizes += table >= 1 << bits
    index_of_union = np.array([[1 if node.nullable else 0] for _, node in fields], dtype=np.int64).reshape(-1, 1)
    return sizes + index_of_union


@dataclass(frozen=True)
class _Arrays:
    """A column of arrays. `filled`: the rows with entries, `counts`: how many; `entries` of these, one row each.

    An array is one block: its count, its entries, a zero; an empty one is the zero alone. `sizes`: of every row.
    """

    filled: Ints
    counts: Ints
    entries: pl.DataFrame
    entry_fields: Fields
    entry_sizes: Ints
    sizes: Ints

    @classmethod
    def of(cls, column: pl.Series, lengths: Ints, node: Node) -> _Arrays:
        assert node.items is not None
        fields: Fields = node.items.fields if node.items.kind == "record" else (("entry", node.items),)
        filled = np.flatnonzero(lengths)
        counts = lengths[filled]
        values = column.gather(filled).explode(empty_as_null=False)
        entries = values.struct.unnest() if node.items.kind == "record" else values.to_frame("entry")
        entry_sizes = field_sizes(fields, entries)
        sizes = np.ones(len(column), dtype=np.int64)
        if len(filled):
            sizes[filled] += long_sizes(counts) + np.add.reduceat(entry_sizes, np.cumsum(counts) - counts)
        return cls(filled, counts, entries, fields, entry_sizes, sizes)

    def check(self, octets: Octets, position: Ints, sound: Bools) -> None:
        """Checks the entries of arrays that begin at `position`; marks rows in `sound`."""
        if not len(self.filled):
            return
        first = np.cumsum(self.counts) - self.counts
        within = np.cumsum(self.entry_sizes) - self.entry_sizes
        start_of_row = position[self.filled] + long_sizes(self.counts)
        starts = np.repeat(start_of_row - within[first], self.counts) + within
        entry_sound = canonical(self.entry_fields, self.entries, octets, starts, starts + self.entry_sizes)
        last = first + self.counts - 1
        ended = _at(octets, (starts + self.entry_sizes)[last]) == 0
        sound[self.filled] &= np.logical_and.reduceat(entry_sound, first) & ended


def _at(octets: Octets, position: Ints) -> Octets:
    found: Octets = octets[np.minimum(position, len(octets) - 1)]
    return found
