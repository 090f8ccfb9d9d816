"""A tiny process in the place of a worker or the warehouse: it says that it is ready and waits to be ended."""

import signal
import sys
from pathlib import Path

from runtime.home import announce, retire

home = Path(sys.argv[sys.argv.index("--home") + 1])
name = f"{sys.argv[1]}-{sys.argv[sys.argv.index('--metrics-port') + 1]}"


def end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would end the ending
    sys.exit()


signal.signal(signal.SIGTERM, end)
try:
    announce(home, name, {"url": "http://127.0.0.1:1"} if sys.argv[1] == "warehouse" else {})
    while True:
        signal.pause()
finally:
    retire(home, name)
    with (home / "ended").open("a") as file:
        file.write(f"{sys.argv[1]}\n")
