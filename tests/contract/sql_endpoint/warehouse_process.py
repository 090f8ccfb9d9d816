"""A process that holds the engine, as the warehouse process does: a writer's client and the SQL endpoint beside it.

Prints {"url": …} when it is ready, then answers one JSON line per line of standard input:
{"query": SQL} and {"raw": SQL} run on the writer's client; {"insert": SECONDS} inserts for that long; the end of
input closes it.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import clickhouse_connect

from sinks.warehouse.http import serve
from sinks.warehouse.limits import Limits

SCHEMA = (
    "CREATE DATABASE helsepuls",
    "CREATE DATABASE elsewhere",
    "CREATE TABLE elsewhere.secrets (name String) ENGINE = MergeTree ORDER BY name",
    "INSERT INTO elsewhere.secrets VALUES ('canary')",
    "CREATE TABLE helsepuls.beds (unit String, ward LowCardinality(String), as_of DateTime64(3, 'UTC'), "
    "occupied Nullable(UInt32), share Float64, tags Array(String), facts Map(String, UInt8)) "
    "ENGINE = MergeTree ORDER BY (unit, as_of)",
    "INSERT INTO helsepuls.beds SELECT concat('unit ', toString(number % 7)), ['A', 'B'][number % 2 + 1], "
    "toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + number * 60, if(number % 10 = 0, NULL, number), number / 3, "
    "[toString(number), 'æøå'], map('k', number % 5) FROM numbers(5000)",
    "CREATE VIEW helsepuls.beds_known_at AS SELECT * FROM helsepuls.beds WHERE as_of <= {at:DateTime64(3, 'UTC')}",
    "CREATE VIEW helsepuls.occupancy AS SELECT unit, max(occupied) AS most FROM helsepuls.beds GROUP BY unit",
    "CREATE TABLE helsepuls.latest (unit String, revision UInt32) ENGINE = ReplacingMergeTree(revision) ORDER BY unit",
    "INSERT INTO helsepuls.latest SELECT toString(number % 3), number FROM numbers(9)",
    "CREATE TABLE helsepuls.written (n UInt64) ENGINE = MergeTree ORDER BY n",
    "CREATE TABLE helsepuls.inserted (n UInt64) ENGINE = MergeTree ORDER BY n",
)


def _insert(writer: Any, seconds: float) -> dict[str, Any]:
    slowest, rows, end = 0.0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        writer.insert("helsepuls.inserted", [[rows + n] for n in range(1000)], column_names=["n"])
        slowest = max(slowest, time.monotonic() - started)
        rows += 1000
    return {"rows": rows, "slowest": slowest}


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(path: str, limits: str) -> None:
    dsn = f"chdb://{path}"
    writer = clickhouse_connect.get_client(dsn=dsn)
    for statement in SCHEMA:
        writer.command(statement)
    endpoint = serve(dsn, "127.0.0.1", 0, Limits(**json.loads(limits)))
    _say({"url": endpoint.url})
    for line in sys.stdin:
        asked = json.loads(line)
        answer: Any
        if "insert" in asked:
            answer = _insert(writer, asked["insert"])
        elif "raw" in asked:
            writer.command("USE helsepuls")
            answer = list(writer.raw_query(asked["raw"].rstrip(";"), fmt="TabSeparatedWithNamesAndTypes"))
        else:
            answer = [list(map(str, row)) for row in writer.query(asked["query"]).result_rows]
        _say(answer)
    endpoint.close()
    writer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
