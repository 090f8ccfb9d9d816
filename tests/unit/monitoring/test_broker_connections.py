"""Brokers that a client is connected to, from librdkafka's statistics."""

from __future__ import annotations

import json
import time

from confluent_kafka import Consumer
from prometheus_client import REGISTRY

from monitoring.kafka import connected, connections


def statistics(*brokers):
    return json.dumps({"brokers": {f"{i}": {"nodeid": n, "state": s} for i, (n, s) in enumerate(brokers)}})


def test_counts_each_broker_once_and_bootstrap_addresses_not_at_all():
    assert connected(statistics((-1, "UP"), (1, "UP"), (1, "UP"), (2, "DOWN"), (3, "UP"))) == 2
    assert connected(statistics((-1, "UP"))) == 0
    assert connected(statistics()) == 0


def test_a_client_that_reaches_nobody_says_so():
    settings = connections("test") | {"statistics.interval.ms": 50}
    told = []
    callback = settings["stats_cb"]
    settings["stats_cb"] = lambda text: (told.append(1), callback(text))
    consumer = Consumer({"bootstrap.servers": "127.0.0.1:9", "group.id": "test", "log_level": 0, **settings})
    try:
        consumer.subscribe(["test"])
        deadline = time.monotonic() + 10
        while not told and time.monotonic() < deadline:
            consumer.consume(10, timeout=0.05)
    finally:
        consumer.close()
    assert told, "the client never called back"
    assert REGISTRY.get_sample_value("helsepuls_kafka_brokers", {"client": "test"}) == 0
