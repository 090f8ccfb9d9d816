"""Makes a cluster's topics equal to topics.yaml: creates what is missing, changes what differs, leaves the rest."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from deploy.settings import TopicSettings
from runtime.kafka import unanswered
from schemas.errors import Fatal, Retryable
from schemas.types import FAMILIES

_SECONDS = 30.0
"""For a change."""
_ANSWER_SECONDS = 10.0
"""For what there is: a cluster that says nothing for so long does not answer."""


@dataclass(frozen=True)
class Topic:
    """One topic as declared."""

    name: str
    config: dict[str, str]


@dataclass(frozen=True)
class Change:
    """One difference between a cluster and the declaration."""

    topic: str
    action: str  # create, or set <configuration key>
    before: str | None
    after: str


@cache
def declared() -> tuple[Topic, ...]:
    content = yaml.safe_load((Path(__file__).parent / "topics.yaml").read_text("utf-8"))
    found = []
    for entry in content["topics"]:
        config = {key: str(value) for key, value in entry["config"].items()}
        families: Iterable[str] = FAMILIES if "{family}" in entry["name"] else ("",)
        found += [Topic(entry["name"].format(family=family), config) for family in families]
    return tuple(found)


def apply(client: AdminClient, settings: TopicSettings, *, dry_run: bool = False, where: str = "") -> list[Change]:
    """Brings the cluster to the declaration and returns what was (or, dry, would be) changed. `where`: its address, to
    be told when it does not answer.

    Raises Retryable when the cluster does not answer, Fatal when it refuses or when an existing topic has another
    number of partitions: adding some would send a subject's later events to another partition than its earlier ones.
    """
    existing = _existing(client, where)
    for topic in declared():
        partitions = existing.get(topic.name)
        if partitions is not None and partitions != settings.partitions:
            raise Fatal(
                f"topic {topic.name} has {partitions} partitions but topics.partitions is {settings.partitions}: "
                "set it to what the topics have, or use a new cluster"
            )
    missing = [topic for topic in declared() if topic.name not in existing]
    changes = [Change(t.name, "create", None, f"{settings.partitions} partitions") for t in missing]
    differing = _differences(client, [topic for topic in declared() if topic.name in existing])
    if not dry_run:
        _create(client, missing, settings)
        _alter(client, differing)
        _wait_until_known(client, missing)
    return changes + differing


def _existing(client: AdminClient, where: str = "") -> dict[str, int]:
    try:
        return {name: len(t.partitions) for name, t in client.list_topics(timeout=_ANSWER_SECONDS).topics.items()}
    except KafkaException as error:
        raise unanswered(error, where) from None


def _create(client: AdminClient, topics: list[Topic], settings: TopicSettings) -> None:
    if not topics:
        return
    new = [
        NewTopic(
            topic.name,
            num_partitions=settings.partitions,
            replication_factor=settings.replication_factor,
            config=topic.config,
        )
        for topic in topics
    ]
    for name, future in client.create_topics(new, operation_timeout=_SECONDS, request_timeout=_SECONDS).items():
        _result(future, f"topic {name} could not be created", harmless="TOPIC_ALREADY_EXISTS")


def _wait_until_known(client: AdminClient, topics: list[Topic]) -> None:
    """A created topic takes a moment until the brokers know it; an earlier producer would be told it is not there."""
    deadline = time.monotonic() + _SECONDS
    while missing := {topic.name for topic in topics} - set(_existing(client)):
        if time.monotonic() > deadline:
            raise Retryable(f"topic {min(missing)} was created but the brokers do not know it yet")
        time.sleep(0.05)


def _differences(client: AdminClient, topics: list[Topic]) -> list[Change]:
    if not topics:
        return []
    resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
    answers = client.describe_configs(resources, request_timeout=_SECONDS)
    current = {
        resource.name: _result(future, f"the settings of topic {resource.name} could not be read")
        for resource, future in answers.items()
    }
    return [
        Change(topic.name, f"set {key}", current[topic.name][key].value, value)
        for topic in topics
        for key, value in topic.config.items()
        if current[topic.name][key].value != value
    ]


def _alter(client: AdminClient, changes: list[Change]) -> None:
    if not changes:
        return
    by_topic: dict[str, list[ConfigEntry]] = {}
    for change in changes:
        entry = ConfigEntry(
            change.action.removeprefix("set "), change.after, incremental_operation=AlterConfigOpType.SET
        )
        by_topic.setdefault(change.topic, []).append(entry)
    resources = [
        ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries) for name, entries in by_topic.items()
    ]
    for resource, future in client.incremental_alter_configs(resources, request_timeout=_SECONDS).items():
        _result(future, f"the settings of topic {resource.name} could not be changed")


def _result(future: Future[Any], failure: str, harmless: str = "") -> Any:
    """The answer. Another process that created the same topic meanwhile is no failure."""
    try:
        return future.result(timeout=_SECONDS)
    except KafkaException as error:
        if error.args[0].name() == harmless:
            return None
        raise Fatal(f"{failure}: {error.args[0].str()}") from None
    except TimeoutError:
        raise Retryable(f"{failure}: no answer in {_SECONDS:.0f} s") from None
