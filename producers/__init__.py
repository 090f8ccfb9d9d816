"""Publishing events: adapters for the formats EPRs speak, validation, protection, and the way to Kafka."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from producers.delivery import DeliveryReport
    from producers.publisher import Publisher
    from producers.types import Event, PatientId, SendingSystem

__all__ = ["DeliveryReport", "Event", "PatientId", "Publisher", "SendingSystem"]

_HOMES = {
    "DeliveryReport": "producers.delivery",
    "Event": "producers.types",
    "PatientId": "producers.types",
    "Publisher": "producers.publisher",
    "SendingSystem": "producers.types",
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for: a command that reads a time stamp need not load Kafka's client and polars."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
