"""Settings of how inputs are read."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from runtime.settings import Settings


class AdapterSettings(Settings):
    """Bounds of what is read."""

    section: ClassVar[str] = "adapters"

    max_item_bytes: int = Field(
        default=50 * 1024 * 1024,
        ge=1024,
        description="Largest message, bundle or line; a larger one is answered (SRC-03) and skipped. NPR takes 50 MB",
    )
