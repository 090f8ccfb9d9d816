"""A process of a round without one of its guarantees: `sabotaged.py WHAT …`, the rest as for the process itself.

To show that the harness would notice. The product's code is changed in this process alone.

commit-first   worker: outcomes are delivered seconds after their offsets may be committed
forget         worker: what was accepted before is not looked up after a restart
insert-late    warehouse: rows are inserted seconds after their offsets are committed
remove-first   publisher: events leave the spool before the broker has acknowledged them
"""

import runpy
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from helsepuls.cli.main import main
from producers.relay import Relay
from sinks.consumer import Sink
from sinks.writer import Writer
from streams.deliver import Deliverer
from streams.window.restore import RestoredPartition, Restorer

_LATE_SECONDS = 3.0
_INSERT_LATE_SECONDS = 10.0
"""Longer than a group takes to share out its partitions anew: whenever the sink dies, rows are waiting."""
_PUBLISHER = Path(__file__).with_name("publisher.py")


def commit_first() -> None:
    deliver = Deliverer.deliver

    def later(self: Deliverer, messages: object) -> None:
        threading.Timer(_LATE_SECONDS, deliver, (self, messages)).start()

    Deliverer.deliver = later


def forget() -> None:
    def nothing(_self: Restorer, restored: Collection[RestoredPartition]) -> None:
        for one in restored:
            one.next_log_offset = 0
            one.positions = dict.fromkeys(one.outcome_topics, 0)

    Restorer.catch_up = nothing


def insert_late() -> None:
    """In the sink's own thread, between its turns: the writer belongs to it."""
    write, step = Writer.write, Sink.step
    waiting: deque[tuple[float, Callable[[], object]]] = deque()

    def later(self: Writer, *arguments: Any) -> int:
        waiting.append((time.monotonic() + _INSERT_LATE_SECONDS, lambda: write(self, *arguments)))
        return 0

    def stepping(self: Sink) -> None:
        step(self)
        while waiting and waiting[0][0] < time.monotonic():
            waiting.popleft()[1]()

    Writer.write, Sink.step = later, stepping


def remove_first() -> None:
    hand_over = Relay._hand_over

    def removing(self: Relay, producer: Any) -> bool:
        before = self._handed_over
        moved = hand_over(self, producer)
        self._spool.remove(range(before + 1, self._handed_over + 1))
        return moved

    Relay._hand_over = removing


what, *rest = sys.argv[1:]
{"commit-first": commit_first, "forget": forget, "insert-late": insert_late, "remove-first": remove_first}[what]()
if what == "remove-first":
    sys.argv = [str(_PUBLISHER), *rest]
    runpy.run_path(str(_PUBLISHER), run_name="__main__")
else:
    sys.argv = ["helsepuls", "warehouse" if what == "insert-late" else "worker", *rest]
    main()
