"""The envelope fields that every raw record has (DESIGN §2), from what an adapter knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from producers.types import Context, SendingSystem
from schemas.types import LEGAL_BASIS, Family

MODEL_VERSIONS: Final[dict[Family, str]] = {
    "episode": "53.1.3",
    "movement": "53.1.3",
    "referral": "53.1.3",
    "service": "56.0.0",
    "consultation": "56.0.0",
    "capacity": "1.0",
}
"""The reporting model that an adapter's content follows: NPR's, KPR's, and for capacity this product's own."""


def envelope(
    context: Context,
    family: Family,
    *,
    reporter: str,
    event_id: str,
    subject_id: str,
    occurred_at: datetime,
    registered_at: datetime,
    action: str = "report",
    system: SendingSystem | None = None,
    previous_event_id: str | None = None,
    sequence: int | None = None,
) -> dict[str, Any]:
    """A new record with every envelope field. `sent_at` is the context's clock, `declared_known_at` its as-of."""
    system = system or context.system
    return {
        "event_id": event_id,
        "reporter": reporter,
        "system_vendor": system.vendor,
        "system_product": system.product,
        "system_version": system.version,
        "model_version": MODEL_VERSIONS[family],
        "sequence": sequence,
        "previous_event_id": previous_event_id,
        "subject_id": subject_id,
        "revision": 0,
        "action": action,
        "occurred_at": occurred_at,
        "registered_at": registered_at,
        "sent_at": context.now,
        "legal_basis": LEGAL_BASIS[family],
        "declared_known_at": context.as_of,
    }


def subject_part(text: str) -> str:
    """A sender's id as one part of a subject id: `/` separates the parts, so it is written `%2F` inside one."""
    return text.replace("%", "%25").replace("/", "%2F")
