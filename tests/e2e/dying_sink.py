"""A sink that kills itself around its first insert: `dying_sink.py HOME before-insert|after-insert`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer

from runtime.settings import KafkaSettings, WarehouseSettings, load
from sinks.connect import connect
from sinks.consumer import Sink
from sinks.kafka import kafka_config
from sinks.migrate import migrate
from sinks.settings import SinkSettings
from sinks.writer import Writer

home, moment = Path(sys.argv[1]), sys.argv[2]
settings = load(SinkSettings, home)


class Dying(Writer):
    def write(self, blocks: Any, found: Any) -> int:
        if moment == "after-insert":
            super().write(blocks, found)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


client = connect(load(WarehouseSettings, home), settings.insert_seconds)
migrate(client)
consumer = Consumer(kafka_config(load(KafkaSettings, home), settings))
Sink(consumer, Dying(client), settings).run(lambda: False)
