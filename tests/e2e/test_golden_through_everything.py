"""Every golden event, from its raw topic through worker, sink and views, on the running stack."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import clickhouse_connect
from confluent_kafka import Producer

from schemas import golden
from schemas.catalog import latest
from schemas.slow import encode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import frame

RUN = UUID("0c5f6a52-3b1d-5f0e-8a77-d1a2b3c4d5e6")


def test_every_golden_event_is_in_its_tables_with_what_was_sent(stack: Any) -> None:
    producer = Producer({"bootstrap.servers": stack.status()["kafka"]["bootstrap"], "partitioner": "murmur2_random"})
    sent: dict[str, list[dict[str, Any]]] = {}
    for family in FAMILIES:
        topic = raw_topic(family)
        for number, example in enumerate(golden.load(topic)):
            event = {**example, "event_id": str(uuid5(RUN, f"{family}/{number}"))}
            key = f"{event['reporter']}:{event['subject_id']}"
            producer.produce(topic, frame(latest(topic).id, encode_one(latest(topic), event)), key)
            sent.setdefault(family, []).append(event)
    producer.flush()
    address = urlsplit(stack.status()["warehouse"]["url"])
    client = clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")
    ids = [event["event_id"] for events in sent.values() for event in events]
    deadline = time.monotonic() + 60
    while True:
        rows = client.query(
            "SELECT toString(event_id), outcome FROM outcomes WHERE event_id IN {ids:Array(UUID)}",
            parameters={"ids": ids},
        ).result_rows
        if len(rows) == len(ids):
            break
        assert time.monotonic() < deadline, f"{len(rows)} of {len(ids)} have an outcome"
        time.sleep(0.2)
    assert {outcome for _, outcome in rows} == {"accepted"}
    for family, events in sent.items():
        stored = {
            row["event_id"]: row
            for row in client.query(f"SELECT * FROM accepted_{family}").named_results()
            if str(row["event_id"]) in ids
        }
        current = {str(row[0]) for row in client.query(f"SELECT event_id FROM {family}_current").result_rows}
        for event in events:
            row = stored[UUID(event["event_id"])]
            assert "patient" not in row
            assert (row["patient_key"] is None) == (event["patient"] is None)
            for name, value in event.items():
                if isinstance(value, str | int | None) and name not in ("event_id", "patient", "prior_patient"):
                    kept = row[name]
                    assert str(kept) == str(value), (family, name)
            newest = max(
                (e for e in events if (e["reporter"], e["subject_id"]) == (event["reporter"], event["subject_id"])),
                key=lambda e: e["revision"],
            )
            assert (newest["event_id"] in current) == (newest["action"] != "cancel")
