"""A tiny process in the place of a worker or the warehouse: it says that it is ready and waits to be ended. In the
place of the warehouse it answers whoever asks whether it is there."""

import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from runtime.home import announce, retire

home = Path(sys.argv[sys.argv.index("--home") + 1])
name = f"{sys.argv[1]}-{sys.argv[sys.argv.index('--metrics-port') + 1]}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would end the ending
    sys.exit()


signal.signal(signal.SIGTERM, end)
try:
    facts = {}
    if sys.argv[1] == "warehouse":
        server = HTTPServer(("127.0.0.1", 0), Answer)
        Thread(target=server.serve_forever, daemon=True).start()
        facts = {"url": f"http://127.0.0.1:{server.server_port}"}
    announce(home, name, facts)
    while True:
        signal.pause()
finally:
    retire(home, name)
    with (home / "ended").open("a") as file:
        file.write(f"{sys.argv[1]}\n")
