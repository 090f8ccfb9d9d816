"""Every metric of every process, declared once. Names follow Prometheus' conventions: base units, `_total` counters."""

from __future__ import annotations

import socket

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, start_http_server

from schemas.errors import Fatal

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENCY = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)

# --- streams: what a worker does to events -----------------------------------------------------------------
EVENTS = Counter("helsepuls_events_total", "Events given an outcome", ["family", "outcome"])
REPLAYED = Counter("helsepuls_replayed_events_total", "Events met again whose outcome was already written", ["family"])
RULE_HITS = Counter("helsepuls_rule_hits_total", "Broken rules", ["family", "code", "severity"])
STEP_SECONDS = Histogram("helsepuls_step_seconds", "Time of one step for one batch", ["step"], buckets=_FAST)
BATCH_EVENTS = Histogram(
    "helsepuls_batch_events", "Events in one batch", buckets=(1, 10, 100, 500, 1000, 2500, 5000, 10000, 20000)
)
LAG_MESSAGES = Gauge("helsepuls_lag_messages", "Messages not yet committed", ["topic", "partition"])
COMMITTED_OFFSET = Gauge(
    "helsepuls_committed_offset", "Offset before which every message is committed", ["topic", "partition"]
)
LAG_SECONDS = Gauge("helsepuls_lag_seconds", "Age of the newest event given an outcome", ["topic"])
END_TO_END_SECONDS = Histogram(
    "helsepuls_end_to_end_seconds", "From the broker taking an event to its outcome", ["family"], buckets=_LATENCY
)
WINDOW_IDS = Gauge("helsepuls_window_ids", "Event ids in the deduplication windows of the partitions held", ["topic"])
WINDOW_RESTORE_SECONDS = Histogram(
    "helsepuls_window_restore_seconds",
    "Time to rebuild the deduplication windows of newly assigned partitions",
    buckets=_LATENCY,
)
BREAKER_OPEN = Gauge("helsepuls_breaker_open", "1 while the breaker holds a topic back", ["topic"])
LAST_PROGRESS = Gauge("helsepuls_last_progress_timestamp_seconds", "When a batch was last finished")

# --- sinks: outcome topics into the warehouse ----------------------------------------------------------------
SINK_ROWS = Counter("helsepuls_sink_rows_total", "Rows in acknowledged inserts", ["table"])
SINK_INSERT_SECONDS = Histogram("helsepuls_sink_insert_seconds", "Time of one insert", ["table"], buckets=_FAST)
SINK_RETRIES = Counter("helsepuls_sink_retries_total", "Inserts that will be offered again", ["table"])
SINK_ERRORS = Counter("helsepuls_sink_errors_total", "Outcome messages that do not decode", ["topic"])
SINK_PARTITIONS = Gauge("helsepuls_sink_partitions", "Partitions that this sink has", ["topic"])
SINK_LAG_MESSAGES = Gauge("helsepuls_sink_lag_messages", "Outcome messages not yet stored", ["topic", "partition"])
SINK_LAG_SECONDS = Gauge(
    "helsepuls_sink_lag_seconds", "Age of the oldest outcome message read, not yet stored", ["topic"]
)
KAFKA_BROKERS = Gauge(
    "helsepuls_kafka_brokers", "Kafka brokers that a client of this process is connected to", ["client"]
)
SINK_LATENCY_SECONDS = Histogram(
    "helsepuls_sink_latency_seconds",
    "From the broker taking a block's oldest message to its rows",
    ["topic"],
    buckets=_LATENCY,
)

# --- sinks: the daily close ----------------------------------------------------------------------------------
CLOSE_LAST_DAY = Gauge(
    "helsepuls_close_last_day_timestamp_seconds", "The last closed day, as midnight UTC of its date; 0: none"
)
CLOSE_MISSED_DAYS = Gauge(
    "helsepuls_close_missed_days", "Days whose time to be closed has come and that are not closed"
)
CLOSE_FAILURES = Counter("helsepuls_close_failures_total", "Daily closes that failed and will be tried again")

# --- sinks: who lies in which bed, kept ------------------------------------------------------------------------
BEDS_LAG_SECONDS = Gauge(
    "helsepuls_beds_lag_seconds", "Age of the oldest stored event that is not in preparedness_occupancy yet; 0: none"
)
BEDS_FAILURES = Counter("helsepuls_beds_failures_total", "Failures to keep the beds; they are kept again after each")

# --- sinks: the warehouse's read-only SQL endpoint -----------------------------------------------------------
SQL_QUERIES = Counter("helsepuls_sql_queries_total", "Queries by outcome: ok, refused, failed, cancelled", ["outcome"])
SQL_QUERY_SECONDS = Histogram(
    "helsepuls_sql_query_seconds", "From a query's arrival to the end of its answer", buckets=_LATENCY
)

# --- deploy: the supervisor of a local stack ---------------------------------------------------------------
CHILD_READY = Gauge("helsepuls_child_ready", "1 while a process of the local stack is ready", ["child"])
CHILD_RESTARTS = Counter("helsepuls_child_restarts_total", "Starts of a process after it ended or failed", ["child"])

# --- the audit: its last result, left in a file by `helsepuls audit --textfile FILE` --------------------------
AUDIT = CollectorRegistry()
"""Kept apart: a process that has not audited must not say that nothing is conserved."""
AUDIT_CONSERVED = Gauge(
    "helsepuls_audit_conserved", "1 when every raw event had exactly one outcome, else 0", registry=AUDIT
)
AUDIT_FINDINGS = Gauge(
    "helsepuls_audit_findings",
    "Findings by kind (missing, double, invented, stray, unlisted); a stretch of missing offsets is one",
    ["kind"],
    registry=AUDIT,
)
AUDIT_RAW_EVENTS = Gauge("helsepuls_audit_raw_events", "Events that the raw topics held", registry=AUDIT)
AUDIT_TIME = Gauge("helsepuls_audit_timestamp_seconds", "When the audit ended", registry=AUDIT)


def audit_text() -> bytes:
    """The metrics of AUDIT for the node exporter's text file collector."""
    return generate_latest(AUDIT)


_HOST = "127.0.0.1"


def ensure_free(port: int) -> None:
    """Raises Fatal when another program listens on the port: told at the start, before anything else is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise _taken(port, error) from None


def _taken(port: int, error: OSError) -> Fatal:
    return Fatal(f"port {port} for the metrics cannot be used: {error.strerror}; give another one, or 0 for a free one")


def serve(port: int = 0) -> int:
    """Serves /metrics on the loopback address; returns the port (a free one for 0). Raises Fatal when it is taken."""
    try:
        server, _thread = start_http_server(port, addr=_HOST)
    except OSError as error:
        raise _taken(port, error) from None
    return int(server.server_port)
