"""Ctrl-C in the middle of what works on a running stack: a clean end, exit code 130, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.local.control import down
from deploy.local.status import status

BEDS = Path(__file__).parents[2] / "docs" / "examples" / "beds.ndjson"
LONG = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"


def interrupted(home: Path, arguments: tuple[str, ...], seconds: float) -> tuple[int, str]:
    """Exit code and standard error of a command that is interrupted after so many seconds."""
    environment = {**os.environ, "HELSEPULS_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "helsepuls", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    time.sleep(seconds)
    assert process.poll() is None, f"it ended before it was interrupted: {process.communicate()[1]}"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.fixture(scope="module")
def many_beds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("many") / "beds.ndjson"
    event = orjson.loads(BEDS.read_bytes())
    with file.open("wb") as out:
        for number in range(400_000):
            out.write(orjson.dumps({**event, "subject_id": f"interrupted/{number}"}) + b"\n")
    return file


@pytest.mark.parametrize(
    "arguments",
    [
        ("publish", "{beds}", "--reporter", "983971636", "--wait"),
        ("simulate", "--reporters", "60", "--days", "9", "--seed", "5", "--publish"),
        ("sql", LONG),
        ("logs", "--follow"),
        ("worker", "--name", "worker-interrupted"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_ctrl_c_of_commands_that_work_on_a_stack(stack: Any, many_beds: Path, arguments: tuple[str, ...]) -> None:
    given = tuple(argument.format(beds=many_beds) if "{beds}" in argument else argument for argument in arguments)
    code, errors = interrupted(stack.home, given, 5)
    assert code == 130, errors
    said = [line for line in errors.splitlines() if line.strip("\x1b[?25hl \b") and not line.startswith("{")]
    assert said == []
    assert stack.status()["state"] == "ready"


def test_ctrl_c_while_a_stack_starts_ends_it(
    tmp_path: Path, quick_java: dict[str, str], monkeypatch: pytest.MonkeyPatch, ends_with_us: Any
) -> None:
    for name, value in quick_java.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    ends_with_us(home)
    try:
        code, errors = interrupted(home, ("up",), 2.5)
        assert code == 130, errors
        assert "Traceback" not in errors
        assert status(home)["state"] == "down"
    finally:
        down(home)
