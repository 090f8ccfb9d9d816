"""The group: what it finds, how it says no."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from helsepuls.cli import common
from helsepuls.cli.main import SECTIONS, Commands, main
from schemas.errors import Fatal, Invalid, Rejected, Retryable
from schemas.types import Problem, Severity

FILES = {path.stem for path in Path(common.__file__).parent.glob("*.py")} - {"main", "common", "__init__"}


def failing(error: BaseException) -> click.Group:
    @click.command()
    def command() -> None:
        raise error

    class One(Commands):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return ["fail"]

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return command

    return One()


def test_every_command_is_in_one_section() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(name.replace("_", "-") for name in FILES if not name.startswith("_"))


def test_help_lists_the_commands_by_user() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert [title for title in SECTIONS if f"{title}:" in text] == list(SECTIONS)
    assert "Other" not in text
    for names in SECTIONS.values():
        for name in names:
            assert f"\n  {name} " in text


@pytest.mark.parametrize("name", sorted(name for names in SECTIONS.values() for name in names))
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert main.get_command(click.Context(main), name).get_short_help_str()  # type: ignore[union-attr]


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"helsepuls {version('helsepuls')}\n"


def test_unknown_command_suggests_a_near_one() -> None:
    result = CliRunner().invoke(main, ["statsu"])
    assert (result.exit_code, "Did you mean 'status'?" in result.stderr) == (common.USAGE, True)
    assert CliRunner().invoke(main, ["main"]).exit_code == common.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Fatal("Nothing works."), common.FAILED),
        (Rejected("Slow down."), common.FAILED),
        (Invalid([Problem("X-01", Severity.REJECT, "field", "must not")]), common.FAILED),
        (Retryable("Kafka is away."), common.UNREACHABLE),
    ],
)
def test_errors_are_one_sentence_and_a_code(error: Exception, code: int) -> None:
    result = CliRunner().invoke(failing(error), ["fail"])
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"Error: {error}\n")


def test_interrupted() -> None:
    result = CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"])
    assert result.exit_code == common.INTERRUPTED


def test_an_interruption_that_a_library_has_swallowed_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    swallowed = SystemError("<method 'poll'> returned NULL without setting an exception")
    assert isinstance(CliRunner().invoke(failing(swallowed), ["fail"]).exception, SystemError)
    monkeypatch.setattr(common, "interrupted", threading.Event())
    with pytest.raises(KeyboardInterrupt):
        common.interrupt(signal.SIGINT, None)
    assert CliRunner().invoke(failing(swallowed), ["fail"]).exit_code == common.INTERRUPTED


def test_a_fault_of_ours_is_not_hidden() -> None:
    assert isinstance(CliRunner().invoke(failing(ZeroDivisionError()), ["fail"]).exception, ZeroDivisionError)


def test_a_command_imports_only_what_it_needs() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from helsepuls.cli.main import main; "
        "CliRunner().invoke(main, ['--version']); "
        "print([name for name in ('chdb', 'faust', 'polars', 'confluent_kafka', 'pyarrow') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("publish", __file__, "--timeout"),
        ("audit", "--timeout"),
        ("simulate", "--reporters", "1", "--days", "1", "--seed", "1", "--publish", "--rate"),
        ("simulate", "--reporters", "1", "--days", "1", "--seed", "1", "--publish", "--late"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-1]}",
)
def test_a_number_that_is_none_or_beyond_all_measure(arguments: tuple[str, ...], number: str) -> None:
    result = CliRunner().invoke(main, [*arguments, number])
    assert (result.exit_code, "Invalid value for '--" in result.stderr) == (common.USAGE, True)


def test_a_rate_of_files_is_wrong_usage(tmp_path: Path) -> None:
    arguments = ["simulate", "--reporters", "1", "--days", "1", "--seed", "1", "--out", str(tmp_path / "new")]
    result = CliRunner().invoke(main, [*arguments, "--rate", "5"])
    assert (result.exit_code, "--rate goes with --publish" in result.stderr) == (common.USAGE, True)


def test_one_is_one_event() -> None:
    assert [common.events(count) for count in (0, 1, 2)] == ["0 events", "1 event", "2 events"]


def test_a_seed_that_is_too_large() -> None:
    arguments = ["simulate", "--reporters", "1", "--days", "1", "--publish", "--seed"]
    result = CliRunner().invoke(main, [*arguments, str(2**64)])
    assert (result.exit_code, "Invalid value for '--seed'" in result.stderr) == (common.USAGE, True)


class Finalized:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def finalize_and_work() -> None:
    held = Finalized()
    del held
    time.sleep(5)


def test_an_interruption_in_a_finalizer_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Python prints what a finalizer raises, and goes on; the import system's locks have callbacks of that kind."""
    monkeypatch.setattr(common, "interrupted", threading.Event())
    before = signal.signal(signal.SIGINT, common.interrupt)
    alarm = signal.getsignal(signal.SIGALRM)
    try:
        with pytest.raises(KeyboardInterrupt):
            finalize_and_work()
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGALRM, alarm)
    assert common.interrupted.is_set()
    assert capfd.readouterr().err == ""


NAME = "kpr_consultations_daily_closed"


def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str | None) -> list[str]:
    """A table and a sentence, as lines of an output of so many columns (None: no terminal, as in a pipe)."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    table = common.table_of("view", "what")
    table.add_row(NAME, "word " * 30)
    common.console().print(table)
    common.console().print("sentence " * 30)
    return capsys.readouterr().out.splitlines()


def test_in_a_pipe_a_row_is_a_line_and_so_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(monkeypatch, capsys, None)
    assert [line.count("word") for line in lines if NAME in line] == [30]
    assert lines[-1].count("sentence") == 30


def test_where_it_is_narrow_a_name_is_broken_and_not_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(monkeypatch, capsys, "30")
    assert all(len(line) <= 30 for line in lines)
    first = "".join(line.split("│")[1].strip() for line in lines if line.count("│") == 3)
    assert first == NAME
    assert not any("…" in line for line in lines)
