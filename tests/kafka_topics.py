"""Topics of tests in a real broker."""

from __future__ import annotations

import uuid
from concurrent.futures import Future
from dataclasses import dataclass

from chaos.waiting import until
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.settings import TopicSettings
from deploy.topics import apply, declared


@dataclass(frozen=True)
class Topics:
    """Makes topics in the session's broker."""

    client: AdminClient

    def unique(self, name: str = "test", partitions: int = 1, **config: str) -> str:
        """A new topic whose name no other test has; `config` with _ for . in the keys. Returns the name."""
        topic = f"{name}.{uuid.uuid4().hex[:12]}"
        self.make(topic, partitions, **config)
        return topic

    def make(self, topic: str, partitions: int = 1, **config: str) -> None:
        """One that does not exist. Its settings hold from its first message: the broker takes up later ones late."""
        settings = {key.replace("_", "."): value for key, value in config.items()}
        _wait(self.client.create_topics([NewTopic(topic, partitions, 1, config=settings)], operation_timeout=20))

    def standard(self, partitions: int = 4) -> list[str]:
        """The product's own topics, all empty; what was in them, and every idle consumer group, is deleted first."""
        names = [topic.name for topic in declared()]
        self.clear()
        apply(self.client, TopicSettings(partitions=partitions))
        return names

    def clear(self) -> None:
        """Deletes every topic and every idle consumer group."""
        existing = [name for name in self.client.list_topics(timeout=20).topics if not name.startswith("__")]
        if existing:
            _wait(self.client.delete_topics(existing, operation_timeout=20))
        until(lambda: not set(existing) & set(self.client.list_topics(timeout=20).topics), 20)
        groups = [group.group_id for group in self.client.list_consumer_groups().result(20).valid]
        if groups:
            for future in self.client.delete_consumer_groups(groups).values():
                try:
                    future.result(20)
                except KafkaException as error:
                    if error.args[0].name() not in {"NON_EMPTY_GROUP", "GROUP_ID_NOT_FOUND"}:
                        raise


def _wait(futures: dict[str, Future[None]]) -> None:
    for future in futures.values():
        future.result(30)
