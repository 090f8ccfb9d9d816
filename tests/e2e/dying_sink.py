"""A sink that is killed at one moment: `dying_sink.py HOME before-insert|after-insert|after-commit BLOCKS`.

It stores BLOCKS blocks; around the insert of the last of them the process kills itself.
"""

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer

from runtime.settings import KafkaSettings, WarehouseSettings, load
from sinks.connect import connect
from sinks.consumer import Sink, kafka_config
from sinks.migrate import migrate
from sinks.settings import SinkSettings
from sinks.writer import Writer

home, moment, blocks = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
count = itertools.count(1)
settings = load(SinkSettings, home)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(Writer):
    def write(self, block: Any) -> int:
        last = next(count) == blocks
        if last and moment == "before-insert":
            die()
        rows = super().write(block)
        if last and moment == "after-insert":
            die()
        return rows


class Committing:
    """The real consumer, except that the process may end after an offset was committed."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def commit(self, offsets: Any, asynchronous: bool) -> Any:
        answer = self._consumer.commit(offsets=offsets, asynchronous=asynchronous)
        if moment == "after-commit" and not offsets[0].metadata and next(count) > blocks:
            die()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)


client = connect(load(WarehouseSettings, home), settings.insert_seconds)
migrate(client)
consumer = Committing(Consumer(kafka_config(load(KafkaSettings, home), settings)))
Sink(consumer, Dying(client), settings).run(lambda: False)
