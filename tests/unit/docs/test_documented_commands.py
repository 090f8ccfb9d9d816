"""Every `helsepuls …` that the documentation shows exists, with the options shown."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest
from documentation import ROOT, commands, inline_commands, pages

from helsepuls.cli.main import main

SHOWN = [command for path in pages() for command in commands(path)]
SAID = sorted({text for path in pages() for text in inline_commands(path)})


def parse(words: list[str], *, complete: bool) -> None:
    """Raises click.UsageError for a command, option or value that does not exist; with `complete` also for what is
    missing or too much. Nothing is run, no file has to exist."""
    command: click.Command = main
    context = click.Context(main, info_name="helsepuls")
    rest = list(words)
    while True:
        parser = command.make_parser(context)
        given, rest, _ = parser.parse_args(list(rest))
        check(command, given, context, complete=complete)
        if not isinstance(command, click.Group):
            break
        if not rest:
            assert command.invoke_without_command or not complete, f"{command.name} needs a command"
            return
        found = command.get_command(context, rest[0])
        if found is None:
            raise click.UsageError(f"no command {rest[0]}")
        context = click.Context(found, parent=context, info_name=rest[0])
        command, rest = found, rest[1:]
    if complete and rest:
        raise click.UsageError(f"too many arguments: {rest}")


def check(command: click.Command, given: dict[str, object], context: click.Context, *, complete: bool) -> None:
    for parameter in command.params:
        value = given.get(parameter.name or "")
        absent = value is None or value == () or repr(value) == "Sentinel.UNSET"
        if absent:
            if complete and parameter.required:
                raise click.UsageError(f"{parameter.name} is missing")
        elif complete and isinstance(parameter.type, click.Choice | click.IntRange | click.FloatRange):
            parameter.type.convert(value, parameter, context)


@pytest.mark.parametrize("command", SHOWN, ids=lambda command: command.place)
def test_a_command_in_a_block_exists(command):
    words = command.words
    if words[0] == "helsepuls":
        parse(words[1:], complete=True)
    elif words[0] == "make":
        targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()}
        assert words[1] in targets
    elif words[:2] == ["python", "-m"]:
        assert (ROOT / words[2].replace(".", "/") / "__main__.py").is_file()
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file()
    else:
        assert words[0] in ("source", "promtool")


@pytest.mark.parametrize("text", SAID)
def test_a_command_in_a_sentence_exists(text):
    words = [word for word in shlex.split(text) if word != "…"]
    parse(words[1:], complete=False)


@pytest.mark.parametrize("command", SHOWN, ids=lambda command: command.place)
def test_files_that_a_runnable_command_names_exist(command):
    for word in command.words:
        if command.runs and word.startswith("docs/"):
            assert Path(ROOT / word).exists(), word


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("frobnicate", "no command"),
        ("publish --frobnicate x", "No such option"),
        ("publish", "missing"),
        ("publish x --format hl7v3", "not one of"),
        ("schemas frobnicate", "no command"),
        ("down too many", "too many"),
        ("receipts", "missing"),
    ],
)
def test_a_wrong_command_would_be_noticed(text, reason):
    with pytest.raises(click.UsageError, match=reason):
        parse(text.split(), complete=True)
