"""Who has the warehouse: a process that can be asked, or nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.settings import WarehouseSettings


def has_endpoint(home: Path, settings: WarehouseSettings) -> bool:
    """Whether an address of the warehouse is known, other than what a stack whose supervisor was killed left behind."""
    from deploy.local import lock
    from runtime.home import read_stack

    of_stack = (read_stack(home).get("warehouse") or {}).get("url")
    return settings.url is not None and (settings.url != of_stack or lock.held(home))
