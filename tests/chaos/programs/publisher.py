"""A sender in a process of its own: `publisher.py HOME SPOOL PROGRESS SEED NUMBER START RATE`.

It takes a round's events into the spool at RATE events a second, as a `Publisher` does once it has made them, notes
after each portion how far it has come (only then: what it had not noted when it died it sends again), and ends when the
broker has all of them.
"""

import sys
from datetime import date
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from chaos.load import Load, messages

from producers.client import connector
from producers.delivery import DeliveryReport, Reports
from producers.routes import Spooled
from producers.simulate.live import Pace
from producers.spool import Spool
from runtime import logs
from runtime.home import read_json, write_json
from runtime.settings import KafkaSettings, load
from schemas.errors import HelsepulsError, Retryable

_SPOOL_BYTES = 64 * 1024 * 1024


class Sending:
    """How far it is: what the spool has taken, and what the broker has refused."""

    def __init__(self, file: Path) -> None:
        self.file = file
        before = read_json(file) or {"taken": 0}
        self.taken = int(before["taken"])
        self.refused = 0

    def report(self, report: DeliveryReport) -> None:
        if not report.delivered:
            self.refused += 1

    def note(self, *, waiting: int) -> None:
        write_json(self.file, {"taken": self.taken, "waiting": waiting, "refused": self.refused})


def run(home: Path, spool: Path, progress: Path, world: Load, rate: float) -> None:
    sending = Sending(progress)
    store = Spool(spool, _SPOOL_BYTES)
    route = Spooled(store, connector(load(KafkaSettings, home), 0), Reports(sending.report))
    stream, _ = messages(world)
    rest = islice(stream, sending.taken, None)
    pace = Pace(rate)
    while portion := list(islice(rest, pace.portion)):
        pace.wait(len(portion))
        route.send(portion)
        sending.taken += len(portion)
        sending.note(waiting=len(store))
    while True:
        try:
            route.flush(0.5)
            break
        except Retryable:
            sending.note(waiting=len(store))
    route.close(0)
    sending.note(waiting=0)


if __name__ == "__main__":
    logs.configure("chaos-publisher")
    home, spool, progress = map(Path, sys.argv[1:4])
    world = Load(int(sys.argv[4]), int(sys.argv[5]), date.fromisoformat(sys.argv[6]))
    try:
        run(home, spool, progress, world, float(sys.argv[7]))
    except HelsepulsError as error:
        sys.exit(f"Error: {error}")
