"""Which failures of ClickHouse pass by themselves. The same insert may be offered again after those, and only those."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from clickhouse_connect.driver.exceptions import DataError, InterfaceError, NotSupportedError, ProgrammingError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from schemas.errors import Fatal, Retryable

RETRYABLE_CODES: Final = frozenset({3, 107, 159, 164, 202, 203, 209, 210, 241, 242, 252, 285, 319, 425, 999})
"""Busy, short of memory, read-only, too many parts, cut connections, no quorum, unknown status of an insert, Keeper.

After some of them the insert may have happened: offer the identical block under the same token.
"""
_MISUSE: Final = (ProgrammingError, DataError, NotSupportedError, InterfaceError)
"""Raised by the client itself, before anything left this process."""


@contextmanager
def translated(doing: str, *, holds_values: bool = False) -> Iterator[None]:
    """Turns clickhouse-connect's errors into Retryable or Fatal; `doing` begins the sentence.

    An error without a code comes from the way to the server (refused, reset, timed out, a proxy): Retryable.
    With `holds_values` only the error's code and name are told, because its text may quote what was inserted.
    """
    try:
        yield
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        sentence = f"{doing}: {_name(error) if holds_values else _first_line(error)}"
        passes = code in RETRYABLE_CODES if code is not None else not isinstance(error, _MISUSE)
        if passes:
            raise Retryable(sentence) from (None if holds_values else error)
        raise Fatal(sentence) from (None if holds_values else error)


def _name(error: ClickHouseError) -> str:
    code, name = getattr(error, "code", None), getattr(error, "name", None)
    return f"ClickHouse error {code} {name or ''}".strip() if code is not None else type(error).__name__


def _first_line(error: ClickHouseError) -> str:
    return str(error).splitlines()[0][:500] if str(error) else type(error).__name__
