"""A worker without one of its guarantees: `sabotaged_worker.py WHAT …`, the rest as for `helsepuls worker`.

To show that the harness would notice. The product's code is changed in this process alone.

commit-first   outcomes are delivered seconds after their offsets may be committed
forget         what was accepted before is not looked up after a restart
"""

import sys
import threading
from collections.abc import Collection

from helsepuls.cli.main import main
from streams.deliver import Deliverer
from streams.window.restore import RestoredPartition, Restorer

_LATE_SECONDS = 3.0


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


{"commit-first": commit_first, "forget": forget}[sys.argv[1]]()
sys.argv = ["helsepuls", "worker", *sys.argv[2:]]
main()
