"""ClickHouse refuses inserts, then takes them and never answers; half of the time each."""

from __future__ import annotations

import time
from random import Random

from ..cluster import Cluster
from ..sender import Sender
from ..stage import Stage


def refused_then_hanging(stage: Stage, _sender: Sender, _chance: Random, seconds: float) -> None:
    assert isinstance(stage, Cluster)
    try:
        stage.proxy.set("refuse")
        time.sleep(seconds / 2)
        stage.proxy.set("hang")
        time.sleep(seconds / 2)
    finally:
        stage.proxy.set("pass")
