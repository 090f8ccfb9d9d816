"""The local stack with a real Kafka. Tiny stand-ins take the place of worker and warehouse: what is tested here is
that processes start, end, come back and keep their data, not what they do to events."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from chaos.waiting import until
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.local.control import down, up
from deploy.local.status import status
from schemas.catalog import latest
from schemas.errors import Fatal

STAND_IN = Path(__file__).with_name("stand_in.py")


def helsepuls(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "helsepuls", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start(home: Path, **options: Any) -> dict[str, Any]:
    return up(home, **{"workers": None, "with_registry": False, "say": lambda _: None, **options})


def stack_file(home: Path) -> dict[str, Any]:
    try:
        return json.loads((home / "stack.json").read_text())
    except FileNotFoundError:
        return {}


def is_ready(home: Path) -> bool:
    return stack_file(home).get("state") == "ready"


def pids(facts: dict[str, Any]) -> list[int]:
    parts = [facts["kafka"], facts["warehouse"], *facts["workers"]]
    return [part["pid"] for part in parts if part["pid"]]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def make_home(tmp_path, home, monkeypatch, quick_java, ends_with_us):
    """Homes whose worker and warehouse are stand-ins; their stacks are ended whatever happens."""
    homes = []
    for name, value in quick_java.items():
        monkeypatch.setenv(name, value)

    def make(name: str, **stack: object) -> Path:
        folder = tmp_path / "stacks" / name
        folder.mkdir(parents=True)
        kafka = stack.pop("kafka", None)
        program = [sys.executable, str(STAND_IN)]
        settings = {
            "worker_command": [*program, "worker"],
            "warehouse_command": [*program, "warehouse"],
            "kafka_heap_mb": 256,
            "restart_seconds": 0.2,
            **stack,
        }
        lines = ["[stack]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
        if kafka:
            lines += ["[kafka]", f'"bootstrap.servers" = "{kafka}"']
        (folder / "helsepuls.toml").write_text("\n".join(lines))
        homes.append(folder)
        ends_with_us(folder)
        return folder

    yield make
    for folder in homes:
        down(folder)


def send(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(30) == 0


def commit_all(bootstrap: str, group: str, topic: str) -> None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    for number in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, number))
        consumer.commit(offsets=[TopicPartition(topic, number, end)], asynchronous=False)
    consumer.close()


def read(bootstrap: str, topic: str, count: int, partitions: int) -> set[bytes]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    found: set[bytes] = set()
    deadline = time.monotonic() + 30
    while len(found) < count and time.monotonic() < deadline:
        found |= {message.value() for message in consumer.consume(100, 0.5) if not message.error()}
    consumer.close()
    return found


def test_a_stack_starts_and_bears_kills_and_restarts(make_home):
    home = make_home("home")
    facts = start(home, workers=2)
    assert facts["state"] == "ready"
    bootstrap = facts["kafka"]["bootstrap"]
    events = [f"event {number}".encode() for number in range(100)]
    send(bootstrap, "raw.episode", events)

    # Kafka is killed: the stack says so, starts it again and has what was written; nobody else is disturbed.
    os.kill(facts["kafka"]["pid"], signal.SIGKILL)
    until(lambda: stack_file(home)["state"] == "degraded", 120)
    dead = status(home)
    assert dead["kafka"]["state"] == "restarting"
    assert dead["lag"] is None
    assert re.search(r"kafka was killed by signal 9 while it ran .*kafka\.log", dead["problems"][0])
    until(lambda: is_ready(home), 120)
    again = status(home)
    assert again["kafka"]["restarts"] == 1
    assert again["kafka"]["pid"] != facts["kafka"]["pid"]
    assert again["kafka"]["bootstrap"] == bootstrap
    assert [worker["pid"] for worker in again["workers"]] == [worker["pid"] for worker in facts["workers"]]
    assert read(bootstrap, "raw.episode", 100, 4) == set(events)

    # The supervisor is killed: nothing of the stack goes on, the home is usable, the ports and the data are kept.
    os.kill(again["supervisor"], signal.SIGKILL)
    until(lambda: all(gone(pid) for pid in pids(again)), 120)
    assert status(home)["state"] == "down"
    third = start(home)
    assert len(third["workers"]) == 1
    assert third["kafka"]["bootstrap"] == bootstrap
    assert read(bootstrap, "raw.episode", 100, 4) == set(events)

    # Ended in order, and everything is gone.
    assert down(home)
    assert all(gone(pid) for pid in [third["pid"], *pids(third)])
    assert (home / "ended").read_text().split() == ["worker", "warehouse"]
    assert not (home / "stack.json").exists()
    assert list((home / "run").glob("*.json")) == []
    assert not down(home)


def test_two_stacks_run_side_by_side(make_home):
    """One of them through the commands, with what they print."""
    homes = [make_home("one"), make_home("two")]
    with socket.socket() as taken:  # another program took the port of the second's last run
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (homes[1] / "ports.json").write_text(json.dumps({"kafka": port}))
        second = start(homes[1])
    assert second["kafka"]["bootstrap"] != f"127.0.0.1:{port}"
    started = helsepuls(homes[0], "up")
    assert started.returncode == 0, started.stderr
    shown = helsepuls(homes[0], "status", "--json")
    first = json.loads(shown.stdout)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (first["state"], first["home"], first["registry"]) == ("ready", str(homes[0]), None)
    assert [part["state"] for part in (first["kafka"], first["warehouse"], *first["workers"])] == ["ready"] * 3
    assert first["kafka"]["bootstrap"] in started.stdout
    assert "ready" in helsepuls(homes[0], "status").stdout
    assert first["kafka"]["bootstrap"] != second["kafka"]["bootstrap"]

    # What is written is lag, in that stack alone, until the group has committed it.
    assert first["lag"]["raw.capacity"] == first["lag"]["receipts"] == 0
    assert "internal.window" not in first["lag"]
    send(first["kafka"]["bootstrap"], "raw.capacity", [b"here"] * 10)
    assert status(homes[0])["lag"]["raw.capacity"] == 10
    assert status(homes[1])["lag"]["raw.capacity"] == 0
    commit_all(first["kafka"]["bootstrap"], "helsepuls-worker", "raw.capacity")
    assert status(homes[0])["lag"]["raw.capacity"] == 0

    ended = helsepuls(homes[0], "down")
    assert (ended.returncode, "has ended" in ended.stdout) == (0, True)
    assert "No stack runs" in helsepuls(homes[0], "status").stdout
    assert status(homes[1])["state"] == "ready"
    assert "Kafka" in helsepuls(homes[0], "logs", "kafka").stdout
    unknown = helsepuls(homes[0], "logs", "nothing")
    assert unknown.returncode == 1
    assert "there are: kafka, supervisor, warehouse, worker-0" in unknown.stderr


def test_two_starts_at_once_give_one_stack(make_home, kafka):
    home = make_home("home", kafka=kafka)
    command = [sys.executable, "-m", "helsepuls", "up", "--home", str(home)]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    lines = {process.pid: process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])}
    supervisors = [pid for pid, line in lines.items() if "deploy.local.supervisor" in line and str(home) in line]
    second = set(supervisors) - {stack_file(home)["pid"]}
    until(lambda: all(gone(pid) for pid in second), 120)  # it was refused, or it never was
    assert stack_file(home)["pid"] in supervisors


def test_a_running_stack_is_left_as_it_is(make_home, kafka):
    home = make_home("home", kafka=kafka)
    facts = start(home)
    assert start(home) == facts
    assert start(home, workers=1) == facts
    with pytest.raises(Fatal, match=r"already runs with 1 worker\(s\)"):
        start(home, workers=2)
    with pytest.raises(Fatal, match="already runs without a registry"):
        start(home, with_registry=True)


def test_an_outside_kafka_takes_the_place_of_ours(make_home, kafka):
    home = make_home("home", kafka=kafka)
    facts = start(home)
    assert facts["kafka"] == {"name": "kafka", "bootstrap": kafka, "pid": None, "state": "outside"}
    assert not (home / "kafka").exists()


def test_the_registry_is_filled_after_every_start(make_home, kafka):
    home = make_home("home", kafka=kafka)
    facts = start(home, with_registry=True)
    schema = latest("raw.capacity")

    def text() -> str:
        answer = requests.get(f"{facts['registry']['url']}/schemas/ids/{schema.id}", timeout=5)
        return answer.json()["schema"]

    assert json.loads(text())["name"] == schema.definition["name"]
    os.kill(facts["registry"]["pid"], signal.SIGKILL)
    until(lambda: stack_file(home)["state"] == "degraded", 120)
    until(lambda: is_ready(home), 120)
    assert stack_file(home)["registry"]["restarts"] == 1
    assert json.loads(text())["name"] == schema.definition["name"]


def test_a_worker_that_is_killed_is_replaced(make_home, kafka):
    home = make_home("home", kafka=kafka)
    worker = start(home)["workers"][0]["pid"]
    os.kill(worker, signal.SIGKILL)
    until(lambda: is_ready(home) and stack_file(home)["workers"][0]["restarts"] == 1, 120)
    assert stack_file(home)["workers"][0]["pid"] != worker
    restarts = 'helsepuls_child_restarts_total{child="worker-0"} 1.0'
    until(lambda: restarts in requests.get(stack_file(home)["metrics"], timeout=5).text, 120)


def test_a_stack_whose_home_is_deleted_ends(make_home, kafka):
    home = make_home("home", kafka=kafka)
    facts = start(home)
    until(lambda: shutil.rmtree(home, ignore_errors=True) or not home.exists(), 120)  # a file may come while it goes
    until(lambda: all(gone(pid) for pid in [facts["pid"], *pids(facts)]), 120)
    assert not home.exists()


def test_a_child_that_cannot_start_is_one_sentence(make_home, kafka):
    script = "import sys; sys.exit('Error: the reference release is damaged')"
    home = make_home("home", kafka=kafka, worker_command=[sys.executable, "-S", "-c", script])
    failed = helsepuls(home, "up")
    assert failed.returncode == 1
    log = home / "logs" / "worker-0.log"
    sentence = f"worker-0 ended with code 1 before it was ready: Error: the reference release is damaged (log: {log})"
    assert failed.stderr.strip() == f"Error: {sentence}; the rest goes on running, `helsepuls down` ends it"
    facts = status(home)
    assert facts["state"] == "degraded"
    assert facts["warehouse"]["state"] == "ready"
    assert facts["workers"][0]["state"] in ("restarting", "starting")
    assert facts["problems"] == [sentence]
    assert sentence in helsepuls(home, "status").stdout


def test_a_child_that_does_not_end_is_killed_in_time(make_home, kafka, tmp_path):
    deaf = tmp_path / "deaf.py"
    deaf.write_text(STAND_IN.read_text().replace("signal.SIGTERM, end", "signal.SIGTERM, signal.SIG_IGN"))
    home = make_home("home", kafka=kafka, stop_seconds=1, worker_command=[sys.executable, str(deaf), "worker"])
    facts = start(home)
    begin = time.monotonic()
    assert down(home)
    assert time.monotonic() - begin < 5
    assert all(gone(pid) for pid in [facts["pid"], *pids(facts)])
    assert (home / "ended").read_text().split() == ["warehouse"]


def test_settings_that_are_wrong_are_said_at_once(make_home):
    home = make_home("home", workers=0)
    with pytest.raises(Fatal, match=r"setting stack\.workers \(from helsepuls\.toml\) is wrong"):
        start(home)
    assert status(home)["state"] == "down"


def test_no_network_at_the_first_start_is_one_sentence(make_home, tmp_path, monkeypatch):
    (tmp_path / "jgo.conf").write_text("[repositories]\ncentral = http://127.0.0.1:9\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(tmp_path / "jgo.conf"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = make_home("home")
    with pytest.raises(Fatal, match=r"cannot download \S+\.jar: the Maven repository cannot be reached"):
        start(home)
    assert status(home)["state"] == "down"
