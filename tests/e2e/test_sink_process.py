"""A warehouse process that runs: one for all tests here, each with a topic of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from kafka_topics import Topics
from outcomes import AT, accepted, message, rejected
from sink_rig import PARTITIONS, Rig, events, rigged


@pytest.fixture(scope="module")
def running(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    Topics(AdminClient({"bootstrap.servers": kafka})).standard(PARTITIONS)
    for found in rigged(kafka, tmp_path_factory.mktemp("home")):
        found.start()
        yield found


def test_what_does_not_decode_is_recorded_and_passed(running: Rig) -> None:
    values = [message("rejected", rejected(1)), b"rubbish", None, message("rejected", rejected(2))]
    running.send("rejected", values)
    running.wait(lambda: running.ask("SELECT count() FROM rejected") == 2)
    assert running.ask("SELECT groupArray(outcome_offset) FROM (SELECT * FROM sink_errors ORDER BY ALL)") == [1, 2]
    running.wait(lambda: running.committed("rejected").offset == len(values))


def test_a_path_that_another_process_holds_is_told_in_a_sentence(running: Rig) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "helsepuls", "warehouse", "--home", str(running.home)],
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert second.stderr.startswith("Error: the warehouse at ")
    assert "held by another process" in second.stderr


def test_merging_gives_way_to_storing(running: Rig) -> None:
    process = running.processes[-1].pid
    threads = [path.parent for path in Path(f"/proc/{process}/task").glob("*/comm")]
    named = {int(thread.name): (thread / "comm").read_text().strip() for thread in threads}
    merging = [os.getpriority(os.PRIO_PROCESS, number) for number, name in named.items() if name == "MergeMutate"]
    assert merging == [os.getpriority(os.PRIO_PROCESS, process) + 5] * len(merging) != []


def test_an_event_is_queryable_soon(running: Rig) -> None:
    """The goal is a second on an idle machine; this bound is for a busy one."""
    started = time.monotonic()
    running.send("accepted.episode", events("accepted.episode", 1))
    running.wait(lambda: running.ask("SELECT count() FROM accepted_episode") == 1)
    assert time.monotonic() - started < 5


def test_pandas_is_not_loaded(running: Rig) -> None:
    """A second at the first event and 60 MB, which pyarrow takes where pandas is installed, as it is here."""
    assert importlib.util.find_spec("pandas")
    running.send("accepted.service", events("accepted.service", 1))
    running.wait(lambda: running.ask("SELECT count() FROM accepted_service") == 1)  # stored through pyarrow
    loaded = Path(f"/proc/{running.processes[-1].pid}/maps").read_text()
    assert "/pyarrow/" in loaded
    assert "/pandas/" not in loaded


def test_a_patient_is_in_bed_soon_and_still_after_a_kill(running: Rig) -> None:
    """The beds are kept, not counted when they are asked for: a movement reaches them by itself, one that was stored
    just before the process was killed too."""
    beds = "SELECT sum(patients) FROM preparedness_occupancy WHERE reporter = '983971636'"
    admitted = {"movement_type": "admit", "patient_class": "I", "occurred_at": AT, "utDatoTid": None}
    values: list[bytes | None] = []
    for number in range(2):
        whose = {"subject_id": f"{number}/1", "episode_id": str(number), "patient_key": f"key-{number}"}
        values.append(message("accepted.movement", accepted("movement", number, **whose, **admitted)))
    running.send("accepted.movement", values[:1])
    running.wait(lambda: running.ask("SELECT count() FROM movement_current") == 1)
    stored = time.monotonic()
    running.wait(lambda: running.ask(beds) == 1)
    assert time.monotonic() - stored < 10
    running.send("accepted.movement", values[1:])
    running.wait(lambda: running.ask("SELECT count() FROM movement_current") == 2)
    running.processes[-1].kill()
    running.processes[-1].wait(10)
    running.start()
    running.wait(lambda: running.ask(beds) == 2)
