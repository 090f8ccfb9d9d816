"""Keeps the beds beside the sink, in a thread and with a client of its own.

It rests as long as it has worked, and four times as long while the sink is behind: where cores are few the sink goes
first, and what is kept is later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from monitoring import metrics
from schemas.errors import HelsepulsError

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 5.0
_BEHIND_SECONDS: Final = 3.0
"""A message that has waited so long for the sink: a figure of now is old anyway."""
_RESTS: Final = 1.0
_RESTS_BEHIND: Final = 4.0
"""How long to rest, for each second of work."""


class Keeps(Protocol):
    """`sinks.beds.Beds`, as it is used here."""

    def turn(self, *, all_are_ours: bool = True) -> int: ...
    def lag(self) -> float: ...


class Keeping:
    """Runs from `start` to `end`."""

    def __init__(self, beds: Keeps, all_are_ours: Callable[[], bool], sink_lag: Callable[[], float]) -> None:
        """`sink_lag`: seconds that the oldest message has waited to be stored."""
        self._beds = beds
        self._all_are_ours = all_are_ours
        self._sink_lag = sink_lag
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beds", daemon=True)
        self._failure: BaseException | None = None

    def start(self) -> None:
        metrics.BEDS_LAG_SECONDS.set_function(self._beds.lag)
        self._thread.start()

    def check(self) -> None:
        """Raises what ended the thread, if it has ended by itself: figures must not grow old in silence."""
        if self._failure:
            raise self._failure

    def end(self) -> None:
        """Waits for the turn that is going on."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            rest = 0.0
            while not self._ending.wait(rest):
                rest = self._turn()
        except BaseException as error:
            self._failure = error

    def _turn(self) -> float:
        """Returns how long to rest."""
        started = time.monotonic()
        try:
            if not self._beds.turn(all_are_ours=self._all_are_ours()):
                return _LOOK_EVERY_SECONDS
        except HelsepulsError as error:
            metrics.BEDS_FAILURES.inc()
            log.error("the beds were not kept; tried again", extra={"reason": str(error)})
            return _AGAIN_SECONDS
        rests = _RESTS_BEHIND if self._sink_lag() > _BEHIND_SECONDS else _RESTS
        return max(_LOOK_EVERY_SECONDS, rests * (time.monotonic() - started))
