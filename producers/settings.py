"""Settings of publishers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from runtime.settings import Settings

_MIB = 1024 * 1024


class ProducerSettings(Settings):
    """How events are kept and sent."""

    section: ClassVar[str] = "producers"

    spool_dir: Path = Field(description="Folder of the spools: events on disk until the broker has acknowledged them")
    spool_max_bytes: int = Field(
        default=512 * _MIB,
        ge=_MIB,
        description="Size of one spool. Full: publish() refuses with Rejected until the broker has taken some",
    )
    ack_timeout_seconds: float = Field(
        default=120.0,
        gt=0,
        description="Without a spool: an event the broker has not acknowledged by then is reported as failed",
    )
    close_timeout_seconds: float = Field(
        default=10.0, ge=0, description="How long close() waits for acknowledgements; the spool keeps the rest"
    )
    patient_in_clear: bool = Field(
        default=False, description="Identifiers unencrypted (dev profile only), to look into a stream while developing"
    )

    @classmethod
    def from_stack(cls, home: Path, stack: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        return {"spool_dir": home / "spool"}
