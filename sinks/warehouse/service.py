"""The endpoint's pages and what happens to a request, inside the event loop."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Final

from aiohttp import web

from monitoring import metrics
from schemas.errors import HelsepulsError, Retryable
from sinks.close import document
from sinks.warehouse import request as requests
from sinks.warehouse.allowed import Permissions
from sinks.warehouse.answer import Answerer, Sent
from sinks.warehouse.closing import Closing
from sinks.warehouse.engine import Engine
from sinks.warehouse.execution import Execution
from sinks.warehouse.guard import Guard
from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import Code, QueryError
from sinks.warehouse.request import Query
from sinks.warehouse.turns import Turns

log = logging.getLogger(__name__)
_transport_log = logging.getLogger(f"{__name__}.transport")
_transport_log.setLevel(logging.CRITICAL)  # aiohttp's word on what clients send wrong, which quotes it

_GRACE_SECONDS: Final = 2.0
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """Answers requests with one engine. All methods run in one event loop."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        database: str,
        *,
        only_loopback: bool,
        closing: Closing | None = None,
        withheld: Mapping[str, str] | None = None,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._permissions = Permissions(
            database=database,
            limits=limits,
            facts=engine.facts,
            is_relation=engine.is_relation,
            withheld=withheld or {},
        )
        self._guard = Guard(engine, self._permissions)
        self._turns = Turns(limits)
        self._answerer = Answerer(engine.facts, limits.stall_seconds)
        self._only_loopback = only_loopback
        self._closing = closing
        self._workers = ThreadPoolExecutor(limits.concurrent, thread_name_prefix="sql-query")
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port. Raises OSError when the address is taken."""
        application = web.Application(client_max_size=self._limits.query_bytes, middlewares=[self._admit])
        for path in ("/", "/query"):
            application.router.add_route("*", path, self._query)
        for path in ("/ping", "/replicas_status"):
            application.router.add_get(path, self._alive)
        if self._closing and self._only_loopback:
            application.router.add_post("/close", self._close)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_transport_log,
            handler_cancellation=True,
            shutdown_timeout=_GRACE_SECONDS,
            max_line_size=4 * self._limits.query_bytes,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Takes no more requests, ends the queries that run, and waits for their ends."""
        if self._runner:
            await self._runner.cleanup()
        await asyncio.to_thread(self._workers.shutdown)
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=_GRACE_SECONDS)
        await asyncio.get_running_loop().shutdown_default_executor()

    @web.middleware
    async def _admit(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Keeps other people's web pages out: what listens on this machine only is reached from it by any browser tab.

        A page's request tells that it comes from elsewhere (Sec-Fetch-Site); one that had its own name resolve to
        127.0.0.1 gives that name as Host.
        """
        name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        foreign = self._only_loopback and name.lower() not in _LOOPBACK_NAMES
        if foreign or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return web.Response(status=403, text="This endpoint answers programs on this machine, not web pages.\n")
        return await handler(request)

    async def _alive(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="Ok.\n")

    async def _close(self, request: web.Request) -> web.StreamResponse:
        """Not SQL: it asks the sink's thread for the daily close of `date`, or of every missed day."""
        assert self._closing
        try:
            day = date.fromisoformat(request.query["date"]) if "date" in request.query else None
        except ValueError:
            return web.json_response({"error": "date: a day is written YYYY-MM-DD"}, status=400)
        try:
            found = await asyncio.wrap_future(self._closing.ask(day))
        except Retryable as error:
            return web.json_response({"error": str(error)}, status=503)
        except HelsepulsError as error:
            return web.json_response({"error": str(error)}, status=409)
        return web.json_response(document(found))

    async def _query(self, request: web.Request) -> web.StreamResponse:
        if request.method in ("GET", "HEAD") and not request.query_string:
            return await self._alive(request)
        started = time.perf_counter()
        query_id = requests.query_id(request)
        outcome, code, size = "cancelled", 0, 0
        try:
            sent = await self._answer(request, query_id)
            outcome, size = "ok", sent.size
            if sent.error:
                outcome, code = sent.error.outcome, sent.error.code
                if request.transport:
                    request.transport.close()
        except QueryError as error:
            outcome, code = error.outcome, error.code
            return self._answerer.refuse(error, query_id)
        except Exception as error:
            outcome, code = "failed", int(Code.UNKNOWN_EXCEPTION)
            place = traceback.extract_tb(error.__traceback__)[-1]
            # The kind and the place only: a message may quote the query.
            log.error("query crashed", extra={"error": type(error).__name__, "at": f"{place.filename}:{place.lineno}"})
            sentence = "The endpoint failed; its log says where."
            return self._answerer.refuse(QueryError(Code.UNKNOWN_EXCEPTION, sentence), query_id)
        else:
            return sent.response
        finally:
            seconds = time.perf_counter() - started
            metrics.SQL_QUERIES.labels(outcome).inc()
            metrics.SQL_QUERY_SECONDS.observe(seconds)
            log.debug(
                "query",
                extra={"query_id": query_id, "outcome": outcome, "code": code, "bytes": size, "seconds": seconds},
            )

    async def _answer(self, request: web.Request, query_id: str) -> Sent:
        query = self._checked(await requests.read(request, query_id, most=self._limits.query_bytes))
        async with (
            self._turns.take(),
            Execution(self._guard, self._engine, self._limits, self._workers, query) as execution,
        ):
            return await self._answerer.send(request, query, execution)

    def _checked(self, query: Query) -> Query:
        """Holds against the permissions what came beside the statement."""
        if query.database not in (None, "", "default", self._permissions.database):
            raise QueryError(
                Code.UNKNOWN_DATABASE,
                f"Database {query.database} is not readable here; {self._permissions.database} is, and is the default.",
            )
        self._permissions.check_format(query.default_format)
        return replace(query, settings=self._permissions.check_settings(query.settings))
