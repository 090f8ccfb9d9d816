"""Each of three brokers is killed in turn; the next one only when the former is back with all its copies."""

from __future__ import annotations

import time
from random import Random

from ..cluster import Cluster
from ..sender import Sender
from ..stage import Stage


def one_after_another(stage: Stage, _sender: Sender, chance: Random, _seconds: float) -> None:
    assert isinstance(stage, Cluster)
    nodes = list(stage.nodes)
    chance.shuffle(nodes)
    for node in nodes:
        process = stage.brokers[node.number]
        process.kill()
        process.wait()
        time.sleep(chance.uniform(0.5, 2))
        stage.start_broker(node)
        stage.until_joined()
