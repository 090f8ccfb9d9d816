"""One query between the event loop and the engine: a worker thread fills a pipe, the loop empties it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from types import TracebackType
from typing import Final

from sinks.parameters import advice
from sinks.warehouse.engine import Engine, Statistics
from sinks.warehouse.guard import Approved, Guard
from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import Code, QueryError
from sinks.warehouse.request import Query

_PIECE: Final = 256 * 1024
_KILL_EVERY_SECONDS: Final = 0.2


class Execution:
    """Runs inside `async with`; leaving it, however that comes, ends the query before it goes on."""

    def __init__(self, guard: Guard, engine: Engine, limits: Limits, workers: Executor, query: Query) -> None:
        self._guard = guard
        self._engine = engine
        self._limits = limits
        self._workers = workers
        self._query = query
        self._marker: list[str] = []
        self._given_up = False
        self.approved: Approved | None = None
        """Known once the first bytes, or the end, have come."""

    async def __aenter__(self) -> Execution:
        self._read_end, write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        with contextlib.suppress(OSError):  # more than a user may have: the pipe stays as small as it is
            fcntl.fcntl(self._read_end, fcntl.F_SETPIPE_SZ, 2 * _PIECE)
        self._future = asyncio.get_running_loop().run_in_executor(self._workers, self._work, write_end)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._given_up = True
        await asyncio.shield(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        """Kills the query until it is gone. The pipe is emptied meanwhile and closed last: opening one that nobody
        reads blocks, and so does writing into a full one."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._read_end, self._discard)
        while not self._future.done():
            if self._marker:
                await asyncio.to_thread(self._engine.kill, self._marker[0])
            await asyncio.wait({self._future}, timeout=_KILL_EVERY_SECONDS)
        loop.remove_reader(self._read_end)
        os.close(self._read_end)
        self._future.exception()  # fetched, so that asyncio does not report it as lost

    def _discard(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(self._read_end, _PIECE):
                asyncio.get_running_loop().remove_reader(self._read_end)

    def _work(self, write_end: int) -> Statistics:
        try:
            self.approved = approved = self._guard.check(self._query.sql, self._query.parameters)
            if self._given_up:
                raise QueryError(Code.ABORTED, "The client went away.")
            return self._engine.run(
                approved.text,
                approved.format or self._query.default_format,
                parameters=self._query.parameters,
                settings={**self._query.settings, **approved.settings},
                descriptor=write_end,
                marker=self._marker,
            )
        except QueryError as error:
            error.advise(advice(self._query.sql, error.sentence))
            raise
        finally:
            os.close(write_end)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The result as it comes. Raises QueryError 396 beyond the limit; its end says nothing of success yet."""
        total = 0
        while piece := await self._read():
            total += len(piece)
            if total > self._limits.result_bytes:
                raise QueryError(
                    Code.TOO_MANY_ROWS_OR_BYTES,
                    f"Limit for result exceeded, max bytes: {self._limits.result_bytes}.",
                )
            yield piece

    async def _read(self) -> bytes:
        """What is in the pipe, empty when the query has ended."""
        while True:
            try:
                return os.read(self._read_end, _PIECE)
            except BlockingIOError:
                await self._readable()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._read_end, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._read_end)

    async def statistics(self) -> Statistics:
        """After the last piece: raises QueryError if the query was refused or failed."""
        return await asyncio.shield(self._future)
