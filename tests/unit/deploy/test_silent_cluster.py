"""A cluster that does not answer is not waited for long: somebody sits before it."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from deploy.settings import TopicSettings
from deploy.topics import apply
from schemas.errors import Retryable


class Silent:
    """An admin client that waits as long as it is told to, and tells of it."""

    waited = 0.0

    def list_topics(self, timeout: float) -> Any:
        self.waited += timeout
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))


def test_a_cluster_that_does_not_answer_is_told_after_ten_seconds():
    client = Silent()
    with pytest.raises(Retryable, match="there does not answer"):
        apply(client, TopicSettings(), where="there")  # type: ignore[arg-type]
    assert client.waited == 10
