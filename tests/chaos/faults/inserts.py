"""ClickHouse refuses inserts, then takes them and never answers; half of the time each."""

from __future__ import annotations

import time
from random import Random

from ..cluster import Cluster
from ..proxy import Mode
from ..sender import Sender
from ..stage import Stage
from ..waiting import until

_PATIENCE = 60.0


def refused_then_hanging(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Each lasts until an insert came. Raises InVain when none does: then nothing was broken."""
    assert isinstance(stage, Cluster)
    modes: tuple[Mode, Mode] = ("refuse", "hang")
    try:
        for mode in modes:
            before = stage.proxy.stopped_inserts
            stage.proxy.set(mode)
            time.sleep(seconds / 2)
            until(
                lambda before=before: stage.proxy.stopped_inserts > before,
                _PATIENCE,
                f"no insert comes for ClickHouse to {mode}",
            )
    finally:
        stage.proxy.set("pass")
