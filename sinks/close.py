"""The daily close: an immutable snapshot of every daily view for one day.

The rows first, under the hash of their content; then, in one insert, a row per view in `log_closes`. Only that makes
the day closed. A kill before it leaves rows that no relation shows; a kill after it leaves a whole close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import pyarrow as pa

from monitoring import metrics
from schemas.types import FAMILIES
from sinks import relations
from sinks.close_days import missed, refuse_early
from sinks.close_views import OF_ASKING, described, falls_on, is_daily
from sinks.connect import Client
from sinks.faults import translated
from sinks.tables import TABLES

_SETTINGS: Final = {"async_insert": 0, "insert_deduplicate": 0}
"""Acknowledged means stored; the tables themselves replace rows that are there already."""
_EPOCH: Final = date(1970, 1, 1)
_RANGES: Final = pa.list_(
    pa.struct(
        [("topic", pa.string()), ("partition", pa.int32()), ("first_offset", pa.int64()), ("last_offset", pa.int64())]
    )
)
_CLOSES: Final = pa.schema(
    [
        ("day", pa.date32()),
        ("view", pa.string()),
        ("closed_at", pa.timestamp("ms", "UTC")),
        ("rows", pa.uint64()),
        ("hash", pa.string()),
        ("columns", pa.list_(pa.string())),
        ("input_ranges", _RANGES),
        ("rules_releases", pa.list_(pa.string())),
        ("reference_releases", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Closed:
    """What a run found or did of one day and view."""

    day: date
    view: str
    rows: int
    hash: str
    closed_at: datetime
    new: bool
    """False: it was closed before, and nothing was changed."""


def now_utc() -> datetime:
    return datetime.now(UTC)


class Closer:
    """Closes days through one client; for one thread."""

    def __init__(self, client: Client, at: time, clock: Callable[[], datetime] = now_utc) -> None:
        self._client = client
        self._at = at
        self._clock = clock
        self._views = [view.name for view in relations.load(str(client.database)) if is_daily(view.name)]

    def days(self, day: date | None = None) -> list[date]:
        """The days that a run closes: the given one, or all that were missed; where none was, the last closed one.

        Raises Fatal for a day whose time has not come.
        """
        now = self._clock()
        if day:
            refuse_early(day, now, self._at)
            return [day]
        closed = self._closed()
        return missed(closed, now, self._at) or ([max(closed)] if closed else [])

    def missed(self) -> list[date]:
        return missed(self._closed(), self._clock(), self._at)

    def _closed(self) -> dict[date, datetime]:
        """The closed days, and when they were; tells the metric of the last one."""
        found = dict(self._rows("SELECT day, min(closed_at) FROM log_closes GROUP BY day"))
        if found:
            metrics.CLOSE_LAST_DAY.set((max(found) - _EPOCH) / timedelta(seconds=1))
        return found

    def close(self, day: date) -> list[Closed]:
        """Closes the day unless it is closed. Raises Retryable or Fatal; then the day is not closed, unless it is."""
        if found := self._found(day, new=False):
            return found
        closed_at = self._clock()
        ranges, releases = self._ranges(), self._releases(day)
        entries = []
        for view in self._views:
            columns = [name for name, _ in described(view, self._describe) if name != OF_ASKING]
            content = self._content(view, columns, day)
            digest = hashlib.sha256("\n".join(content).encode()).hexdigest()
            if content:
                self._insert("log_closed_rows", _rows_table(day, view, digest, content))
            entries.append(
                {
                    "day": day,
                    "view": view,
                    "closed_at": closed_at,
                    "rows": len(content),
                    "hash": digest,
                    "columns": columns,
                    "input_ranges": ranges,
                    **releases,
                }
            )
        self._insert("log_closes", pa.Table.from_pylist(entries, _CLOSES))
        self._closed()
        return self._found(day, new=True)

    def _found(self, day: date, *, new: bool) -> list[Closed]:
        rows = self._rows(f"SELECT view, rows, hash, closed_at FROM closes WHERE day = '{day}' ORDER BY view")  # noqa: S608
        return [Closed(day, view, count, digest, at.replace(tzinfo=UTC), new) for view, count, digest, at in rows]

    def _content(self, view: str, columns: list[str], day: date) -> list[str]:
        """The day's rows as JSON, sorted."""
        named = ", ".join(f"`{name}`" for name in columns)
        query = f"SELECT formatRowNoNewline('JSONEachRow', {named}) FROM {view} WHERE day = '{day}'"  # noqa: S608  own names
        return sorted(row[0] for row in self._rows(query))

    def _ranges(self) -> list[dict[str, Any]]:
        parts = (
            f"SELECT outcome_topic, outcome_partition, min(outcome_offset), max(outcome_offset) FROM {table} "  # noqa: S608
            "GROUP BY outcome_topic, outcome_partition"
            for table in TABLES.values()
        )
        names = ("topic", "partition", "first_offset", "last_offset")
        return [dict(zip(names, row, strict=True)) for row in sorted(self._rows(" UNION ALL ".join(parts)))]

    def _releases(self, day: date) -> dict[str, list[str]]:
        parts = (
            f"SELECT DISTINCT rules_release, reference_release FROM log_accepted_{family} "  # noqa: S608
            f"WHERE {falls_on(family, day.isoformat())}"
            for family in FAMILIES
        )
        found = self._rows(" UNION ALL ".join(parts))
        names = ("rules_releases", "reference_releases")
        return {name: sorted({row[number] for row in found}) for number, name in enumerate(names)}

    def _describe(self, view: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._rows(f"DESCRIBE TABLE {view}")]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with translated("the daily close", holds_values=True):
            return list(self._client.query(query).result_rows)

    def _insert(self, table: str, content: pa.Table) -> None:
        with translated(f"insert into {table}", holds_values=True):
            self._client.insert_arrow(table, content, settings=dict(_SETTINGS))


def _rows_table(day: date, view: str, digest: str, content: list[str]) -> pa.Table:
    count = len(content)
    return pa.table(
        {
            "day": pa.array([day] * count, pa.date32()),
            "view": [view] * count,
            "hash": [digest] * count,
            "row_number": pa.array(range(count), pa.uint32()),
            "content": content,
        }
    )


def document(found: Iterable[Closed]) -> list[dict[str, Any]]:
    """As `helsepuls close --json` and the endpoint tell it."""
    return [
        {
            "day": one.day.isoformat(),
            "view": one.view,
            "rows": one.rows,
            "hash": one.hash,
            "closed_at": one.closed_at.isoformat(),
            "new": one.new,
        }
        for one in found
    ]
