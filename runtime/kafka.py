"""Kafka client configurations: what must hold for nothing to be lost, over whatever the settings pass through."""

from __future__ import annotations

from typing import Any

from confluent_kafka.admin import AdminClient

from runtime.settings import KafkaSettings
from schemas.errors import Fatal

_PRODUCER_ONLY_HOLDS = {
    "acks": "all",
    "enable.idempotence": "true",
}
_CONSUMER_ONLY_HOLDS = {
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
}


def client_config(settings: KafkaSettings) -> dict[str, Any]:
    """What every client shares. Raises Fatal when no broker is known."""
    return {
        **settings.config,
        "bootstrap.servers": settings.bootstrap,
        "log.connection.close": "false",
    }


def producer_config(settings: KafkaSettings, **more: Any) -> dict[str, Any]:
    """An idempotent producer that waits for all in-sync replicas. Raises Fatal when settings weaken that."""
    _refuse_weaker(settings, _PRODUCER_ONLY_HOLDS)
    return {
        "linger.ms": 5,
        "compression.type": "lz4",
        "partitioner": "murmur2_random",  # as the Java clients: one subject, one partition, whatever the client
        **client_config(settings),
        **more,
        **_PRODUCER_ONLY_HOLDS,
    }


def consumer_config(settings: KafkaSettings, group: str, **more: Any) -> dict[str, Any]:
    """A consumer that commits only when told to. Raises Fatal when settings say otherwise (TRAPS S4)."""
    _refuse_weaker(settings, _CONSUMER_ONLY_HOLDS)
    return {
        "auto.offset.reset": "earliest",
        **client_config(settings),
        **more,
        "group.id": group,
        **_CONSUMER_ONLY_HOLDS,
    }


def admin(settings: KafkaSettings) -> AdminClient:
    return AdminClient(client_config(settings))


def _refuse_weaker(settings: KafkaSettings, holds: dict[str, str]) -> None:
    for key, value in holds.items():
        given = settings.config.get(key)
        if given is not None and given not in (value, {"all": "-1"}.get(value)):
            raise Fatal(f"setting kafka.{key} must be {value}: with {given} acknowledged events could be lost")
