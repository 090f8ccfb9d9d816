"""The warehouse process: it migrates, stores the outcome topics and, where the engine is its own, answers queries.

An embedded engine belongs to one process, so everything that touches it is here. The sink runs in the main thread
(signals reach it between two turns), the endpoint in threads of its own.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing as closed_after
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer

from monitoring import metrics
from monitoring.kafka import connections
from runtime.home import announce, read_json, retire, write_json
from runtime.kafka import made
from runtime.settings import KafkaSettings, WarehouseSettings, load
from sinks import relations
from sinks.beds import Beds, Noting
from sinks.close import Closer
from sinks.connect import Client, connect, is_embedded
from sinks.consumer import Sink
from sinks.kafka import kafka_config
from sinks.migrate import migrate
from sinks.reference import References
from sinks.settings import CloseSettings, EndpointSettings, SinkSettings
from sinks.warehouse.closing import CLOSERS_PARTITION, Closing
from sinks.warehouse.http import SqlEndpoint, serve
from sinks.warehouse.keeping import Keeping
from sinks.warehouse.limits import Limits
from sinks.warehouse.priority import merging_gives_way
from sinks.writer import Writer

log = logging.getLogger(__name__)

NAME: Final = "warehouse"
_EMBEDDED_INSTANCE: Final = "embedded"
"""Only one process can hold the path, so the group needs no more members, and a restarted one is known at once."""
_MB: Final = 1024 * 1024


def run(home: Path, metrics_port: int = 0) -> None:
    """Runs until SIGTERM or SIGINT, then stores what it has and ends; after SIGINT with KeyboardInterrupt.

    Raises Fatal (settings, a path that another process holds, a schema that does not fit) or Retryable (a server
    that cannot be reached now).
    """
    settings = load(WarehouseSettings, home)
    sink_settings = load(SinkSettings, home)
    kafka = load(KafkaSettings, home)
    embedded = is_embedded(settings)
    if embedded and not sink_settings.instance:
        sink_settings = sink_settings.model_copy(update={"instance": _EMBEDDED_INSTANCE})
    consumer_settings = {**kafka_config(kafka, sink_settings), **connections("sink")}
    consumer = made(Consumer, consumer_settings, logger=log)  # before anything is opened: they may be wrong

    close = load(CloseSettings, home)
    closing = Closing(close.wait_seconds)
    with (
        _client(settings, sink_settings) as client,
        _endpoint(home, settings, closing) as endpoint,
        closed_after(connect(settings, sink_settings.insert_seconds)) as client_of_beds,
    ):
        stopping, interrupted = _on_signals()
        merging_gives_way()
        beds = Beds(client_of_beds)
        sink = Sink(consumer, Noting(Writer(client), beds), sink_settings)

        def is_first() -> bool:
            return embedded or sink.has(*CLOSERS_PARTITION)

        references = References(home, client)
        references.turn()  # who asks as soon as it is ready finds them
        port = metrics.serve(metrics_port)
        facts: dict[str, Any] = {"metrics": f"http://127.0.0.1:{port}/metrics"}
        announce(home, NAME, {**facts, "url": endpoint.url} if endpoint else facts)
        log.info("ready", extra={"embedded": embedded})
        keeping = Keeping(beds, is_first, lambda: sink.lag_seconds)
        keeping.start()
        try:
            closer = Closer(client, close.at)

            def between() -> None:
                keeping.check()
                references.turn()
                closing.turn(closer, sink.has_stored_until, is_ours=is_first())

            sink.run(stopping.is_set, between)
        finally:
            keeping.end()
            closing.end()
            retire(home, NAME)
    log.info("ended")
    if interrupted.is_set():
        raise KeyboardInterrupt


@contextmanager
def _client(settings: WarehouseSettings, sink_settings: SinkSettings) -> Iterator[Client]:
    client = connect(settings, sink_settings.insert_seconds)
    try:
        for step in migrate(client):
            log.info("migrated", extra={"kind": step.kind, "step": step.name})
        yield client
    finally:
        client.close()


@contextmanager
def _endpoint(home: Path, settings: WarehouseSettings, closing: Closing) -> Iterator[SqlEndpoint | None]:
    """None where a server answers queries itself."""
    if not is_embedded(settings):
        yield None
        return
    wanted = load(EndpointSettings, home)
    limits = Limits(
        seconds=wanted.query_seconds,
        memory_bytes=wanted.query_memory_mb * _MB,
        result_rows=wanted.result_rows,
        concurrent=wanted.concurrent,
    )
    port = wanted.port or _port_of_last_time(home, wanted.host)
    off = relations.withheld(settings.database, wanted.purposes_off)
    endpoint = serve(settings.dsn, wanted.host, port, limits, database=settings.database, closing=closing, withheld=off)
    try:
        write_json(_port_file(home), {"port": int(endpoint.url.rpartition(":")[2])})
        yield endpoint
    finally:
        endpoint.close()


def _port_file(home: Path) -> Path:
    return home / "sql-endpoint.json"


def _port_of_last_time(home: Path, host: str) -> int:
    """So that a client's address stays right over a restart; 0 when it was never recorded or is taken now."""
    port = (read_json(_port_file(home)) or {}).get("port")
    if not isinstance(port, int):
        return 0
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return 0
    return port


def _on_signals() -> tuple[threading.Event, threading.Event]:
    """Set when the process is asked to end, and when that was by Ctrl-C. After the engine is open, which has ideas of
    its own about signals."""
    stopping, interrupted = threading.Event(), threading.Event()

    def stop(number: int, _: Any) -> None:
        stopping.set()
        if number == signal.SIGINT:
            interrupted.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping, interrupted
