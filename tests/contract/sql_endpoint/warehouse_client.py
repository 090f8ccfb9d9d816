"""A warehouse process with the SQL endpoint, asked over HTTP as any other program would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import requests
from clickhouse_connect.driver.client import Client

_PROGRAM = Path(__file__).with_name("warehouse_process.py")
_ROOT = Path(__file__).parents[3]


class Warehouse:
    """The process, from outside (`post`, `client`) and from inside (`ask`)."""

    def __init__(self, folder: Path, **limits: float) -> None:
        self.folder = folder
        self._log = (folder / "stderr.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), str(folder / "engine"), json.dumps(limits)],
            cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.url: str = self._line()["url"]
        self.port = urlsplit(self.url).port or 0
        self._session = requests.Session()

    def post(self, sql: str | bytes = b"", **fields: str) -> requests.Response:
        """SQL as the body of a POST, everything else in the address."""
        body = sql.encode() if isinstance(sql, str) else sql
        return self._session.post(self.url, params=fields, data=body, timeout=60)

    def client(self, **options: Any) -> Client:
        options.setdefault("database", "helsepuls")
        return clickhouse_connect.get_client(host="127.0.0.1", port=self.port, **options)

    def ask(self, **asked: Any) -> Any:
        """What the process's own writer does: `query` or `insert`."""
        self.begin(**asked)
        return self.answer()

    def begin(self, **asked: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        return self._line()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> int:
        """Ends the process as its parent's end would; returns its exit code. May be called again."""
        assert self._process.stdin
        self._process.stdin.close()
        self._session.close()
        try:
            return self._process.wait(30)
        finally:
            self._process.kill()
            self._log.close()

    def log(self) -> str:
        return (self.folder / "stderr.log").read_text("utf-8")

    def _line(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the warehouse process ended: {self.log()[-3000:]}"
        return json.loads(line)


@contextmanager
def running(folder: Path, **limits: float) -> Iterator[Warehouse]:
    warehouse = Warehouse(folder, **limits)
    try:
        yield warehouse
    finally:
        code = warehouse.close()
        assert code == 0, warehouse.log()[-3000:]
        assert "Traceback" not in warehouse.log()
