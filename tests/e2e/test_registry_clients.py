"""A Kafka client that knows nothing of Helsepuls reads our topics with the schemas of a real registry."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer
from registries import apicurio

from helsepuls.cli.main import main
from schemas import catalog, golden
from schemas.plan import plan
from schemas.slow import encode_one
from schemas.wire import frame

__all__ = ["apicurio"]

CLIENT = """
import io, json, sys
import fastavro, requests
from confluent_kafka import Consumer
bootstrap, registry, topic, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "stranger", "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
schemas, events = {}, []
while len(events) < count:
    for message in consumer.consume(100, timeout=1):
        value = message.value()
        assert value[0] == 0
        id_ = int.from_bytes(value[1:5], "big")
        if id_ not in schemas:
            text = requests.get(f"{registry}/schemas/ids/{id_}", timeout=10).json()["schema"]
            schemas[id_] = fastavro.parse_schema(json.loads(text))
        events.append(fastavro.schemaless_reader(io.BytesIO(value[5:]), schemas[id_]))
consumer.close()
assert not [name for name in sys.modules if name.split(".")[0] in ("schemas", "helsepuls", "streams")]
print(json.dumps(events, default=str))
"""


def accepted(event: dict[str, Any]) -> dict[str, Any]:
    """The event as the stream would accept it; what enrichment may leave empty is empty."""
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    added = {
        "source_topic": "raw.capacity",
        "source_partition": 0,
        "source_offset": 0,
        "received_at": now,
        "processed_at": now,
        "known_at": now,
        "region": "Helse Sør-Øst RHF",
        "reference_release": "r1",
        "rules_release": "1",
        "problems": [],
    }
    names = [name for name, _ in plan(catalog.latest("accepted.capacity"))]
    return {name: {**event, **added}.get(name) for name in names}


@pytest.mark.timeout(180)
def test_a_stranger_reads_accepted_capacity(kafka: str, topics: Any, apicurio: str) -> None:
    topic = topics.unique("accepted.capacity")
    result = CliRunner().invoke(main, ["schemas", "register", "--url", apicurio, "--json"])
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["registered"]) == len(catalog.released())

    schema = catalog.latest("accepted.capacity")
    events = [accepted(event) for event in golden.load("raw.capacity")]
    producer = Producer({"bootstrap.servers": kafka})
    for event in events:
        producer.produce(topic, frame(schema.id, encode_one(schema, event)))
    assert producer.flush(20) == 0

    command = [sys.executable, "-c", CLIENT, kafka, apicurio, topic, str(len(events))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(json.dumps(events, default=str))
