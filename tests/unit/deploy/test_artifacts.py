"""Downloading pinned files, against a repository of our own on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

import deploy.local
from deploy.local.artifacts import Pin, fetch, read_pins
from schemas.errors import Fatal

CONTENT = b"a program"


class Quiet(SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    break_off = 0  # so many answers stop in the middle

    def copyfile(self, source, outputfile):
        if Quiet.break_off:
            Quiet.break_off -= 1
            outputfile.write(source.read(3))
            self.close_connection = True
            return
        super().copyfile(source, outputfile)

    def log_message(self, *_):
        Quiet.asked.append(self.path)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A Maven repository that jgo is configured to use; its folder."""
    folder = tmp_path / "repository"
    folder.mkdir()
    Quiet.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=partial(server.serve_forever, poll_interval=0.02), daemon=True).start()
    config = tmp_path / "jgo.conf"
    config.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    yield folder
    server.shutdown()
    server.server_close()


def publish(repository: Path, pin: Pin, content: bytes = CONTENT) -> None:
    path = repository / pin.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def pin(name: str = "thing") -> Pin:
    return Pin.parse(f"no.example:{name}:jar:1.0", hashlib.sha256(CONTENT).hexdigest())


def test_a_coordinate_says_where_the_file_stands():
    assert Pin.parse("a.b:c:jar:1.0", "").path == Path("a/b/c/1.0/c-1.0.jar")
    assert Pin.parse("a.b:c:tar.gz:all:1.0", "").path == Path("a/b/c/1.0/c-1.0-all.tar.gz")


def test_fetches_once_and_keeps_the_order(repository, tmp_path):
    pins = [pin("second"), pin("first"), pin("third")]
    for one in pins:
        publish(repository, one)
    paths = fetch(pins, tmp_path / "cache")
    assert [path.name for path in paths] == ["second-1.0.jar", "first-1.0.jar", "third-1.0.jar"]
    assert {path.read_bytes() for path in paths} == {CONTENT}
    Quiet.asked.clear()
    assert fetch(pins, tmp_path / "cache") == paths
    assert Quiet.asked == []


def test_a_damaged_file_is_fetched_again(repository, tmp_path):
    publish(repository, pin())
    [path] = fetch([pin()], tmp_path / "cache")
    path.write_bytes(b"half a")
    fetch([pin()], tmp_path / "cache")
    assert path.read_bytes() == CONTENT


def test_a_file_that_is_not_the_pinned_one_is_refused_and_not_kept(repository, tmp_path):
    publish(repository, pin(), b"something else")
    with pytest.raises(Fatal, match=r"thing-1\.0\.jar is not the file that was pinned"):
        fetch([pin()], tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_file_that_is_not_there(repository, tmp_path):
    with pytest.raises(Fatal, match=r"cannot download thing-1\.0\.jar: RuntimeError: .* not found"):
        fetch([pin()], tmp_path / "cache")


def test_a_connection_that_breaks_is_tried_again(repository, tmp_path, monkeypatch):
    monkeypatch.setattr("deploy.local.artifacts._PAUSE", 0.01)
    publish(repository, pin())
    Quiet.break_off = 2
    [path] = fetch([pin()], tmp_path / "cache")
    assert path.read_bytes() == CONTENT


def test_no_network_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("deploy.local.artifacts._PAUSE", 0.01)
    config = tmp_path / "jgo.conf"
    config.write_text("[repositories]\ncentral = http://127.0.0.1:9\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    with pytest.raises(Fatal, match=r"cannot download thing-1\.0\.jar: the Maven repository cannot be reached"):
        fetch([pin()], tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Fatal, match=r"the cache .* cannot be written"):
        fetch([pin()], tmp_path / "file" / "cache")


@pytest.mark.parametrize(("file", "first"), [("kafka.jars.json", "kafka_2.13"), ("apicurio.files.json", "apicurio")])
def test_the_pins_that_ship(file, first):
    path = Path(deploy.local.__file__).parent / file
    pins = read_pins(path)
    assert pins[0].artifact.startswith(first)
    assert len({one.path for one in pins}) == len(json.loads(path.read_text())) == len(pins)
    assert all(len(one.sha256) == 64 for one in pins)
