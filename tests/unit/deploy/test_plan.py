from __future__ import annotations

import json
import os

from deploy.local import plan
from deploy.settings import StackSettings
from runtime.home import announce


def test_the_parts_in_their_order(home):
    made = plan.make(home, StackSettings(workers=2), with_registry=True)
    assert [spec.name for spec in made.specs] == ["kafka", "registry", "warehouse", "worker-0", "worker-1"]
    kafka, registry, warehouse, first, second = made.specs
    assert kafka.after == registry.after == ()
    assert warehouse.after == first.after == second.after == ("kafka", "registry")
    assert made.bootstrap == f"127.0.0.1:{kafka.port}"
    assert made.registry.url == f"http://127.0.0.1:{registry.port}/apis/ccompat/v7"
    recorded = json.loads((home / "ports.json").read_text())
    port = str(recorded["worker-1-metrics"])
    named = ["--name", "worker-1", "--instance", "worker-1", "--home", str(home), "--metrics-port", port]
    assert second.command()[-8:] == named
    assert "--name" not in warehouse.command()
    assert plan.make(home, StackSettings(workers=2), with_registry=True).bootstrap == made.bootstrap


def test_an_outside_kafka_replaces_ours(home):
    (home / "helsepuls.toml").write_text('[kafka]\n"bootstrap.servers" = "broker.example:9092"\n')
    made = plan.make(home, StackSettings(), with_registry=False)
    assert [spec.name for spec in made.specs] == ["warehouse", "worker-0"]
    assert made.broker is None
    assert made.bootstrap == "broker.example:9092"
    assert "--instance" not in made.specs[-1].command(), "another stack may have workers of the same names there"


def test_programs_are_data(home):
    made = plan.make(home, StackSettings(worker_command=("program", "--option")), with_registry=False)
    assert made.specs[-1].command()[:2] == ["program", "--option"]


def test_an_announcement_is_found_by_pid(home):
    assert plan.announced(home, os.getpid()) is None
    announce(home, "anything", {"url": "here"})
    assert plan.announced(home, os.getpid()) == {"pid": os.getpid(), "url": "here"}
    assert plan.announced(home, os.getpid() + 1) is None
