"""The publisher against real brokers: killed senders, brokers that come and go, the client's own errors."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy.local.kafka import Broker
from deploy.local.ports import choose
from deploy.local.processes import spawn, stop
from deploy.settings import TopicSettings
from deploy.topics import apply
from producers import Event, Publisher
from producers.client import reach
from producers.settings import ProducerSettings
from runtime.settings import KafkaSettings, load
from schemas.catalog import latest
from schemas.errors import Fatal, Retryable
from schemas.slow import decode_one
from schemas.wire import unframe

REPORTER = "983971636"
TOPIC = "raw.capacity"


def capacity(publisher: Publisher, subject: str = "one", **more) -> Event:
    now = datetime.now(UTC)
    return publisher.event(
        "capacity",
        subject_id=subject,
        occurred_at=now,
        **{"unit": REPORTER, "as_of": now, "origin": "reported", "resource": "bed", "category": "adult", **more},
    )


def read_ids(bootstrap: str, topic: str = TOPIC) -> dict[int, list[str]]:
    """Event ids by partition, in the order of the log."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "enable.auto.commit": False})
    found: dict[int, list[str]] = {}
    try:
        for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            consumer.assign([TopicPartition(topic, partition, low)])
            ids: list[str] = []
            while len(ids) < high - low:
                for message in consumer.consume(1000, timeout=0.2):
                    assert message.error() is None
                    ids.append(decode_one(latest(topic), unframe(message.value())[1])["event_id"])
            found[partition] = ids
    finally:
        consumer.close()
    return found


def test_delivers_to_the_partition_and_offset_it_reports(topics, kafka, home):
    topics.standard(partitions=4)
    with Publisher(reporter=REPORTER, kafka={"bootstrap.servers": kafka}, validate=False) as p:
        events = [capacity(p, subject=f"subject {n % 10}") for n in range(500)]
        p.publish_all(events)
        reports = p.flush(30)
    assert {report.event_id for report in reports} == {event.event_id for event in events}
    log = read_ids(kafka)
    assert all(log[r.partition][r.offset] == r.event_id for r in reports)
    of_subject = [e.event_id for e in events if e.record["subject_id"] == "subject 3"]
    (together,) = [ids for ids in log.values() if of_subject[0] in ids]
    assert [i for i in together if i in set(of_subject)] == of_subject


CHILD = """
import sys
from producers import Publisher
sys.path.insert(0, sys.argv[1])
from test_publisher_on_kafka import REPORTER, capacity
with Publisher(reporter=REPORTER, kafka={"bootstrap.servers": sys.argv[2]}, validate=False) as p:
    print("ready", flush=True)
    for _ in range(int(sys.argv[3])):
        event = capacity(p)
        p.publish(event)
        print(event.event_id, flush=True)
    p.flush(60)
"""


@pytest.mark.timeout(120)
def test_a_killed_sender_loses_and_invents_nothing_and_keeps_the_order(topics, kafka, home):
    """kill -9 at three moments; what `publish` had returned for must arrive, in order, each id counted once."""
    topics.standard(partitions=2)
    published: list[str] = []
    kills = [1, 40, 3]
    for lines in [*kills, None]:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(Path(__file__).parent), kafka, "30" if lines is None else "100000"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if lines is not None:
            published += [child.stdout.readline().strip() for _ in range(lines)]
            child.kill()
        published += [line.strip() for line in child.stdout if line.endswith("\n")]
        assert child.wait(60) == (0 if lines is None else -9)
    (log,) = [ids for ids in read_ids(kafka).values() if ids]
    first_seen = list(dict.fromkeys(log))
    unprinted = set(first_seen) - set(published)
    assert len(unprinted) <= len(kills)  # on disk, but killed before it could say so
    assert [event_id for event_id in first_seen if event_id not in unprinted] == published


class Outage:
    """A broker of this test's own, to be stopped and started on one address."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        port = choose()
        self.environment = environment
        self.broker = Broker(folder, port, choose({port}), heap_mb=256)
        self.broker.prepare()
        self.log = folder / "kafka.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = spawn(self.broker.command(), self.log, self.environment)
        deadline = time.monotonic() + 60
        while not self.broker.ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def end(self) -> None:
        if self.process is not None:
            stop(self.process, 10)


@pytest.fixture
def outage(tmp_path, quick_java) -> Iterator[Outage]:
    outage = Outage(tmp_path / "broker", quick_java)
    yield outage
    outage.end()


@pytest.mark.timeout(180)
def test_events_wait_for_a_broker_that_is_away_and_arrive_in_order(outage, home):
    """Away at the start, then without topics, then there, then killed, then there again."""
    impatient = {"topic.metadata.propagation.max.ms": "500", "reconnect.backoff.max.ms": "500"}
    kafka = {"bootstrap.servers": outage.broker.bootstrap, **impatient}
    with Publisher(reporter=REPORTER, kafka=kafka, validate=False) as p:
        events = [capacity(p) for _ in range(90)]
        p.publish_all(events[:30])
        with pytest.raises(Retryable, match=r"30 events wait in the spool .*(_TRANSPORT|_ALL_BROKERS_DOWN)"):
            p.flush(1)
        outage.start()
        with pytest.raises(Retryable, match=r"30 events wait in the spool .*UNKNOWN"):
            p.flush(4)
        apply(AdminClient({"bootstrap.servers": outage.broker.bootstrap}), TopicSettings(partitions=1))
        assert [report.event_id for report in p.flush(60)] == [event.event_id for event in events[:30]]
        p.publish_all(events[30:60])
        p.flush(30)
        assert outage.process is not None
        outage.process.kill()
        outage.process.wait()
        p.publish_all(events[60:])
        outage.start()
        p.flush(60)
    log = read_ids(outage.broker.bootstrap)[0]
    assert list(dict.fromkeys(log)) == [event.event_id for event in events]


def test_an_event_the_broker_finds_too_large_is_reported_and_holds_nobody_up(topics, kafka, home):
    topics.clear()
    topics.make("raw.capacity", max_message_bytes="500000")
    plain = {"bootstrap.servers": kafka, "compression.type": "none", "batch.size": "1000"}
    with Publisher(reporter=REPORTER, kafka=plain, validate=False) as p:
        events = [capacity(p), capacity(p, unit_name="x" * 700_000), capacity(p)]
        p.publish_all(events)
        reports = {report.event_id: report for report in p.flush(30)}
    assert "MSG_SIZE_TOO_LARGE" in str(reports[events[1].event_id].error)
    assert read_ids(kafka)[0] == [events[0].event_id, events[2].event_id]


def test_without_a_spool_an_absent_broker_is_reported_for_each_event(home):
    settings = load(ProducerSettings, home, ack_timeout_seconds=0.5)
    kafka = {"bootstrap.servers": "127.0.0.1:1"}
    with Publisher(reporter=REPORTER, kafka=kafka, settings=settings, validate=False, spool=None) as p:
        p.publish_all([capacity(p) for _ in range(3)])
        assert [report.error for report in p.flush(20)] == ["the broker did not acknowledge it in time"] * 3


def test_reach_tells_an_absent_broker_from_missing_topics(topics, kafka):
    with pytest.raises(Retryable, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        reach(KafkaSettings(config={"bootstrap.servers": "127.0.0.1:1"}), 1)
    topics.clear()
    with pytest.raises(Fatal, match="make the topics"):
        reach(KafkaSettings(config={"bootstrap.servers": kafka}), 10)
    topics.standard(partitions=1)
    reach(KafkaSettings(config={"bootstrap.servers": kafka}), 10)
