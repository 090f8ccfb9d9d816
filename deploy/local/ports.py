"""Ports on 127.0.0.1: chosen once per home, kept over restarts while they are free."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable
from pathlib import Path

from runtime.home import read_json, write_json
from schemas.errors import Fatal

# Below the range from which systems take the ports of outgoing connections: such a connection could otherwise sit on
# a port between our choosing it and the server's opening it.
_FIRST, _LAST = 20_000, 32_000
_TRIES = 1_000


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As the servers themselves do: connections of an ended server that linger do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose(taken: Iterable[int] = ()) -> int:
    """A free port that is not among `taken`. Raises Fatal when there is none."""
    avoid = set(taken)
    for _ in range(_TRIES):
        port = random.randint(_FIRST, _LAST)  # noqa: S311 - no secret
        if port not in avoid and is_free(port):
            return port
    raise Fatal(f"no free port found between {_FIRST} and {_LAST} on 127.0.0.1")


def assign(home: Path, names: Iterable[str]) -> dict[str, int]:
    """A port for each name: the recorded one where it is still free, otherwise a new one, recorded in the home."""
    file = home / "ports.json"
    recorded = {name: port for name, port in (read_json(file) or {}).items() if isinstance(port, int)}
    ports = dict(recorded)
    for name in names:
        if name not in recorded or not is_free(recorded[name]):
            ports[name] = choose(ports.values())
    if ports != recorded:
        write_json(file, ports)
    return ports
