"""A result as an HTTP answer, with ClickHouse's headers.

A result of up to 1 MiB (after compression) is held until the query has ended, so that its status and statistics are
right; so is any result when the client says `wait_end_of_query=1` (beyond 1 MiB in a temporary file). A larger one is
sent as it comes. Should the query fail then, the answer ends with ClickHouse's exception block and, for clients that do
not know it, without the end that HTTP prescribes: nobody takes a part for the whole.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from aiohttp import web

from sinks.warehouse.allowed import Facts
from sinks.warehouse.encoding import Encoder, encoder, negotiate
from sinks.warehouse.engine import Statistics
from sinks.warehouse.execution import Execution
from sinks.warehouse.refusal import QueryError
from sinks.warehouse.request import Query

_HELD: Final = 1024 * 1024
_PIECE: Final = 1024 * 1024
_WORTH_A_THREAD: Final = 64 * 1024

_CONTENT_TYPES: Final = (
    ("JSONEachRow", "application/x-ndjson; charset=UTF-8"),
    ("NDJSON", "application/x-ndjson; charset=UTF-8"),
    ("JSON", "application/json; charset=UTF-8"),
    ("CSVWithNames", "text/csv; charset=UTF-8; header=present"),
    ("CSV", "text/csv; charset=UTF-8; header=absent"),
    ("TSV", "text/tab-separated-values; charset=UTF-8"),
    ("TabSeparated", "text/tab-separated-values; charset=UTF-8"),
    ("XML", "application/xml; charset=UTF-8"),
    ("Markdown", "text/markdown; charset=UTF-8"),
    ("Pretty", "text/plain; charset=UTF-8"),
    ("Vertical", "text/plain; charset=UTF-8"),
)
"""By the beginning of the format's name, first match; all others are bytes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an answer."""

    response: web.StreamResponse
    size: int
    """Bytes of the body as sent."""
    error: QueryError | None = None
    """Why only a part was sent: the connection must be closed without the end that HTTP prescribes."""


class Answerer:
    """Sends results in the name of one engine."""

    def __init__(self, facts: Facts, stall_seconds: float) -> None:
        self._facts = facts
        self._stall_seconds = stall_seconds

    def headers(self, query_id: str) -> dict[str, str]:
        """What every answer has."""
        return {
            "X-ClickHouse-Server-Display-Name": "helsepuls",
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": self._facts.timezone,
            "X-Content-Type-Options": "nosniff",
        }

    def refuse(self, error: QueryError, query_id: str) -> web.Response:
        return web.Response(
            status=error.status,
            text=error.text(self._facts.version) + "\n",
            headers={**self.headers(query_id), "X-ClickHouse-Exception-Code": str(error.code)},
        )

    async def send(self, request: web.Request, query: Query, execution: Execution) -> Sent:
        """Raises QueryError as long as nothing was sent."""
        encoding = negotiate(request.headers.get("Accept-Encoding", "")) if query.compress else None
        squeezer = encoder(encoding)
        pieces = execution.pieces()
        with SpooledTemporaryFile(max_size=_HELD) as held:
            async for piece in pieces:
                held.write(await _squeeze(squeezer, piece))
                if held.tell() > _HELD and not query.wait_end_of_query:
                    headers = self._result_headers(query, execution, encoding, None)
                    return await self._stream(request, headers, held, pieces, squeezer, execution)
            statistics = await execution.statistics()
            held.write(squeezer.flush())
            headers = self._result_headers(query, execution, encoding, statistics)
            return await self._send_held(request, headers, held)

    async def _send_held(self, request: web.Request, headers: dict[str, str], held: IO[bytes]) -> Sent:
        size = held.tell()
        held.seek(0)
        if size <= _HELD:
            return Sent(web.Response(body=held.read(), headers=headers), size)
        response = web.StreamResponse(headers=headers)
        response.content_length = size
        await response.prepare(request)
        while piece := held.read(_PIECE):
            await self._write(response, piece)
        return Sent(response, size)

    async def _stream(
        self,
        request: web.Request,
        headers: dict[str, str],
        held: IO[bytes],
        pieces: AsyncIterator[bytes],
        squeezer: Encoder,
        execution: Execution,
    ) -> Sent:
        tag = secrets.token_hex(8)
        response = web.StreamResponse(headers={**headers, "X-ClickHouse-Exception-Tag": tag})
        await response.prepare(request)
        held.seek(0)
        sent = 0
        try:
            while piece := held.read(_PIECE):
                sent += await self._write(response, piece)
            async for piece in pieces:
                sent += await self._write(response, await _squeeze(squeezer, piece))
            await execution.statistics()
        except QueryError as error:
            block = _exception_block(error.text(self._facts.version), tag)
            sent += await self._write(response, squeezer.compress(block) + squeezer.flush())
            return Sent(response, sent, error)
        sent += await self._write(response, squeezer.flush())
        return Sent(response, sent)

    async def _write(self, response: web.StreamResponse, data: bytes) -> int:
        """Raises ConnectionError when the client takes nothing for too long."""
        if data:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    await response.write(data)
            except TimeoutError:
                raise ConnectionAbortedError("the client takes nothing") from None
        return len(data)

    def _result_headers(
        self, query: Query, execution: Execution, encoding: str | None, statistics: Statistics | None
    ) -> dict[str, str]:
        chosen = (execution.approved and execution.approved.format) or query.default_format
        kind = (kind for start, kind in _CONTENT_TYPES if chosen.startswith(start))
        headers = {
            **self.headers(query.query_id),
            "X-ClickHouse-Format": chosen,
            "Content-Type": next(kind, "application/octet-stream"),
        }
        if encoding:
            headers["Content-Encoding"] = encoding
        if statistics:
            headers["X-ClickHouse-Summary"] = _summary(statistics)
        return headers


async def _squeeze(squeezer: Encoder, piece: bytes) -> bytes:
    if len(piece) < _WORTH_A_THREAD:
        return squeezer.compress(piece)
    return await asyncio.to_thread(squeezer.compress, piece)


def _summary(statistics: Statistics) -> str:
    """Numbers as texts, as ClickHouse writes them."""
    counted = {
        "read_rows": statistics.read_rows,
        "read_bytes": statistics.read_bytes,
        "written_rows": 0,
        "written_bytes": 0,
        "total_rows_to_read": statistics.read_rows,
        "result_rows": statistics.result_rows,
        "result_bytes": statistics.result_bytes,
        "elapsed_ns": round(statistics.elapsed_seconds * 1e9),
    }
    return json.dumps({name: str(value) for name, value in counted.items()})


def _exception_block(text: str, tag: str) -> bytes:
    """As the server ends a result that failed midway, since 25.11."""
    message = text.encode("utf-8", "replace")
    return b"\r\n__exception__\r\n%b\r\n%b\n%d %b\r\n__exception__\r\n" % (
        tag.encode(),
        message,
        len(message) + 1,
        tag.encode(),
    )
