"""Settings that do not fit each other, or what the topics keep, are refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import deploy
from runtime.settings import load
from schemas.errors import Fatal
from schemas.types import WINDOW_TOPIC
from streams.settings import StreamSettings
from streams.window.index import DAY_MS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stuck_seconds": 60.0}, "stuck_seconds must be greater than delivery_seconds"),
        ({"commit_seconds": 45.0}, "commit_seconds must be below half of stuck_seconds"),
        ({"window_days": 7.5}, "less than or equal to 7"),
    ],
)
def test_what_does_not_fit_is_refused(home: Path, given: dict[str, float], said: str) -> None:
    with pytest.raises(Fatal, match=said):
        load(StreamSettings, home, **given)


def test_offsets_may_be_committed_as_seldom_as_the_watchdog_can_bear(home: Path) -> None:
    assert load(StreamSettings, home, commit_seconds=44.9).commit_seconds == 44.9


def test_the_window_log_is_kept_a_day_longer_than_the_longest_window() -> None:
    """Restoring begins a day before the window, for ids are forgotten by whole days."""
    (bound,) = (part.le for part in StreamSettings.model_fields["window_days"].metadata if hasattr(part, "le"))
    topics = yaml.safe_load(Path(deploy.__file__).with_name("topics.yaml").read_text("utf-8"))["topics"]
    (kept,) = (topic["config"]["retention.ms"] for topic in topics if topic["name"] == WINDOW_TOPIC)
    assert kept >= (bound + 1) * DAY_MS
