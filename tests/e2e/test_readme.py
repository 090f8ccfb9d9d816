"""The README's commands, in order, on the running stack: what a newcomer types works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from documentation import ROOT, commands


def test_every_command_of_the_readme_does_what_it_says(stack: Any) -> None:
    environment = {
        **os.environ,
        "HELSEPULS_HOME": str(stack.home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    runnable = [command for command in commands(ROOT / "README.md") if command.runs]
    assert len(runnable) > 10
    assert runnable.pop().text == "helsepuls down"  # other tests still need this stack; test_stack ends its own
    for command in runnable:
        done = subprocess.run(
            ["bash", "-c", command.text],
            check=False,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        shown = f"{command.place}: {command.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.returncode == command.exits, shown
