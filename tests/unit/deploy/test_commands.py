"""`status`, `logs` and `down` where no stack runs."""

from __future__ import annotations

import json

from click.testing import CliRunner

from deploy.local import logfiles
from helsepuls.cli.main import main


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_status_of_nothing(home):
    done = run("status", "--json")
    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert facts == {
        "state": "down",
        "home": str(home),
        "kafka": {"bootstrap": None, "pid": None, "state": "down"},
        "workers": [],
        "warehouse": {"url": None, "pid": None, "state": "down"},
        "registry": None,
        "lag": None,
        "problems": [],
    }
    assert "`helsepuls up` starts one" in run("status").stdout


def test_status_does_not_believe_what_a_killed_supervisor_left(home):
    stack = {"pid": 1, "state": "ready", "kafka": {"bootstrap": "127.0.0.1:1", "state": "ready"}}
    (home / "stack.json").write_text(json.dumps(stack))
    assert json.loads(run("status", "--json").stdout)["state"] == "down"


def test_down_where_nothing_runs(home):
    done = run("down")
    assert done.exit_code == 0
    assert f"No stack runs in {home}." in done.stdout


def test_logs(home):
    done = run("logs")
    assert done.exit_code == 1
    assert "no stack was started there yet" in done.stderr
    for name in ("kafka", "worker-0"):
        log = logfiles.of(home, name)
        log.parent.mkdir(exist_ok=True)
        log.write_text("".join(f"{name} says {number}\n" for number in range(3)))
    assert run("logs", "worker-0", "-n", "2").stdout == "worker-0 says 1\nworker-0 says 2\n"
    assert run("logs", "-n", "1").stdout == "kafka: kafka says 2\nworker-0: worker-0 says 2\n"
    logfiles.of(home, "kafka").write_text("red \x1b[31m, a tab \t\n")
    assert run("logs", "kafka").stdout == "red \N{REPLACEMENT CHARACTER}[31m, a tab \t\n"
    done = run("logs", "worker-9")
    assert done.exit_code == 1
    assert "there are: kafka, worker-0" in done.stderr
