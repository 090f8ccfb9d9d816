"""Holds decoded columns against the bytes they came from: is each row exactly the canonical encoding of its values?

Every value tells how many bytes its canonical encoding takes, so the place of every union index and truth value within
a datum follows from the columns alone. If those bytes are the canonical ones and the sizes add up to the datum's size,
no byte of the datum was read leniently or skipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.plan import Node
from schemas.varint import Ints, long_sizes

Bools = npt.NDArray[np.bool_]
Octets = npt.NDArray[np.uint8]
Fields = Sequence[tuple[str, Node]]

_VALUE = 2
"""Zigzag of union index 1, the value; index 0, null, is 0."""

_MANY = 64
"""Rows with longer arrays are left to the slow path: the work here grows with the longest array of the batch."""


def canonical(fields: Fields, frame: pl.DataFrame, octets: Octets, starts: Ints, ends: Ints) -> Bools:
    """One truth value per row of `frame`, whose datums are `octets[start:end]`; rows and starts in the same order."""
    if not frame.height:
        return np.ones(0, dtype=np.bool_)
    sizes = _size_table(fields, frame)
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
        elif node.kind == "array":
            _check_array(frame[name], node, octets, before[i], sound)
    checked: Bools = sound
    return checked


def field_sizes(fields: Fields, frame: pl.DataFrame) -> Ints:
    """Bytes that the canonical encoding of these fields takes in each row."""
    total: Ints = _size_table(fields, frame).sum(axis=0)
    return total


def _size_table(fields: Fields, frame: pl.DataFrame) -> Ints:
    """Sizes, a row per field and a column per row of the frame."""
    table = np.empty((len(fields), frame.height), dtype=np.int64)
    texts = [i for i, (_, node) in enumerate(fields) if node.kind in ("string", "bytes")]
    table[texts] = _text_sizes([fields[i] for i in texts], frame)
    for i, (name, node) in enumerate(fields):
        column = frame[name]
        match node.kind:
            case "string" | "bytes":
                continue
            case "long" | "int":
                table[i] = long_sizes(column.to_physical().fill_null(0).cast(pl.Int64).to_numpy())
            case "boolean":
                table[i] = 1
            case "double":
                table[i] = 8
            case "fixed":
                table[i] = node.size
            case "array":
                table[i] = _array_sizes(column, node)
            case "record":
                table[i] = field_sizes(node.fields, column.struct.unnest())
        if node.nullable:
            table[i] = np.where(column.is_null().to_numpy(), 1, table[i] + 1)
    return table


def _text_sizes(fields: Fields, frame: pl.DataFrame) -> Ints:
    """Texts are most of an event, so they are measured together: length, the length's own size, the union index."""
    absent = -1
    lengths = frame.select(
        (pl.col(name).str.len_bytes() if node.kind == "string" else pl.col(name).bin.size())
        .cast(pl.Int32)
        .fill_null(absent)
        for name, node in fields
    )
    table = np.array([column.to_numpy() for column in lengths], dtype=np.int64).reshape(len(fields), frame.height)
    sizes: Ints = table + 1
    longest = table.max(initial=0)
    for bits in (6, 13, 20, 27):
        if longest >= 1 << bits:
            sizes += table >= 1 << bits
    index_of_union = np.array([[1 if node.nullable else 0] for _, node in fields], dtype=np.int64).reshape(-1, 1)
    return sizes + index_of_union


def _array_sizes(column: pl.Series, node: Node) -> Ints:
    """An array is one block: its count, its entries, a zero; an empty one is the zero alone."""
    assert node.items is not None
    counts = _counts(column)
    size = np.ones(len(column), dtype=np.int64)
    filled = np.flatnonzero(counts)
    if len(filled):
        entries = field_sizes((("entry", node.items),), column.gather(filled).explode().to_frame("entry"))
        first = np.cumsum(counts[filled]) - counts[filled]
        size[filled] += long_sizes(counts[filled]) + np.add.reduceat(entries, first)
    return size


def _check_array(column: pl.Series, node: Node, octets: Octets, position: Ints, sound: Bools) -> None:
    """Checks the entries of arrays that begin at `position`; marks rows in `sound`."""
    assert node.items is not None
    counts = _counts(column)
    sound &= counts <= _MANY
    filled = np.flatnonzero((counts > 0) & sound)
    if not len(filled):
        return
    counts = counts[filled]
    entries = column.gather(filled).explode()
    inner: Fields = node.items.fields if node.items.kind == "record" else (("entry", node.items),)
    frame = entries.struct.unnest() if node.items.kind == "record" else entries.to_frame("entry")
    sizes = field_sizes(inner, frame)
    first = np.cumsum(counts) - counts
    before_row = np.repeat(np.cumsum(np.add.reduceat(sizes, first)) - np.add.reduceat(sizes, first), counts)
    starts = np.repeat(position[filled] + long_sizes(counts), counts) + np.cumsum(sizes) - sizes - before_row
    entry_sound = canonical(inner, frame, octets, starts, starts + sizes)
    row_sound = np.logical_and.reduceat(entry_sound, first)
    last = first + counts - 1
    sound[filled] &= row_sound & (_at(octets, (starts + sizes)[last]) == 0)


def _counts(column: pl.Series) -> Ints:
    counts: Ints = column.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    return counts


def _at(octets: Octets, position: Ints) -> Octets:
    found: Octets = octets[np.minimum(position, len(octets) - 1)]
    return found
