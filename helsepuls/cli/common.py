"""What every command shares: options, exit codes, and where output goes.

Results go to stdout (a table for people, or exactly one JSON document), everything else to stderr, so that a
command can stand in a pipe.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from math import isnan
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from rich.table import Table

OK: Final = 0
FAILED: Final = 1
"""The check failed, or something was refused."""
USAGE: Final = 2
UNREACHABLE: Final = 3
"""A service that the command needs cannot be reached."""
NO_READER: Final = 141
"""Whoever read the output has left: 128 + SIGPIPE."""
INTERRUPTED: Final = 130
"""Ctrl-C: 128 + SIGINT, as shells count it."""

interrupted: Final = threading.Event()
"""Set by the first Ctrl-C."""

_AGAIN_SECONDS: Final = 0.01
"""When an interruption that would be swallowed is tried again."""

_ADVICE: Final = {
    errno.ENOSPC: "free some space, then do it again",
    errno.EDQUOT: "free some space, then do it again",
    errno.EACCES: "mend the permissions, or name another place",
    errno.EPERM: "mend the permissions, or name another place",
    errno.EADDRINUSE: "end what holds the port, or name another",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but tab and line feed."""

_JSON: Final = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS

_NO_TERMINAL: Final = 1000
"""Columns of a file or a pipe: a sentence is one line of it, which `grep` finds."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def misfortune(error: OSError) -> str:
    """What the machine refused, in one sentence with what to do."""
    what = error.strerror or type(error).__name__
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{what}; {_ADVICE.get(error.errno or 0, 'name another place, or mend this one')}"


class Number(click.FloatRange):
    """A number within bounds, which "nan" never is: it is neither below nor above any of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


LONGEST_SECONDS: Final = 1_000_000
"""Eleven days: more milliseconds than librdkafka counts are no time-out."""


def home_option(command: _Command) -> _Command:
    """`--home DIR`, given to the command as `home: Path | None` for `runtime.home.find_home`."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the stack keeps its state. Default: $HELSEPULS_HOME, else the nearest .helsepuls/ upwards.",
    )(command)


def json_option(command: _Command) -> _Command:
    """`--json`, given to the command as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")(command)


def metrics_port_option(command: _Command) -> _Command:
    """`--metrics-port N`, given to the command as `metrics_port: int`."""
    return click.option(
        "--metrics-port",
        type=click.IntRange(0, 65535),
        default=0,
        show_default=True,
        help="Port of the Prometheus metrics; 0 takes a free one.",
    )(command)


def log_level_option(command: _Command) -> _Command:
    """`--log-level LEVEL`, given to the command as `log_level: str`."""
    return click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
        default="info",
        show_default=True,
        help="From which level on to log.",
    )(command)


def console() -> Console:
    """For results on stdout. Made per call, because tests and pagers exchange `sys.stdout`.

    Text is shown as it is: brackets in a path or a name are not markup. What has a colour is a `rich.text.Text`.
    """
    return _console(stderr=False)


def stderr_console() -> Console:
    """For notes and progress."""
    return _console(stderr=True)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process here, with a code of its own."""
        raise  # noqa: PLE0704  it is called while the error is handled


def _console(*, stderr: bool) -> Console:
    found = _Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _NO_TERMINAL
    return found


def table_of(*headers: str, lines: bool = False) -> Table:
    """For people. Where a terminal is too narrow for a name it is broken, never cut off."""
    from rich.table import Table

    made = Table(show_lines=lines)
    for header in headers:
        made.add_column(header, overflow="fold")
    return made


def events(count: int) -> str:
    """In words: 1 event, 2 events."""
    return f"{count} event" + "s" * (count != 1)


def harmless(text: str) -> str:
    """Text from outside without control characters, which a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def print_json(document: object) -> None:
    """One JSON document on stdout; `document` may hold dataclasses, datetimes and UUIDs."""
    try:
        text = orjson.dumps(document, option=_JSON)
    except orjson.JSONEncodeError:
        text = orjson.dumps(_utf8(document), option=_JSON)
    click.echo(text)


def _utf8(value: Any) -> Any:
    """The same with a replacement for what is not UTF-8 in a file name, for which Python has surrogates."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {_utf8(key): _utf8(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_utf8(inner) for inner in value]
    if is_dataclass(value):
        return {field.name: _utf8(getattr(value, field.name)) for field in fields(value)}
    return value


def progress() -> Progress:
    """A progress bar on stderr, silent when stderr is no terminal."""
    target = stderr_console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=target,
        disable=not target.is_terminal,
        transient=True,
    )


def interrupt(_signal: int, frame: FrameType | None) -> None:
    """What SIGINT does while a command works."""
    interrupted.set()
    if _swallows(frame):
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        raise KeyboardInterrupt


def _swallows(frame: FrameType | None) -> bool:
    """Whether Python would print and forget what is raised now: in a finalizer, or in the callback that the import
    system has for its locks."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or (code.co_name == "cb" and code.co_filename.startswith("<frozen importlib")):
            return True
        frame = frame.f_back
    return False
