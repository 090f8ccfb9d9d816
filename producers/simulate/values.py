"""Small columns that every kind of traffic needs: random ids as text, choices from tables, encoded lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]

_HEX = np.frombuffer(b"".join(b"%02x" % i for i in range(256)), np.uint8).reshape(256, 2)
_DASHES = (4, 6, 8, 10)
"""A UUID's text has a dash before these of its bytes."""


def uuids(rng: np.random.Generator, count: int) -> pl.Series:
    """Random UUIDs (version 4) in canonical text form."""
    raw = np.frombuffer(rng.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = np.full((count, 36), ord("-"), np.uint8)
    column = 0
    for i in range(16):
        column += i in _DASHES
        text[:, column : column + 2] = _HEX[raw[:, i]]
        column += 2
    return fixed_text(text)


def fixed_text(octets: Octets) -> pl.Series:
    """ASCII rows of one width as a text column."""
    rows, width = octets.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    text = pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(octets.tobytes()))
    series = pl.Series(text)
    return series if rows else series.cast(pl.String)


def serial(prefix: str, numbers: Ints) -> pl.Series:
    """Readable ids: the prefix and nine digits, so that none can be taken for a person's number."""
    digits = (numbers[:, None] // 10 ** np.arange(8, -1, -1) % 10 + ord("0")).astype(np.uint8)
    head = np.broadcast_to(np.frombuffer(prefix.encode("ascii"), np.uint8), (len(numbers), len(prefix)))
    return fixed_text(np.hstack([head, digits]))


class Table:
    """A few values that rows pick from by number. `values` may be texts, or the encodings of an array field."""

    def __init__(self, values: Sequence[str | None] | Sequence[bytes]) -> None:
        self._values = pl.Series(list(values))

    def pick(self, numbers: Ints) -> pl.Series:
        return self._values.gather(numbers)

    def __len__(self) -> int:
        return len(self._values)


class Choices:
    """For each of several groups the values that a row of that group may have, all with the same chance."""

    def __init__(self, groups: Sequence[Sequence[bytes]]) -> None:
        self._values = pl.Series([value for group in groups for value in group])
        self._count = np.array([len(group) for group in groups])
        self._first = np.cumsum(self._count) - self._count

    def draw(self, rng: np.random.Generator, group: Ints) -> pl.Series:
        return self._values.gather(self._first[group] + rng.integers(0, self._count[group]))


def weighted(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    """Row numbers drawn with the given weights."""
    edges = np.cumsum(weights)
    rows: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    return rows
