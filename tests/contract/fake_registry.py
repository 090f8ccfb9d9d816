"""A schema registry in this process: the calls of Confluent's API that Helsepuls uses, and faults on demand."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class FakeRegistry:
    """Counts ids from 1 and gives one text one id, as the real ones do. Use as a context manager."""

    def __init__(self) -> None:
        self.subjects: dict[str, dict[int, int]] = {}
        """Subject -> version -> id."""
        self.texts: dict[int, str] = {}
        self.levels: dict[str, str] = {}
        self.answer_instead: tuple[int, str] | None = None
        """Status and body given to every call, when set."""
        self.calls = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"registry": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> FakeRegistry:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        for pattern, verb, handle in (
            (r"/subjects/([^/]+)/versions", "POST", self._register),
            (r"/subjects/([^/]+)/versions", "GET", self._versions),
            (r"/subjects/([^/]+)/versions/(\d+)", "GET", self._version),
            (r"/subjects/([^/]+)", "POST", self._lookup),
            (r"/subjects/([^/]+)/versions/(\d+)", "DELETE", self._delete),
            (r"/schemas/ids/(\d+)", "GET", self._text),
            (r"/config/([^/]+)", "PUT", self._config),
        ):
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                return handle(*map(unquote, match.groups()), **body)
        return 404, None

    def _register(self, subject: str, schema: str) -> tuple[int, Any]:
        id_ = next((i for i, text in self.texts.items() if text == schema), len(self.texts) + 1)
        self.texts[id_] = schema
        versions = self.subjects.setdefault(subject, {})
        if id_ not in versions.values():
            versions[max(versions, default=0) + 1] = id_
        return 200, {"id": id_}

    def _lookup(self, subject: str, schema: str) -> tuple[int, Any]:
        if subject not in self.subjects:
            return 404, {"error_code": 40401, "message": "Subject not found"}
        for version, id_ in self.subjects[subject].items():
            if self.texts[id_] == schema:
                return 200, {"subject": subject, "version": version, "id": id_, "schema": schema}
        return 404, {"error_code": 40403, "message": "Schema not found"}

    def _delete(self, subject: str, version: str) -> tuple[int, Any]:
        self.subjects[subject].pop(int(version))
        if not self.subjects[subject]:
            del self.subjects[subject]
        return 200, int(version)

    def _text(self, id_: str) -> tuple[int, Any]:
        if int(id_) not in self.texts:
            return 404, {"error_code": 40403, "message": "Schema not found"}
        return 200, {"schema": self.texts[int(id_)]}

    def _versions(self, subject: str) -> tuple[int, Any]:
        if subject not in self.subjects:
            return 404, {"error_code": 40401, "message": "Subject not found"}
        return 200, list(self.subjects[subject])

    def _version(self, subject: str, version: str) -> tuple[int, Any]:
        id_ = self.subjects.get(subject, {}).get(int(version))
        if id_ is None:
            return 404, {"error_code": 40402, "message": "Version not found"}
        return 200, {"subject": subject, "version": int(version), "id": id_, "schema": self.texts[id_]}

    def _config(self, subject: str, compatibility: str) -> tuple[int, Any]:
        self.levels[subject] = compatibility
        return 200, {"compatibility": compatibility}


class _Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        self.registry.calls += 1
        if self.registry.answer_instead:
            status, text = self.registry.answer_instead
        else:
            status, document = self.registry.answer(self.command, self.path, body)
            text = "not here" if document is None else json.dumps(document)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def log_message(self, *_: object) -> None:
        pass
