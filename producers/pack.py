"""An event as a message ready to go: identifiers protected, encoded, not larger than the broker takes."""

from __future__ import annotations

from pathlib import Path

from producers.encode import Message, encode
from producers.protect import protector
from producers.settings import ProducerSettings
from producers.types import Event, PatientId
from runtime.settings import KafkaSettings, PrivacySettings
from schemas.errors import Invalid
from schemas.types import Problem, Severity
from schemas.wire import LARGEST_EVENT

_OVERHEAD = 512
"""Kafka's framing of one message within that limit, generously."""


class Packer:
    """Raises Fatal when the registry's public key is missing."""

    def __init__(self, home: Path, settings: ProducerSettings, privacy: PrivacySettings, kafka: KafkaSettings) -> None:
        self._protect = protector(home, privacy, in_clear=settings.patient_in_clear)
        self._largest = min(int(kafka.config.get("message.max.bytes", LARGEST_EVENT)), LARGEST_EVENT) - _OVERHEAD

    def pack(self, event: Event) -> Message:
        """Raises Invalid when the record does not fit its schema or the message would be too large."""
        message = encode(event, self._sealed(event.patient, event), self._sealed(event.prior_patient, event))
        if len(message.value) + len(message.key) > self._largest:
            raise Invalid(
                [Problem("PUB-01", Severity.FATAL, "", f"larger than the {self._largest} bytes one event may have")]
            )
        return message

    def _sealed(self, patient: PatientId | None, event: Event) -> bytes | None:
        return self._protect(patient, event.event_id) if patient else None
