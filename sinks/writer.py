"""Inserts blocks: one insert per table, under explicit settings and a deduplication token."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from monitoring import metrics
from schemas.catalog import latest
from schemas.errors import Fatal
from sinks.block import Block, token
from sinks.columns import missing
from sinks.connect import Client
from sinks.decode import Rows
from sinks.faults import translated
from sinks.tables import ERRORS_TABLE, TABLES

log = logging.getLogger(__name__)

_ONE_BLOCK: Final = 1_048_576
"""More rows than one insert can have (`SinkSettings.flush_rows`)."""

REQUIRED: Final[dict[str, Any]] = {
    # the acknowledgement must mean: it is in the table. From 26.3 on servers queue inserts by default.
    "async_insert": 0,
    "insert_deduplicate": 1,
    # one insert is one block in the order of offsets, so that the token covers it whole
    "max_insert_block_size": _ONE_BLOCK,
    "min_insert_block_size_rows": _ONE_BLOCK,
    "min_insert_block_size_bytes": 0,
    "max_insert_threads": 1,
    "max_threads": 1,  # more threads make no insert faster, and a small one a third slower
    "input_format_parallel_parsing": 0,
    # merging the rows of a block before writing it would take four times as long as writing it; readers use FINAL
    "optimize_on_insert": 0,
    # a column that an older schema lacks takes the table's default
    "input_format_null_as_default": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}
IF_KNOWN: Final[dict[str, Any]] = {
    "deduplicate_insert": "enable",  # since 26.x it stands above insert_deduplicate
    "send_progress_in_http_headers": 0,  # each such header would begin the client's time-out anew
}
"""Settings that not every supported server has. All others must exist: an unknown one would be a silent default."""


class Writer:
    """Writes blocks through one client; for one thread."""

    def __init__(self, client: Client) -> None:
        """Raises Fatal when the server lacks a setting or a table lacks a column that this release needs."""
        self._client = client
        self._settings = self._known_settings()
        self._check_tables()

    def write(self, blocks: Sequence[Block], found: Rows) -> int:
        """Stores blocks of one topic, which hold `found`, in one insert, and returns the number of rows.

        The same blocks together again: nothing is stored twice. Raises Retryable (offer the identical blocks again
        later; they may or may not be stored) or Fatal.
        """
        topic = blocks[0].topic
        # The unreadable ones first: they are no reason to hold the others back, nor may they vanish.
        if found.bad.num_rows:
            self._insert(ERRORS_TABLE, found.bad, blocks)
        if found.good.num_rows:
            self._insert(TABLES[topic], found.good, blocks)
        if found.bad.num_rows:  # told when the blocks are done with: until then they may come again
            metrics.SINK_ERRORS.labels(topic).inc(found.bad.num_rows)
            log.warning("messages do not decode", extra={"topic": topic, "messages": found.bad.num_rows})
        return int(found.good.num_rows)

    def _insert(self, table: str, content: Any, blocks: Sequence[Block]) -> None:
        settings = {**self._settings, "insert_deduplication_token": token(table, blocks)}
        started = time.perf_counter()
        with translated(f"insert into {table}", holds_values=True):
            self._client.insert_arrow(table, content, settings=settings)
        metrics.SINK_INSERT_SECONDS.labels(table).observe(time.perf_counter() - started)
        metrics.SINK_ROWS.labels(table).inc(content.num_rows)

    def _known_settings(self) -> dict[str, Any]:
        with translated("the warehouse's settings"):
            known = {row[0] for row in self._client.query("SELECT name FROM system.settings").result_rows}
        absent = sorted({*REQUIRED, "insert_deduplication_token"} - known)
        if absent:
            raise Fatal(
                f"this ClickHouse has no setting {absent[0]}, without which an insert is not safe: use another release"
            )
        return {**REQUIRED, **{name: value for name, value in IF_KNOWN.items() if name in known}}

    def _check_tables(self) -> None:
        with translated("the warehouse's tables"):
            present = self._client.query(
                "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
            ).result_rows
        for topic, table in TABLES.items():
            columns = [(name, type_) for of, name, type_ in present if of == table]
            if not columns:
                raise Fatal(f"the warehouse has no table {table}: run `helsepuls migrate`")
            if changes := missing(latest(topic), table, columns):
                raise Fatal(f"the warehouse's table {table} does not fit this release: it would need {changes[0]}")
