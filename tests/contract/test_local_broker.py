"""The broker's files are where the home is, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka.admin import ConfigResource, ResourceType
from kafka_topics import Topics

from deploy.local.kafka import Broker


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_its_data_is_in_the_home_whatever_its_name_and_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_java: dict[str, str], locale: str
) -> None:
    for name, value in {**quick_java, "LC_ALL": locale}.items():
        monkeypatch.setenv(name, value)
    broker = Broker(tmp_path / "Bjørn \N{GRINNING FACE} a\\b" / "kafka", 1, 2)
    broker.prepare()

    assert (broker.data / "meta.properties").exists()
    assert [place.name for place in tmp_path.iterdir()] == ["Bjørn \N{GRINNING FACE} a\\b"]


def test_an_index_is_small_and_enough_for_a_large_segment(topics: Topics) -> None:
    """Kafka reserves an index in full, and fills it with zeros at its first entry: 10 MB, twice for each partition."""
    topic = ConfigResource(ResourceType.TOPIC, topics.unique())
    told = topics.client.describe_configs([topic])[topic].result(10)
    size, every = (int(told[name].value) for name in ("segment.index.bytes", "index.interval.bytes"))

    assert size <= 1024 * 1024
    time_entries = size // 12  # bytes of an entry of the time index, the larger of the two
    assert time_entries * every >= 256 * 1024 * 1024
