"""Finds personal numbers where none belongs: in any text of an event (IDE-03).

A number counts when its eleven digits stand alone (together, or as six and five with a blank, dot or dash between),
make a birth date in one of the forms of a fnr, D or H number, and have both control digits. Digits within a UUID or a
long hexadecimal word are not looked at: chance makes such a number in them once in some ten thousand. Of numbers that
merely have eleven digits, such as a visit's running number, one in four hundred looks like a person's: a system that
numbers so must write them otherwise (with a prefix of digits, say).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from schemas.frames import Bools, is_true
from schemas.identity import personal

_SHORTEST: Final = 11
_LIKELY: Final = r"^(?s:.)*?[0-9]{6}[ .\-]?[0-9]{5}"
"""Anchored, so that the engine reads each text once instead of starting anew at every digit."""
_TOGETHER: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[0-9]+"
"""Taken out of a text whole, first alternative first, so that no eleven digits are found within something longer."""
_APART: Final = r"(?:\b|[g-zG-Z_])[0-9]{6}[ .\-][0-9]{5}(?:\b|[g-zG-Z_])"


def personal_numbers(frame: pl.DataFrame, columns: Sequence[str], relaxed: Bools) -> dict[str, Bools]:
    """The columns (of texts) that hold a personal number, each with its rows. `relaxed` as in `schemas.identity`."""
    if not columns or not frame.height:
        return {}
    longest = frame.select(pl.col(column).str.len_bytes().max() for column in columns).row(0)
    long = [column for column, length in zip(columns, longest, strict=True) if (length or 0) >= _SHORTEST]
    if not long:
        return {}
    likely = frame.select(pl.col(column).str.contains(_LIKELY) for column in long)
    found = {}
    for column in long:
        if likely[column].any():
            rows = np.flatnonzero(is_true(likely[column]))
            hits = _exactly(frame[column].gather(rows), relaxed[rows])
            if hits.any():
                mask = np.zeros(frame.height, np.bool_)
                mask[rows[hits]] = True
                found[column] = mask
    return found


def _exactly(texts: pl.Series, relaxed: Bools) -> Bools:
    found = np.zeros(len(texts), np.bool_)
    for pattern in (_TOGETHER, _APART):
        tokens = texts.str.extract_all(pattern)
        rows = np.repeat(np.arange(len(texts)), tokens.list.len().to_numpy())
        numbers = tokens.explode(empty_as_null=False).str.replace_all("[^0-9a-fA-F]", "")
        eleven = numbers.str.contains("^[0-9]{11}$").to_numpy()
        rows = rows[eleven]
        found[rows[personal(numbers.filter(pl.Series(eleven)), relaxed[rows])]] = True
    return found
