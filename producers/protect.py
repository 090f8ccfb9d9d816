"""The sender's half of the protection of identifiers: sealed for the registry before anything leaves the process.

Also the spool holds sealed identifiers only. In clear (version 0) they go out under the `dev` profile when asked for,
to look into a stream while developing; the stream refuses them elsewhere, and so does this.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from producers.types import PatientId
from runtime.keys import sealing_key
from runtime.settings import PrivacySettings
from schemas.errors import Fatal
from schemas.patient import PatientSealer, clear


class Protect(Protocol):
    """Gives the bytes of an identifier for one event."""

    def __call__(self, patient: PatientId, event_id: str) -> bytes: ...


def protector(home: Path, privacy: PrivacySettings, *, in_clear: bool = False) -> Protect:
    """Seals for the registry's public key. Raises Fatal when that key is missing, or for `in_clear` outside `dev`."""
    if in_clear:
        if privacy.profile != "dev":
            raise Fatal(f"identifiers in clear are for the dev profile only, not for {privacy.profile}")
        return _clear
    public = sealing_key(home, privacy)
    sealer = PatientSealer(public.pem, public.key_id)
    one_at_a_time = threading.Lock()

    def seal(patient: PatientId, event_id: str) -> bytes:
        with one_at_a_time:
            return sealer.seal(patient.type_id, patient.number, event_id)

    return seal


def _clear(patient: PatientId, event_id: str) -> bytes:  # noqa: ARG001  the sealed form binds the event, this one cannot
    return clear(patient.type_id, patient.number)
