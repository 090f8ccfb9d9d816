"""ClickHouse refuses inserts, then takes them and never answers; half of the time each."""

from __future__ import annotations

import time
from random import Random

from ..cluster import Cluster
from ..proxy import Mode
from ..sender import Sender
from ..stage import Stage


def refused_then_hanging(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    """Raises RuntimeError when no insert came: then nothing was broken."""
    assert isinstance(stage, Cluster)
    modes: tuple[Mode, Mode] = ("refuse", "hang")
    try:
        for mode in modes:
            before = stage.proxy.stopped_inserts
            stage.proxy.set(mode)
            time.sleep(seconds / 2)
            if stage.proxy.stopped_inserts == before:
                raise RuntimeError(f"no insert came while ClickHouse was to {mode} it")
    finally:
        stage.proxy.set("pass")
