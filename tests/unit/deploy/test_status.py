"""`status` of a stack whose supervisor lives, when what the parts said of themselves is no longer true."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.local import lock
from deploy.local.processes import Identity
from helsepuls.cli.main import main


@pytest.fixture
def frozen(home: Path) -> Iterator[Path]:
    """A home whose Kafka and warehouse take connections and answer nothing, as stopped processes do."""
    me = Identity.of(os.getpid())
    assert me
    with ExitStack() as stack:
        kafka, warehouse = (
            stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)
        )
        stack.enter_context(lock.sole(home, me))
        document = {
            "state": "ready",
            "home": str(home),
            "pid": me.pid,
            "kafka": {"name": "kafka", "pid": None, "state": "ready", "bootstrap": f"127.0.0.1:{kafka}"},
            "workers": [],
            "warehouse": {"name": "warehouse", "state": "ready", "url": f"http://127.0.0.1:{warehouse}"},
            "registry": None,
            "problems": [],
        }
        (home / "stack.json").write_text(json.dumps(document))
        yield home


def test_a_part_that_does_not_answer_is_a_problem(frozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert frozen
    monkeypatch.setattr("deploy.lag._SECONDS", 1.0)
    facts = json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)
    assert (facts["state"], facts["lag"]) == ("degraded", None)
    assert (facts["kafka"]["state"], facts["warehouse"]["state"]) == ("degraded", "degraded")
    assert len(facts["problems"]) == 2
    assert facts["problems"][0].endswith("does not answer: `helsepuls logs kafka` shows what it did last")
    assert facts["problems"][1].startswith(f"the warehouse at {facts['warehouse']['url']} does not answer")


def test_what_is_only_being_prepared_is_behind_by_nobody_knows_how_much(home: Path) -> None:
    me = Identity.of(os.getpid())
    assert me
    with lock.sole(home, me):
        (home / "stack.json").write_text(json.dumps({"pid": me.pid, "state": "starting", "doing": "preparing Kafka"}))
        shown = CliRunner().invoke(main, ["status"]).stdout
    assert "starting" in shown
    assert "behind" not in shown
