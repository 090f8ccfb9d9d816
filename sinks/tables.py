"""Where messages of each outcome topic are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.types import DUPLICATES_TOPIC, FAMILIES, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic

ERRORS_TABLE: Final = "log_sink_errors"
"""Coordinates of messages that do not decode."""

TABLES: Final[Mapping[str, str]] = {
    **{accepted_topic(family): f"log_accepted_{family}" for family in FAMILIES},
    REJECTED_TOPIC: "log_rejected",
    DUPLICATES_TOPIC: "log_duplicates",
    RECEIPTS_TOPIC: "log_receipts",
}
"""Outcome topic to table."""
