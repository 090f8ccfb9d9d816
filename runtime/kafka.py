"""Kafka client configurations: what must hold for nothing to be lost, over whatever the settings pass through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from runtime.settings import KafkaSettings
from schemas.errors import Fatal, Retryable

C = TypeVar("C")

_PRODUCER_ONLY_HOLDS = {
    "acks": "all",
    "enable.idempotence": "true",
}
_CONSUMER_ONLY_HOLDS = {
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
}


def client_config(settings: KafkaSettings) -> dict[str, Any]:
    """What every client shares. Raises Retryable when no broker is known."""
    return {
        **settings.config,
        "bootstrap.servers": settings.bootstrap,
        "log.connection.close": "false",
    }


def producer_config(settings: KafkaSettings, **more: Any) -> dict[str, Any]:
    """An idempotent producer that waits for all in-sync replicas. Raises Fatal when settings weaken that."""
    refuse_weaker(settings)
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
    refuse_weaker(settings)
    return {
        "auto.offset.reset": "earliest",
        **client_config(settings),
        **more,
        "group.id": group,
        **_CONSUMER_ONLY_HOLDS,
    }


QUIET: Final[Mapping[str, Any]] = {"log_level": 0}
"""For commands: what is wrong with the connection is told once, by `unanswered`, and not in librdkafka's own lines."""


def admin(settings: KafkaSettings) -> AdminClient:
    """A quiet client for one command. Raises Fatal when the settings cannot be used."""
    return made(AdminClient, {**client_config(settings), **QUIET})


def made(client: Callable[..., C], config: Mapping[str, Any], **more: Any) -> C:
    """A client of this configuration. Raises Fatal when librdkafka does not take it."""
    try:
        return client(dict(config), **more)
    except (KafkaException, TypeError, ValueError) as error:
        said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
        raise Fatal(f"the settings under [kafka] cannot be used: {said.rstrip('.')}; correct helsepuls.toml") from None


def unanswered(error: Any, where: str = "") -> Retryable:
    """What to tell of a KafkaError (or KafkaException) that means no answer, or no access."""
    kind = error.args[0] if isinstance(error, KafkaException) else error
    return Retryable(
        f"Kafka{where and f' at {where}'} does not answer ({kind.str()}): is it running (`helsepuls status`), "
        "and are the settings under [kafka] right?"
    )


def refuse_weaker(settings: KafkaSettings) -> None:
    """Raises Fatal when settings say otherwise than what holds for every producer or consumer."""
    for key, value in {**_PRODUCER_ONLY_HOLDS, **_CONSUMER_ONLY_HOLDS}.items():
        given = settings.config.get(key)
        if given is not None and given not in (value, {"all": "-1"}.get(value)):
            raise Fatal(f"setting kafka.{key} must be {value}: with {given} acknowledged events could be lost")
