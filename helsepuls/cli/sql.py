"""`helsepuls sql`: one query, its result on the screen or in a file."""

from __future__ import annotations

import ast
import io
import logging
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from helsepuls.appearing import appearing
from helsepuls.cli._answer import SHOWN_ROWS, Answer
from helsepuls.cli.common import console, home_option, stderr_console

FORMATS: Final = {
    "table": "JSONCompactEachRowWithNamesAndTypes",
    "json": "JSONEachRow",
    "csv": "CSVWithNames",
    "parquet": "Parquet",
    "arrow": "Arrow",
}
_BINARY: Final = frozenset({"parquet", "arrow"})
_MAKES_ROWS: Final = re.compile(r"(SELECT|WITH|FROM)\b|\(", re.IGNORECASE)
_OWN_FORMAT: Final = re.compile(r"\bFORMAT\s+\w+\s*(SETTINGS\b[^()]*)?$", re.IGNORECASE)
_COMMENT: Final = re.compile(r"--[^\s=]*\s")
_SLOWER_SECONDS: Final = 15
"""How much longer than the run time of a query its answer may take: its turn may have to be waited for."""


class _Query(click.Command):
    """A query may begin with a comment, which looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {text}" if _COMMENT.match(text) else text for text in args])


@click.command(cls=_Query)
@click.argument("query")
@click.option(
    "--format",
    "chosen",
    type=click.Choice(list(FORMATS)),
    help="Default: table on a terminal, csv elsewhere. json is one array of objects; csv has a header.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value for {NAME:Type} in the query; may be given several times.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    help="Write here instead of to the screen; the file appears only when the result is complete. - is the screen.",
)
@home_option
def command(
    query: str,
    chosen: str | None,
    as_json: bool,
    parameters: tuple[str, ...],
    output: Path | None,
    home: Path | None,
) -> None:
    """Query the warehouse: QUERY is one SQL statement, or - to read it from standard input.

    \b
    helsepuls sql "SHOW TABLES"
    helsepuls sql "SELECT * FROM preparedness_occupancy LIMIT 20"
    helsepuls sql "SELECT count() FROM capacity_known_at(at = {t:DateTime64(3)})" --param t="2026-01-01 12:00:00"
    helsepuls sql "SELECT * FROM accepted_episode" --format parquet --output episodes.parquet

    The endpoint of the local stack only reads, within limits; a ClickHouse server does what its user may do.
    """
    output = None if output == Path("-") else output
    named = dict(_parameter(text) for text in parameters)
    sql = _statement(query)
    seen = output is None and _on_terminal()
    if as_json and chosen not in (None, "json"):
        raise click.UsageError(f"--json and --format {chosen} contradict each other: leave one out.")
    chosen = "json" if as_json else chosen or ("table" if seen else "csv")
    if chosen in _BINARY and seen:
        raise click.UsageError(f"{chosen} is not for a terminal: add --output FILE, or send it into a file or a pipe.")
    with _result(home, sql, named, chosen) as result:
        if chosen == "table":
            _show(result, output)
        else:
            _write(result, output)


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.UsageError(f"--param takes NAME=VALUE, not {text!r}.")
    _utf8(value, f"The value of --param {name}")
    return name, value


def _utf8(text: str, what: str) -> None:
    """What is not UTF-8 on the command line comes from Python with surrogates in its place."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"{what} is not UTF-8 text.") from None


def _typed(sql: str, parameters: dict[str, str]) -> dict[str, Any]:
    """A container is given as ClickHouse writes it (`['a', 'b']`), which is also Python: the driver quotes it anew."""
    typed: dict[str, Any] = dict(parameters)
    for name, text in parameters.items():
        if re.search(rf"\{{\s*{name}\s*:\s*(Array|Map|Tuple)\b", sql):
            try:
                typed[name] = ast.literal_eval(text)
            except (ValueError, SyntaxError):
                raise click.UsageError(f"--param {name} takes a literal such as ['a', 'b'] or {{'k': 1}}.") from None
    return typed


def _statement(query: str) -> str:
    if query == "-":
        query = click.get_binary_stream("stdin").read().decode("utf-8", "surrogateescape")
    _utf8(query, "The query")
    sql = query.strip().rstrip(";").rstrip()
    if not sql:
        raise click.UsageError("The query is empty.")
    if _OWN_FORMAT.search(sql):
        raise click.UsageError("Leave FORMAT out of the query: --format says how the result is written.")
    return sql


@contextmanager
def _result(home: Path | None, sql: str, parameters: dict[str, str], chosen: str) -> Iterator[Any]:
    """The bytes of the result, complete on the other side before the first comes: an error is met here or not at all.

    Raises Retryable when nobody answers, Fatal with ClickHouse's own sentence when the query is refused or fails.
    """
    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

    from runtime.home import find_home
    from runtime.settings import WarehouseSettings, load
    from schemas.errors import Fatal, Retryable
    from sinks.settings import EndpointSettings

    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # its errors are told here
    folder = find_home(home)
    settings = load(WarehouseSettings, folder)
    where = urlsplit(settings.query_url)
    try:
        client = clickhouse_connect.get_client(
            dsn=settings.query_url,
            interface="https" if where.scheme in ("https", "clickhouses") else "http",
            database=settings.database,
            autogenerate_session_id=False,
            connect_timeout=5,
            send_receive_timeout=ceil(load(EndpointSettings, folder).query_seconds) + _SLOWER_SECONDS,
            show_clickhouse_errors="scrub",
        )
        stream = client.raw_stream(
            sql,
            parameters=_typed(sql, parameters) or None,
            settings=_settings(sql, chosen),
            # Not in the statement: ClickHouse's errors quote that, and the user wrote no FORMAT.
            transport_settings={"X-ClickHouse-Format": FORMATS[chosen]},
        )
    except (ClickHouseError, OSError) as error:
        if isinstance(error, OSError) or (isinstance(error, OperationalError) and error.code is None):
            place = f"{where.hostname}:{where.port or 'default port'}"
            raise Retryable(f"the warehouse at {place} does not answer: see `helsepuls status`") from None
        raise Fatal(_sentence(error, sql)) from None
    try:
        yield stream
    finally:
        stream.close()
        client.close()


def _settings(sql: str, chosen: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"wait_end_of_query": "1"}
    if chosen == "json":
        settings["output_format_json_array_of_rows"] = 1
    if chosen == "table" and _MAKES_ROWS.match(sql):
        settings["limit"] = SHOWN_ROWS + 1  # one more than is shown tells that there are more
    return settings


def _sentence(error: Any, sql: str) -> str:
    """ClickHouse's sentence with its code and name, without the driver's words about it, and what to do."""
    from sinks.parameters import advice
    from sinks.warehouse.refusal import from_engine

    if error.code is None:
        return str(error)
    said = from_engine(error)
    said.sentence = said.sentence.partition(". Expected one of: ")[0].partition(": while executing ")[0]
    said.advise(advice(sql, said.sentence))
    return f"{said.sentence} (ClickHouse {said.code} {said.name})".replace("\n", " ")


def _write(result: Any, output: Path | None) -> None:
    if output is None:
        shutil.copyfileobj(result, click.get_binary_stream("stdout"))
        return
    with appearing(output) as file:
        shutil.copyfileobj(result, file)


def _show(result: Any, output: Path | None) -> None:
    from rich.console import Console

    answer = Answer.of(result.read().splitlines())
    if output is None:
        answer.show(console())
    else:
        with appearing(output) as file, io.TextIOWrapper(file, encoding="utf-8") as text:
            answer.show(Console(file=text, width=1000))
    if answer.more:
        stderr_console().print(f"The first {SHOWN_ROWS} rows. All of them: --format csv, json, parquet or arrow.")
