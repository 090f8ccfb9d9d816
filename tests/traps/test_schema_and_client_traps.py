"""Traps of schemas and Kafka clients (S1-S4) that no other test holds shut."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.kafka import consumer_config, producer_config
from runtime.settings import KafkaSettings
from schemas import columnar, golden, slow
from schemas.catalog import latest
from schemas.errors import Fatal
from schemas.types import FAMILIES, raw_topic
from schemas.wire import frame
from sinks.kafka import kafka_config
from sinks.settings import SinkSettings


@pytest.mark.parametrize("family", FAMILIES)
def test_s01_a_schema_is_parsed_once_and_not_again_for_every_batch(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = latest(raw_topic(family))
    record = golden.load(raw_topic(family))[0]
    datum = slow.encode_one(schema, record)
    columnar.decode(schema, [frame(schema.id, datum)] * 2)
    slow.decode_one(schema, datum)

    def parsed_again(*_: Any, **__: Any) -> Any:
        raise AssertionError("a schema was parsed again")

    monkeypatch.setattr("fastavro.parse_schema", parsed_again)
    monkeypatch.setattr("json.loads", parsed_again)
    assert slow.encode_one(schema, record) == datum
    assert slow.decode_one(schema, datum)["event_id"] == record["event_id"]
    assert columnar.decode(schema, [frame(schema.id, datum)] * 50).frame.height == 50


def settings(**config: str) -> KafkaSettings:
    return KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1", **config})


@pytest.mark.parametrize("name", ["enable.auto.commit", "enable.auto.offset.store"])
def test_s04_nothing_is_committed_by_itself_and_no_setting_can_say_otherwise(name: str) -> None:
    assert consumer_config(settings(), "group")[name] == "false"
    with pytest.raises(Fatal, match=rf"{name} must be false"):
        consumer_config(settings(**{name: "true"}), "group")


@pytest.mark.parametrize(("name", "weaker"), [("acks", "1"), ("enable.idempotence", "false")])
def test_s04_no_setting_weakens_a_producer(name: str, weaker: str) -> None:
    with pytest.raises(Fatal, match=f"{name} must be"):
        producer_config(settings(**{name: weaker}))


def test_s04_an_offset_outside_the_log_is_no_leap() -> None:
    assert kafka_config(settings(), SinkSettings())["auto.offset.reset"] == "error"
