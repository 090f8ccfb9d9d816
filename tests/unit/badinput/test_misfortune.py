"""Bad luck as its users meet it: the real command in a process of its own, one sentence, an exit code, no traceback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from helsepuls.cli import common

ROOT = Path(__file__).parents[3]
BEDS = ROOT / "docs" / "examples" / "beds.ndjson"
SENTENCE = re.compile(r"Error: [^\n]{20,400}\n")


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "helsepuls", *arguments, *(["--home", str(home)] if home else [])]


def run(home: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    settings = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run(command(home, *arguments), check=False, **settings)  # type: ignore[call-overload]


def seen_by_a_shell(code: int) -> int:
    """128 and the signal, of a process that a signal ended: CPython gives signals back to the system shortly before it
    has ended, and one that comes just then ends it."""
    return 128 - code if code < 0 else code


def configure(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "helsepuls.toml").write_text(text)


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody answers for as long as the test runs: bound, not listened on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


PUBLISH = ("publish", str(BEDS), "--reporter", "983971636", "--timeout", "1")
TRACE = ("trace", "0a6d9f4e-6c5f-5d7b-8f0e-2f1f6f1c9a11")


@pytest.mark.parametrize(
    "arguments",
    [
        PUBLISH,
        ("topics",),
        ("worker",),
        ("audit",),
        ("sql", "SELECT 1"),
        ("receipts", "--reporter", "983971636"),
        TRACE,
        ("simulate", "--reporters", "1", "--days", "1", "--seed", "1", "--publish"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_broker_or_warehouse_that_is_away(home: Path, nobody: int, arguments: tuple[str, ...]) -> None:
    configure(
        home, f'[kafka]\n"bootstrap.servers" = "127.0.0.1:{nobody}"\n[warehouse]\nurl = "http://127.0.0.1:{nobody}"\n'
    )
    done = run(home, *arguments)
    assert (done.returncode, done.stdout) == (common.UNREACHABLE, "")
    assert SENTENCE.fullmatch(done.stderr), done.stderr
    assert f"127.0.0.1:{nobody} does not answer" in done.stderr
    assert "helsepuls status" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "setting", "said"),
    [
        (PUBLISH, '"no.such.key" = 1', "No such configuration property"),
        (("topics",), '"queue.buffering.max.ms" = "soon"', "Invalid value for configuration property"),
        (("worker",), '"security.protocol" = "ssl"\n"ssl.ca.location" = "/nowhere"', "ssl.ca.location failed"),
        (("warehouse",), '"no.such.key" = 1', "No such configuration property"),
        (("audit",), '"no.such.key" = 1', "No such configuration property"),
    ],
    ids=["publish", "topics", "worker", "warehouse", "audit"],
)
def test_kafka_settings_that_cannot_be_used(
    home: Path, nobody: int, arguments: tuple[str, ...], setting: str, said: str
) -> None:
    where = f'[warehouse]\nurl = "http://127.0.0.1:{nobody}"\n'
    configure(home, f'[kafka]\n"bootstrap.servers" = "127.0.0.1:{nobody}"\n{setting}\n')
    if arguments[0] == "audit":
        configure(home, (home / "helsepuls.toml").read_text() + where)
    done = run(home, *arguments)
    assert done.returncode == common.FAILED, done.stderr
    assert SENTENCE.fullmatch(done.stderr), done.stderr
    assert f"the settings under [kafka] cannot be used: {said}" in done.stderr.replace(
        "Failed to create admin client: ", ""
    )


@pytest.mark.parametrize("name", ["worker", "warehouse"])
def test_a_metrics_port_that_is_taken(home: Path, nobody: int, taken: int, name: str) -> None:
    configure(home, f'[kafka]\n"bootstrap.servers" = "127.0.0.1:{nobody}"\n')
    done = run(home, name, "--metrics-port", str(taken))
    assert done.returncode == common.FAILED
    assert SENTENCE.fullmatch(done.stderr), done.stderr
    assert f"port {taken} for the metrics cannot be used" in done.stderr


def test_a_port_of_the_sql_endpoint_that_is_taken(home: Path, nobody: int, taken: int) -> None:
    configure(home, f'[kafka]\n"bootstrap.servers" = "127.0.0.1:{nobody}"\n[sql]\nport = {taken}\n')
    done = run(home, "warehouse")
    assert done.returncode == common.FAILED
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1, done.stderr
    assert f"cannot listen on 127.0.0.1:{taken}" in said[0]


def test_a_log_level_that_is_none_is_wrong_usage(home: Path) -> None:
    for name in ("worker", "warehouse"):
        assert run(home, name, "--log-level", "loud").returncode == common.USAGE


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", str(BEDS), "--reporter", "983971636"),
        ("validate", str(BEDS), "--reporter", "983971636", "--json"),
        ("rules",),
        ("status",),
        ("--help",),
        ("--version",),
    ],
    ids=" ".join,
)
def test_an_output_that_is_full(home: Path, arguments: tuple[str, ...]) -> None:
    """The kernel's own full device: writing to it is what writing to a full disk is."""
    environment = {**os.environ, "HELSEPULS_HOME": str(home)}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "helsepuls", *arguments],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            timeout=60,
        )
    assert done.returncode == common.FAILED
    assert done.stderr == "Error: No space left on device; free some space, then do it again\n"


def test_a_reader_that_has_seen_enough_is_no_error(home: Path) -> None:
    rules = subprocess.Popen(
        [sys.executable, "-m", "helsepuls", "rules", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert rules.stdout
    assert rules.stderr
    rules.stdout.read(1)
    rules.stdout.close()
    assert rules.stderr.read() == b""
    assert rules.wait(60) in (common.OK, common.NO_READER)  # all of it may be in the pipe by then


@pytest.mark.parametrize("arguments", [("rules",), ("rules", "--json"), ("--help",), ("--version",)], ids=" ".join)
def test_a_reader_that_was_never_there_is_no_error(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "helsepuls", *arguments]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (common.NO_READER, "")


@pytest.mark.parametrize("arguments", [("rules",), ("--help",), ("rules", "--json")], ids=" ".join)
def test_an_output_that_is_closed(arguments: tuple[str, ...]) -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "helsepuls", *arguments]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (common.OK, "")


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=" ".join)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_name_that_is_not_utf8(tmp_path: Path, arguments: tuple[str, ...], encoding: str) -> None:
    name = tmp_path / os.fsdecode(b"bl\xe5.ndjson")
    name.write_bytes(b"{")
    # wide: where a table breaks a long path depends on the folder
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "200"}
    done = run(tmp_path, "validate", str(name), "--reporter", "983971636", *arguments, env=environment)
    assert (done.returncode, done.stderr) == (common.FAILED, "")
    shown = "bl\N{REPLACEMENT CHARACTER}.ndjson" if arguments else "bl?.ndjson"
    assert shown in done.stdout


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://h:x", "x", "clickhouse://", "http://", "ftp://h", "http://[::1"]
)
def test_an_address_of_the_warehouse_that_is_none(home: Path, url: str) -> None:
    for name, value in (("URL", url), ("DSN", url.replace("http", "clickhouse"))):
        done = run(home, "sql", "SELECT 1", env={**os.environ, f"HELSEPULS_WAREHOUSE_{name}": value})
        assert done.returncode == common.FAILED, done.stderr
        assert done.stderr.startswith(f"Error: setting warehouse.{name.lower()} (from environment) is wrong: ")
        assert "None" not in done.stderr
        assert "Value error" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [("up",), ("worker",), PUBLISH, ("reference", "list")], ids=lambda arguments: arguments[0]
)
def test_a_home_that_cannot_be(tmp_path: Path, nobody: int, arguments: tuple[str, ...]) -> None:
    """Below a file: neither root nor anybody else can make a folder there."""
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "HELSEPULS_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}"}
    done = run(tmp_path / "file" / "home", *arguments, env=environment)
    assert "Traceback" not in done.stderr
    assert done.returncode in (common.OK, common.FAILED, common.UNREACHABLE)
    if done.returncode:
        assert SENTENCE.fullmatch(done.stderr), done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[kafka", "is not valid TOML"),
        (b"\xff\xfe", "is not valid TOML: save it as UTF-8"),
        (b"a = " + b"[" * 5000, "is not valid TOML"),
        (b"[stream]\nwindow_days = 'x'\n", "setting stream.window_days (from helsepuls.toml) is wrong"),
        (b"[stream]\nno_such = 1\n", "setting stream.no_such (from helsepuls.toml) is wrong"),
    ],
)
def test_settings_that_cannot_be_read(home: Path, content: bytes, said: str) -> None:
    (home / "helsepuls.toml").write_bytes(content)
    done = run(home, "config")
    assert (done.returncode, done.stdout) == (common.FAILED, "")
    assert SENTENCE.fullmatch(done.stderr), done.stderr
    assert said in done.stderr


def test_a_settings_file_that_is_a_folder(home: Path) -> None:
    (home / "helsepuls.toml").mkdir()
    done = run(home, "config")
    assert (done.returncode, "cannot be read: Is a directory" in done.stderr) == (common.FAILED, True)


@pytest.fixture(scope="module")
def many_beds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("many") / "beds.ndjson"
    event = orjson.loads(BEDS.read_bytes())
    with file.open("wb") as out:
        for number in range(200_000):
            out.write(orjson.dumps({**event, "subject_id": str(number)}) + b"\n")
    return file


@pytest.mark.parametrize("seconds", [0.12, 0.2, 0.3, 0.45, 0.8, 2.5])
def test_ctrl_c_at_any_time(home: Path, many_beds: Path, seconds: float) -> None:
    """From the first import to the last row: no word, exit code 130."""
    process = subprocess.Popen(
        [sys.executable, "-m", "helsepuls", "validate", str(many_beds), "--reporter", "983971636"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait_for_our_code(process.pid)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (seen_by_a_shell(process.returncode), out, err.strip()) == (common.INTERRUPTED, "", "")


@pytest.mark.parametrize(
    ("step", "arguments"), [("make_context", ["rules"]), ("format_help", ["--help"]), ("get_command", ["rules"])]
)
def test_ctrl_c_at_every_step_of_click(step: str, arguments: list[str]) -> None:
    """While the command line is read, while help is made of it, and while the command works."""
    program = f"""
import os, signal, sys
from helsepuls import entry
from helsepuls.cli.main import Commands
Commands.{step} = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
sys.argv = ["helsepuls", *{arguments}]
entry.main()"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (common.INTERRUPTED, "", "")


def _wait_for_our_code(pid: int) -> None:
    """Until our first import has begun: before that an interruption is the interpreter's own affair, and before exec
    the process is still a copy of this one. What the first import loads shows in the memory of the process."""
    deadline = time.monotonic() + 30
    files = Path(f"/proc/{pid}")
    while (
        "helsepuls" not in (files / "cmdline").read_text().split("\0") or "orjson" not in (files / "maps").read_text()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("arguments", [("validate", "-", "--reporter", "983971636"), ("sql", "-")], ids=lambda a: a[0])
def test_ctrl_c_while_waiting_for_standard_input(home: Path, arguments: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        command(home, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (seen_by_a_shell(process.returncode), out, err.strip()) == (common.INTERRUPTED, "", "")


def test_ctrl_c_of_a_warehouse_is_a_clean_end(home: Path, nobody: int) -> None:
    """It waits for a broker; what it says is in JSON lines, the last of them that it has ended."""
    configure(home, f'[kafka]\n"bootstrap.servers" = "127.0.0.1:{nobody}"\n')
    process = subprocess.Popen(command(home, "warehouse"), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if '"ready"' in line:
            process.send_signal(signal.SIGINT)
    assert seen_by_a_shell(process.wait(60)) == common.INTERRUPTED
    messages = [orjson.loads(line)["message"] for line in lines if line.startswith("{")]
    assert messages[-1] == "ended"
    assert not any("Traceback" in line for line in lines)
    assert not (home / "run" / "warehouse.json").exists()
