"""What is broken on purpose. Each fault is done and over when `strike` returns; what follows of it is recovery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from ..sender import Sender
from ..stage import Stage
from . import brokers, churn, clock, disk, freeze, inserts, kill, restart, spool


@dataclass(frozen=True)
class Fault:
    """`strike` breaks something of a stage under load and mends what has to be mended from outside.

    `seconds`: how long that takes at least, so that the load lasts as long. `stages`: where it can be done.
    """

    name: str
    strike: Callable[[Stage, Sender, Random, float], None]
    seconds: float
    stages: tuple[str, ...]
    short: float = 0
    """The same in a short run, where it differs; `strike` is told which."""


_LOCAL, _CLUSTER = ("local",), ("cluster",)
_BOTH = ("local", "cluster")

FAULTS: Final[Mapping[str, Fault]] = {
    fault.name: fault
    for fault in (
        Fault("worker killed", kill.worker, 0, _BOTH),
        Fault("warehouse killed", kill.warehouse, 0, _BOTH),
        Fault("broker killed", kill.broker, 0, _LOCAL),
        Fault("publisher killed", kill.publisher, 0, _BOTH),
        Fault("worker frozen beyond its session", freeze.worker, 14, _BOTH, short=9),
        Fault("workers join and leave", churn.workers, 16, _BOTH, short=8),
        Fault("broker's disk full", disk.full, 8, _LOCAL, short=3),
        Fault("spool cut in half", spool.cut, 3, _LOCAL),
        Fault("clock set back an hour", clock.set_back, 6, _LOCAL, short=3),
        Fault("everything restarted at once", restart.everything, 0, _LOCAL),
        Fault("brokers killed one after another", brokers.one_after_another, 20, _CLUSTER),
        Fault("inserts refused, then hanging", inserts.refused_then_hanging, 60, _CLUSTER, short=8),
        Fault("ClickHouse server killed", kill.server, 0, _CLUSTER),
    )
}
