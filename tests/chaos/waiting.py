"""Waiting for what comes, for so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class InVain(Exception):
    """What was waited for did not come."""


def until(
    condition: Callable[[], T], seconds: float, otherwise: str = "what was waited for did not come", pause: float = 0.1
) -> T:
    """The first true value of `condition`. Raises InVain, saying `otherwise`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise InVain(f"{otherwise} (waited {seconds:.0f} s)")
        time.sleep(pause)
    return value
