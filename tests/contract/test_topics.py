"""topics.yaml against a real broker."""

from __future__ import annotations

import pytest
from chaos.waiting import until
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from deploy.settings import TopicSettings
from deploy.topics import Change, apply, declared
from schemas.errors import Fatal, Retryable


def test_creates_what_is_missing_and_then_changes_nothing(topics, kafka):
    topics.clear()
    client = AdminClient({"bootstrap.servers": kafka})
    planned = apply(client, TopicSettings(partitions=2), dry_run=True)
    assert {(c.topic, c.action) for c in planned} == {(t.name, "create") for t in declared()}
    assert not any(t.name in client.list_topics(timeout=10).topics for t in declared())

    assert apply(client, TopicSettings(partitions=2)) == planned
    found = client.list_topics(timeout=10).topics
    assert {len(found[t.name].partitions) for t in declared()} == {2}
    assert apply(client, TopicSettings(partitions=2)) == []


def test_mends_a_setting_that_was_changed_by_hand(topics, kafka):
    topics.standard(partitions=1)
    client = AdminClient({"bootstrap.servers": kafka})
    entry = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, "raw.movement", incremental_configs=[entry])
    next(iter(client.incremental_alter_configs([resource]).values())).result(10)
    expected = [Change("raw.movement", "set retention.ms", "1000", "2592000000")]
    # a broker answers from what it has heard from the controller so far
    until(lambda: apply(client, TopicSettings(partitions=1), dry_run=True) == expected, 10)
    assert apply(client, TopicSettings(partitions=1)) == expected
    until(lambda: apply(client, TopicSettings(partitions=1)) == [], 10)


def test_refuses_another_number_of_partitions(topics, kafka):
    topics.standard(partitions=1)
    with pytest.raises(Fatal, match=r"raw\.episode has 1 partitions but topics\.partitions is 3"):
        apply(AdminClient({"bootstrap.servers": kafka}), TopicSettings(partitions=3))


def test_the_broker_says_when_a_raw_event_came(topics, kafka):
    topics.standard(partitions=1)
    reports = []
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce("raw.capacity", b"x", timestamp=1, on_delivery=lambda e, m: reports.append((e, m.timestamp())))
    assert producer.flush(10) == 0
    (error, (kind, time)) = reports[0]
    assert error is None
    assert kind == 2  # log append time
    assert time > 1_600_000_000_000


def test_an_absent_cluster_is_retryable(monkeypatch):
    monkeypatch.setattr("deploy.topics._SECONDS", 0.5)
    with pytest.raises(Retryable, match="does not answer"):
        apply(AdminClient({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}), TopicSettings())
