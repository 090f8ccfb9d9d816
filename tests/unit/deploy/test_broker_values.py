"""What the local broker is told, where the topics depend on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from deploy.topics import declared
from schemas.errors import Fatal

MINUTE_MS = 60_000


def test_offsets_of_a_stack_that_is_down_are_kept_as_long_as_its_events(tmp_path: Path) -> None:
    """Kafka forgets a group's offsets 7 days after its last member left: the group then begins anew."""
    kept = Broker(tmp_path, 1, 2, heap_mb=384).values()["offsets.retention.minutes"]
    longest = max(int(topic.config["retention.ms"]) for topic in declared())
    assert int(str(kept)) * MINUTE_MS >= longest


def test_a_home_with_a_comma_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """Kafka would take it for two folders, both elsewhere."""
    with pytest.raises(Fatal, match="a comma parts folders"):
        Broker(tmp_path / "a,b" / "kafka", 1, 2).prepare()
    assert not list(tmp_path.iterdir())
