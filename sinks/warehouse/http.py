"""A read-only SQL endpoint that speaks ClickHouse's HTTP protocol over the engine in this process.

aiohttp serves: it is here with Faust anyway, is hardened against bad requests, notices a client that goes away, and
waits for slow clients without holding a thread (the standard library's `http.server` does none of these). The event
loop runs in a thread of its own; each query runs in one worker thread and writes into a pipe, which the loop reads
and sends on. So memory per query is a few buffers, whatever the size of the result; a client that reads slowly slows
its own query; one that leaves ends it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Coroutine, Mapping
from typing import Any

from schemas.errors import Fatal
from sinks.warehouse.closing import Closing
from sinks.warehouse.engine import Engine
from sinks.warehouse.limits import Limits
from sinks.warehouse.service import Service


class SqlEndpoint:
    """A running endpoint; it owns its `Engine`."""

    def __init__(
        self,
        engine: Engine,
        host: str,
        port: int,
        limits: Limits,
        database: str,
        closing: Closing | None,
        withheld: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sql-endpoint", daemon=True)
        self._thread.start()
        self._service = Service(
            engine, limits, database, only_loopback=_is_loopback(host), closing=closing, withheld=withheld
        )
        try:
            bound = self._wait(self._service.start(host, port))
        except OSError as error:
            self.close()
            raise Fatal(f"the SQL endpoint cannot listen on {host}:{port}: {error.strerror}") from None
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    def close(self) -> None:
        """Ends what runs. When this returns, no query runs and every handle is given back. Call it once."""
        self._wait(self._service.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._engine.close()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def serve(
    dsn: str,
    host: str,
    port: int,
    limits: Limits,
    *,
    database: str = "helsepuls",
    closing: Closing | None = None,
    withheld: Mapping[str, str] | None = None,
) -> SqlEndpoint:
    """Starts the endpoint in threads of its own; port 0 takes a free one. `dsn`: the same chdb:///path as the sink's.
    `withheld`: relations that are not readable, and the purpose that is switched off.

    Raises Fatal when the warehouse cannot be opened or the address is taken.
    """
    return SqlEndpoint(Engine(dsn, database, limits), host, port, limits, database, closing, withheld or {})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
