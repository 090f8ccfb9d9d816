"""kill -9, at the moment at which it is called."""

from __future__ import annotations

from random import Random

from ..cluster import Cluster
from ..sender import Sender
from ..stage import Stage


def worker(stage: Stage, _sender: Sender, chance: Random, _seconds: float) -> None:
    stage.kill(chance.choice(stage.running("workers")))


def warehouse(stage: Stage, _sender: Sender, _chance: Random, _seconds: float) -> None:
    """Of the process that stores, and in the local stack answers queries too."""
    stage.kill(stage.running("warehouse")[0])


def broker(stage: Stage, _sender: Sender, _chance: Random, _seconds: float) -> None:
    stage.kill(stage.running("kafka")[0])


def publisher(_stage: Stage, sender: Sender, _chance: Random, _seconds: float) -> None:
    sender.kill()


def server(stage: Stage, _sender: Sender, _chance: Random, _seconds: float) -> None:
    """The ClickHouse server; whatever watches it starts it again."""
    assert isinstance(stage, Cluster)
    stage.server.kill()
    stage.server.wait()
    stage.start_server()
