"""The tools of the chaos harness do what they say: a fault that breaks nothing would make every round a quiet one."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
import requests
from chaos.__main__ import parser
from chaos.checks import Check
from chaos.clock import COMPILER, Clock
from chaos.load import Load
from chaos.plan import Round
from chaos.proxy import Proxy
from chaos.reemissions import repeated
from chaos.report import document, line, recoveries
from chaos.rounds import Result, asked_hours
from chaos.waiting import InVain, until
from documentation import ROOT, Command, commands

from schemas.identity import valid_organisation

INSERT, SELECT = {"query": "INSERT INTO t FORMAT Arrow"}, {"query": "SELECT 1"}


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    class Well(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = Proxy(server.server_address[1])
    yield found
    found.close()
    server.shutdown()
    server.server_close()


def ask(proxy: Proxy, query: dict[str, str], seconds: float = 30) -> bytes:
    return requests.post(f"http://127.0.0.1:{proxy.port}/", params=query, data=b"rows", timeout=seconds).content


def test_the_proxy_passes_what_it_gets(proxy: Proxy):
    assert ask(proxy, INSERT) == ask(proxy, SELECT) == b"rows"
    assert proxy.stopped_inserts == 0


def test_the_proxy_refuses_inserts_and_nothing_else(proxy: Proxy):
    proxy.set("refuse")
    with pytest.raises(requests.ConnectionError):
        ask(proxy, INSERT)
    assert ask(proxy, SELECT) == b"rows"
    assert proxy.stopped_inserts == 1


def test_a_hanging_insert_is_not_answered_until_it_is_released(proxy: Proxy):
    proxy.set("hang")
    with pytest.raises(requests.Timeout):
        ask(proxy, INSERT, 0.5)
    assert ask(proxy, SELECT) == b"rows"
    proxy.set("pass")
    assert ask(proxy, INSERT) == b"rows"


def test_an_insert_is_known_by_the_body_too(proxy: Proxy):
    proxy.set("refuse")
    with pytest.raises(requests.ConnectionError):
        requests.post(f"http://127.0.0.1:{proxy.port}/", data=b"insert into t values (1)", timeout=30)


PROGRAM = """
import sys, threading, time
from datetime import datetime
print(time.time(), datetime.now().timestamp(), time.monotonic(), flush=True)
sys.stdin.readline()
print(time.time(), datetime.now().timestamp(), time.monotonic(), flush=True)
begin = time.monotonic()
time.sleep(0.1)
threading.Event().wait(0.1)
threading.Lock().acquire(timeout=0.1)
print(time.monotonic() - begin)
"""


def test_the_clock_of_a_running_process_is_set_back_and_its_waits_are_not(tmp_path: Path):
    if COMPILER is None:
        with pytest.raises(RuntimeError, match="needs a C compiler"):
            Clock(tmp_path)
        return
    clock = Clock(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clock.environment,
    )
    assert process.stdin
    assert process.stdout
    before = [float(text) for text in process.stdout.readline().split()]
    clock.set(-3600)
    rest, _ = process.communicate("\n", timeout=60)
    after, waited = (line.split() for line in rest.splitlines())
    gone = float(after[2]) - before[2]
    assert 0 <= gone < 30, "the monotonic clock goes on"
    for earlier, later in zip(before[:2], map(float, after[:2]), strict=True):
        assert later - earlier == pytest.approx(gone - 3600, abs=2)
    assert 0.2 < float(waited[0]) < 20


def test_reemissions_are_counted_and_compared():
    same = {"source_topic": "raw.service", "source_partition": 0, "source_offset": 1, "codes": [["A"]]}
    accepted = pl.DataFrame([{**same, "processed_at": 1}, {**same, "processed_at": 2}, {**same, "processed_at": 3}])
    assert repeated([accepted]) == (2, [])
    other = accepted.with_columns(codes=pl.Series([[["A"]], [["A"]], [["B"]]]))
    assert repeated([other]) == (2, [("raw.service", 0, 1)])
    assert repeated([accepted.head(1), accepted.head(1)]) == (1, [("raw.service", 0, 1)])
    assert repeated([]) == (0, [])


def test_a_long_round_asks_for_the_beds_of_every_hour_and_a_short_one_for_other_hours_than_the_next():
    hours = [f"{hour:02}" for hour in range(24)]
    assert asked_hours(hours, 2, short=False) == hours
    assert asked_hours(hours, 1, short=True) == ["01", "07", "13", "19"]
    assert asked_hours(hours, 2, short=True) == ["02", "08", "14", "20"]


def result(recovery: float | None, problem: str | None = None, wrong: tuple[str, ...] = ()) -> Result:
    checks = [Check("audit", 3, list(wrong))]
    return Result(Round(4, 9, "local", ("worker killed", "broker killed")), checks, recovery, problem=problem)


def test_a_report_holds_only_when_every_round_does():
    assert document([result(2.0)], 1, 50)["holds"]
    assert not document([result(2.0), result(None, "nothing comes")], 1, 50)["holds"]
    assert not document([result(2.0, wrong=("lost",))], 1, 50)["holds"]
    assert not Result(Round(1, 1, "local", ("worker killed",)), recovery=1.0).holds, "nothing was looked at"
    assert recoveries([result(2.0), result(3.0), result(None)]) == {"broker killed": [2.0, 3.0]}
    assert "DOES NOT HOLD: audit: lost" in line(result(2.0, wrong=("lost",)))


def test_waiting_ends():
    with pytest.raises(InVain, match="it never comes"):
        until(lambda: False, 0.2, "it never comes", 0.05)
    begin = time.monotonic()
    assert until(lambda: time.monotonic() - begin > 0.1, 30, "it never comes", 0.01)


def test_every_reporter_has_a_valid_number():
    for number in range(1, 60):
        assert all(map(valid_organisation, Load(1, number, date(2026, 1, 5)).reporters.values()))


@pytest.mark.parametrize(
    "command",
    [
        command
        for command in commands(ROOT / "docs" / "chaos.md")
        if command.words[:3] == ["python", "-m", "tests.chaos"]
    ],
    ids=lambda command: command.place,
)
def test_what_the_documentation_says_of_the_command_is_so(command: Command):
    parser().parse_args(command.words[3:])
