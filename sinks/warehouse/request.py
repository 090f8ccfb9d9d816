"""A query as ClickHouse's HTTP interface carries it: in the address, in the body, in both, or as a form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from sinks.warehouse.encoding import decode
from sinks.warehouse.refusal import Code, QueryError

DEFAULT_FORMAT: Final = "TabSeparated"

_TRANSPORT: Final = frozenset(
    {
        *("query", "query_id", "database", "default_format", "wait_end_of_query", "compress", "decompress", "readonly"),
        # Taken without effect: there are no users, no sessions and no buffers to size.
        *("user", "password", "quota_key", "session_id", "session_timeout", "session_check", "close_session"),
        *("buffer_size", "stacktrace", "add_http_cors_header"),
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    sql: str
    parameters: Mapping[str, str]
    """By name without `param_`, values in ClickHouse's escaped form."""
    settings: Mapping[str, str]
    database: str | None
    default_format: str
    query_id: str
    wait_end_of_query: bool
    """Answer only when the result is complete, so that a late failure still has its status."""
    compress: bool


def query_id(request: web.Request) -> str:
    """The client's own if it is fit for a header, else a new one."""
    given = request.query.get("query_id", "")
    return given if given.isascii() and given.isprintable() and 0 < len(given) <= 128 else str(uuid.uuid4())


async def read(request: web.Request, query_id: str, *, most: int) -> Query:
    """`most`: bytes of the statement with its parameters. Raises QueryError."""
    if request.method not in ("GET", "POST", "HEAD"):
        raise QueryError(Code.NOT_IMPLEMENTED, "Queries come by GET or POST.")
    fields = dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True, errors="surrogateescape"))
    body = ""
    if request.content_type == "multipart/form-data":
        fields |= await _form(request, most)
    elif request.can_read_body:
        body = _text(await _body(request, most))
    sql = "\n".join(part for part in (fields.get("query", ""), body) if part)
    if not sql.strip():
        raise QueryError(Code.SYNTAX_ERROR, "There is no query: give it in the address (?query=…) or in the body.")
    return _query(request, query_id, sql, {name: _valid(value) for name, value in fields.items()})


def _query(request: web.Request, query_id: str, sql: str, fields: dict[str, str]) -> Query:
    if any(_flag(fields, name) for name in ("compress", "decompress")):
        raise QueryError(
            Code.NOT_IMPLEMENTED,
            "compress=1 and decompress=1 (ClickHouse's own blocks) are not available; use Accept-Encoding and "
            "Content-Encoding: lz4, zstd, gzip or deflate.",
        )
    if fields.get("readonly", "1") not in ("1", "2"):
        raise QueryError(Code.READONLY, "Cannot modify 'readonly' setting in readonly mode.")
    named = {name.removeprefix("param_"): value for name, value in fields.items() if name.startswith("param_")}
    return Query(
        sql=_valid(sql),
        parameters=named,
        settings={
            name: value for name, value in fields.items() if name not in _TRANSPORT and not name.startswith("param_")
        },
        database=fields.get("database") or request.headers.get("X-ClickHouse-Database"),
        default_format=fields.get("default_format") or request.headers.get("X-ClickHouse-Format") or DEFAULT_FORMAT,
        query_id=query_id,
        wait_end_of_query=_flag(fields, "wait_end_of_query"),
        compress=_flag(fields, "enable_http_compression", "1"),
    )


async def _body(request: web.Request, most: int) -> bytes:
    try:
        data = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise QueryError(Code.QUERY_IS_TOO_LARGE, f"A statement with its parameters may have {most} bytes.") from None
    except (web.RequestPayloadError, ValueError):
        raise QueryError(Code.CANNOT_DECOMPRESS, "The body does not decode as its Content-Encoding says.") from None
    return decode(request.headers.get("Content-Encoding", "").lower(), data, most=most)


async def _form(request: web.Request, most: int) -> dict[str, str]:
    try:
        form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise QueryError(Code.QUERY_IS_TOO_LARGE, f"A statement with its parameters may have {most} bytes.") from None
    except (web.RequestPayloadError, ValueError, LookupError, AssertionError):
        raise QueryError(Code.BAD_ARGUMENTS, "The form cannot be read.") from None
    if any(not isinstance(value, str) for value in form.values()):
        raise QueryError(Code.NOT_IMPLEMENTED, "External tables are not available: put the values into the query.")
    return {name: str(value) for name, value in form.items()}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _valid(text: str) -> str:
    """`text` unless it is not UTF-8, as an INSERT with binary data is not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError(
            Code.SYNTAX_ERROR, "The query and its parameters are UTF-8 text; this endpoint only reads, so no data come."
        ) from None
    return text


def _flag(fields: Mapping[str, str], name: str, default: str = "0") -> bool:
    return fields.get(name, default) not in ("0", "false", "")
