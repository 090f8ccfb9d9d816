"""Enough of a ClickHouse server for the sink: the embedded engine behind HTTP, reading and writing.

`writable_server.py PATH PORT`. It shows that what the sink sends over HTTP is understood; a real server is in
`contract/test_sink_server.py`, where there is Docker.
"""

import gzip
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

engine = chdb.connect(sys.argv[1])
lock = threading.Lock()
TRANSPORT = {"query", "database", "default_format", "enable_http_compression", "client_protocol_version", "compress"}
TRANSPORT |= {"send_progress_in_http_headers", "http_headers_progress_interval_ms", "wait_end_of_query", "query_id"}
TRANSPORT |= {"session_id", "date_time_output_format", "cancel_http_readonly_queries_on_client_close"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.body()
        if urlsplit(self.path).path == "/ping":
            return self.reply(200, b"Ok.\n")
        try:
            with lock:
                content = self.run(given, body)
        except RuntimeError as error:
            text = str(error)
            code = text.partition("Code: ")[2].partition(".")[0] or "1002"
            return self.reply(500, text.encode(), {"X-ClickHouse-Exception-Code": code})
        return self.reply(200, content, {"X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": "{}"})

    def run(self, given: dict[str, str], body: bytes) -> bytes:
        if database := given.get("database"):
            engine.query(f"USE {database}", "Null")
        parameters = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
        own = {name: value for name, value in given.items() if name not in TRANSPORT and not name.startswith("param_")}
        settings = ", ".join(f"{name} = '{value}'" for name, value in own.items())
        query = given.get("query", "")
        if query.startswith("INSERT") and body:
            with tempfile.NamedTemporaryFile() as file:
                file.write(body)
                file.flush()
                statement, _, output = query.rpartition(" FORMAT ")
                clause = f" SETTINGS {settings}" if settings else ""
                return self.bytes(f"{statement} FROM INFILE '{file.name}'{clause} FORMAT {output}", "TSV", {})
        return self.bytes(query or body.decode(), given.get("default_format", "TabSeparated"), parameters)

    def bytes(self, statement: str, output: str, parameters: dict[str, str]) -> bytes:
        return bytes(engine.query(statement, output, params=parameters).bytes() or b"")

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(content) if self.headers.get("Content-Encoding") == "gzip" else content

    def reply(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
