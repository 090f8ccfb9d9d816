"""A ClickHouse server that refuses or hangs, as its clients see it: a proxy in front of one that is well."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import unquote_plus

Mode = Literal["pass", "refuse", "hang"]

_HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}


class Proxy:
    """Passes HTTP on to `port` of this machine. `mode` concerns inserts alone: *refuse* closes the connection without
    an answer, *hang* takes the request and never answers."""

    def __init__(self, port: int) -> None:
        self.mode: Mode = "pass"
        self.stopped_inserts = 0
        self.released = threading.Event()
        """Set while nothing hangs; what hung then has its connection closed."""
        self.released.set()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with suppress(ConnectionResetError):  # the client has been killed
                    super().handle()

            def do_GET(self) -> None:
                proxy.handle(self, port)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def set(self, mode: Mode) -> None:
        self.mode = mode
        if mode == "hang":
            self.released.clear()
        else:
            self.released.set()

    def handle(self, request: BaseHTTPRequestHandler, port: int) -> None:
        body = _body(request)
        if self.mode != "pass" and _is_insert(request.path, body):
            self.stopped_inserts += 1
            if self.mode == "hang":
                self.released.wait()
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        upstream = HTTPConnection("127.0.0.1", port)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
            upstream.request(request.command, request.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        except OSError:  # the server is away: so are we
            request.close_connection = True
            return
        finally:
            upstream.close()
        try:
            request.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    request.send_header(name, value)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)
        except OSError:  # the client has been killed, or waits no longer
            request.close_connection = True

    def close(self) -> None:
        self.set("pass")
        self._server.shutdown()
        self._server.server_close()


def _is_insert(path: str, body: bytes) -> bool:
    return b"INSERT" in body[:200].upper() or "query=INSERT" in unquote_plus(path).upper().replace("QUERY", "query")


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    content = b""
    while size := int(request.rfile.readline(), 16):
        content += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return content
