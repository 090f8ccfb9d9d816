"""The `helsepuls` command: a group that finds its commands by file name.

A command is a file `helsepuls/cli/<name>.py` with a click command named `command`; it is imported when it is
called (or when help lists it), so a command pays only for what it imports itself. Errors of all commands become
one sentence and an exit code here, in one place.
"""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.utils import PacifyFlushWrapper

from helsepuls.cli import common
from schemas.errors import HelsepulsError, Retryable

_HERE: Final = Path(__file__).parent
_HELPERS: Final = frozenset({"main", "common"})

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "For EPR vendors and reporting units": ("publish", "validate", "receipts", "trace", "simulate", "schemas", "rules"),
    "For analysts and statisticians": ("sql", "explain"),
    "For operations": (
        "up",
        "down",
        "status",
        "logs",
        "audit",
        "close",
        "config",
        "migrate",
        "reference",
        "topics",
        "worker",
        "warehouse",
        "demo",
    ),
}
"""How `--help` groups the commands. A command that is missing here is listed under "Other"; a test refuses that."""


class _Failure(click.ClickException):
    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Commands(click.Group):
    """Lazy group. Turns `HelsepulsError` into one sentence on stderr and the exit codes of `helsepuls.cli.common`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        names = (path.stem for path in _HERE.glob("*.py"))
        return sorted(name.replace("_", "-") for name in names if name not in _HELPERS and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"helsepuls.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in (names := self.list_commands(ctx)) and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], names, n=1)
            advice = f"Did you mean {near[0]!r}?" if near else "See 'helsepuls --help'."
            raise click.UsageError(f"No such command {args[0]!r}. {advice}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in self._sections(ctx):
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, command.get_short_help_str(90)) for name, command in commands if command])

    def _sections(self, ctx: click.Context) -> Iterator[tuple[str, list[str]]]:
        names = self.list_commands(ctx)
        for title, members in SECTIONS.items():
            if present := [name for name in members if name in names]:
                yield title, present
        listed = {name for members in SECTIONS.values() for name in members}
        if other := [name for name in names if name not in listed]:
            yield "Other", other

    def main(self, *args: Any, **more: Any) -> Any:
        """As click's, but what the machine refuses (a full disk, a right) is one sentence. A reader of the output that
        has seen enough and left is none of it: that ends quietly."""
        try:
            try:
                return super().main(*args, **more)
            finally:
                sys.stdout.flush()  # here, and not when the interpreter ends and can say nothing more
        except SystemExit:
            if isinstance(sys.stdout, PacifyFlushWrapper):  # which click leaves when nobody reads any more
                sys.exit(common.NO_READER)
            raise
        except OSError as error:
            _give_up_output()
            if error.errno == errno.EPIPE:
                sys.exit(common.NO_READER)
            click.echo(f"Error: {common.misfortune(error)}", err=True)
            sys.exit(common.FAILED)

    def invoke(self, ctx: click.Context) -> Any:
        """Only while a command works is an interruption a KeyboardInterrupt: click would make exit code 1 of one that
        comes while it reads the command line."""
        outside = signal.getsignal(signal.SIGINT)
        try:
            signal.signal(signal.SIGINT, common.interrupt)
            return super().invoke(ctx)
        except Retryable as error:
            raise _Failure(str(error), common.UNREACHABLE) from error
        except HelsepulsError as error:
            raise _Failure(str(error), common.FAILED) from error
        except (KeyboardInterrupt, SystemError) as error:
            # An interruption within a callback of confluent-kafka comes out of it as a SystemError (its issue 1708).
            if isinstance(error, SystemError) and not common.interrupted.is_set():
                raise
            click.echo(err=True)
            ctx.exit(common.INTERRUPTED)
        finally:
            signal.signal(signal.SIGINT, outside)


def _give_up_output() -> None:
    """What could not be written is not tried again at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="helsepuls", prog_name="helsepuls", message="%(prog)s %(version)s")
def main() -> None:
    """The backbone of Norwegian health reporting: an EPR publishes each event once, as it happens; registers and
    preparedness tables follow within seconds.

    \b
    First steps on your own machine:
      helsepuls up                                     start Kafka, a worker and the warehouse here
      helsepuls publish FILE --reporter ORGNR --wait   send events and see what became of each
      helsepuls sql "SHOW TABLES"                      query the tables
      helsepuls status                                 see how the parts are doing

    Every command has --help. Exit codes: 0 fine, 1 a check failed or something was refused, 2 wrong usage,
    3 a needed service cannot be reached, 130 interrupted, 141 nobody reads the output any more (as with `| head`).
    """
