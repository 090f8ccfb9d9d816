"""The reference tables in the warehouse: those of the home's current release, as the workers use them.

The rows of a release come first, under the hash of the whole; then one row in `log_reference_loads`, which makes them
current. What was interrupted before that is nowhere seen.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from reference import releases
from reference.places import Places, places
from reference.store import Watch
from schemas.errors import HelsepulsError
from sinks.connect import Client
from sinks.faults import translated

log = logging.getLogger(__name__)

_SETTINGS: Final = {"async_insert": 0}
"""Acknowledged means stored."""
_CURRENT: Final = "SELECT hash FROM log_reference_loads ORDER BY loaded_at DESC, hash LIMIT 1"
_AGAIN_AFTER: Final = timedelta(seconds=60)


def bring(client: Client, found: Places) -> bool:
    """Makes a release the warehouse's current one; False when it is. Raises Retryable or Fatal: then it is not."""
    tables = {
        "log_reference_municipalities": found.municipalities,
        "log_reference_units": found.units,
        "log_reference_population": found.population.with_columns(pl.col("sex", "age_group").fill_null("")),
    }
    content = "\n".join([found.release, *(frame.write_csv() for frame in tables.values())])
    digest = hashlib.sha256(content.encode()).hexdigest()
    with translated("the warehouse's reference tables"):
        if [(digest,)] == list(client.query(_CURRENT).result_rows):
            return False
    marks = [pl.lit(digest).alias("hash"), pl.lit(found.release).alias("release")]
    for table, frame in tables.items():
        if len(frame):
            _insert(client, table, frame.with_columns(marks))
    _insert(client, "log_reference_loads", pl.select(marks))
    return True


def _insert(client: Client, table: str, frame: pl.DataFrame) -> None:
    content: Any = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    # Never the token of another insert: a release that comes back is a load of its own; its rows replace themselves.
    settings = {**_SETTINGS, "insert_deduplication_token": uuid.uuid4().hex}
    with translated(f"insert into {table}"):
        client.insert_arrow(table, content, settings=settings)


def now_utc() -> datetime:
    return datetime.now(UTC)


class References:
    """Brings the home's current release, and every later one. For the thread of the client."""

    def __init__(self, home: Path, client: Client, clock: Callable[[], datetime] = now_utc) -> None:
        self._home = home
        self._client = client
        self._clock = clock
        self._watch = Watch(home)
        self._due: datetime | None = datetime.min.replace(tzinfo=UTC)
        """From when on there is something to do; None: nothing."""

    def turn(self) -> None:
        """Brings a release that is not there. A failure is told and tried again later: the views keep what they had."""
        now = self._clock()
        if self._watch.has_changed():
            self._due = now
        if self._due is None or now < self._due:
            return
        try:
            release = releases.current(self._home)
            found = places(releases.manifest(self._home, release).release, releases.frames(self._home, release))
            if bring(self._client, found):
                log.info("reference tables brought", extra={"release": found.release})
            self._due = None
        except HelsepulsError as error:
            self._due = now + _AGAIN_AFTER
            log.error("the reference tables were not brought; tried again", extra={"reason": str(error)})
