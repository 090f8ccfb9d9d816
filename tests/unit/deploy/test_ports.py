from __future__ import annotations

import json
import socket

import pytest

from deploy.local import ports
from schemas.errors import Fatal


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def test_a_port_that_is_listened_on_is_not_free(listener):
    port = listener.getsockname()[1]
    assert not ports.is_free(port)
    listener.close()
    assert ports.is_free(port)


def test_ports_are_chosen_once_and_kept(tmp_path):
    first = ports.assign(tmp_path, ["kafka", "registry"])
    assert len(set(first.values())) == 2
    assert ports.assign(tmp_path, ["kafka", "registry"]) == first
    assert ports.assign(tmp_path, ["kafka"]) == first  # one that is not asked for now is remembered
    assert ports.assign(tmp_path / "other", ["kafka"])["kafka"] is not None


def test_a_recorded_port_that_is_taken_is_replaced(tmp_path, listener):
    taken = listener.getsockname()[1]
    (tmp_path / "ports.json").write_text(json.dumps({"kafka": taken, "registry": 20_001}))
    found = ports.assign(tmp_path, ["kafka"])
    assert found["kafka"] not in (taken, 20_001)
    assert json.loads((tmp_path / "ports.json").read_text()) == found


def test_no_port_left(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda port: False)
    with pytest.raises(Fatal, match="no free port"):
        ports.choose()
