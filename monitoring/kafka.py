"""What librdkafka tells of its connections, as a metric: whether this product reaches Kafka, whoever runs Kafka."""

from __future__ import annotations

import json
from typing import Any, Final

from monitoring.metrics import KAFKA_BROKERS

_INTERVAL_MS: Final = 5_000


def connections(client: str) -> dict[str, Any]:
    """Client settings that keep KAFKA_BROKERS up to date. The client calls back from `poll` and `consume`."""
    gauge = KAFKA_BROKERS.labels(client)
    gauge.set(0)
    return {"statistics.interval.ms": _INTERVAL_MS, "stats_cb": lambda text: gauge.set(connected(text))}


def connected(statistics: str) -> int:
    """Brokers that a client is connected to, from its statistics document. Bootstrap addresses have no id yet."""
    brokers = json.loads(statistics)["brokers"].values()
    return len({broker["nodeid"] for broker in brokers if broker["nodeid"] >= 0 and broker["state"] == "UP"})
