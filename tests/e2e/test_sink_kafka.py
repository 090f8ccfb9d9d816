"""The warehouse process on a real Kafka and the real engine: everything stored, nothing twice, whatever kills it."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from fake_clickhouse import FakeClient
from kafka_topics import Topics
from outcomes import duplicate, message, receipt, rejected
from sink_rig import PARTITIONS, Rig, events, rigged

from runtime.home import read_json
from runtime.settings import KafkaSettings
from schemas.errors import Fatal
from schemas.types import FAMILIES, accepted_topic
from sinks.consumer import Sink
from sinks.kafka import kafka_config
from sinks.settings import SinkSettings
from sinks.tables import TABLES
from sinks.writer import Writer

DYING = Path(__file__).with_name("dying_sink.py")


@pytest.fixture
def rig(kafka: str, topics: Topics, home: Path) -> Iterator[Rig]:
    """Of the test's own: it may end its warehouse as it likes."""
    topics.standard(PARTITIONS)
    yield from rigged(kafka, home)


def test_every_topic_ends_in_its_relations_and_a_restart_adds_nothing(rig: Rig) -> None:
    for family in FAMILIES:
        rig.send(accepted_topic(family), events(accepted_topic(family), 3))
    rig.send("rejected", [message("rejected", rejected(10)), message("rejected", rejected(11))])
    rig.send("duplicates", [message("duplicates", duplicate(12))], partition=1)
    rig.send("receipts", [message("receipts", receipt(0, 12))])
    process = rig.start()
    rig.wait(lambda: rig.ask("SELECT count() FROM outcomes") == 3 * len(FAMILIES) + 3, process)
    rig.wait(lambda: rig.ask("SELECT count() FROM receipts") == 1, process)
    assert rig.ask("SELECT count() FROM capacity_current") == 1
    assert rig.end(process) == 0
    assert rig.facts() is None, "a clean end takes the announcement back"
    assert (rig.committed("rejected").offset, rig.committed("rejected").metadata) == (2, "")

    url = read_json(rig.home / "sql-endpoint.json")
    process = rig.start()
    assert read_json(rig.home / "sql-endpoint.json") == url, "clients find it where it was"
    rig.send("rejected", [message("rejected", rejected(13))])
    rig.wait(lambda: rig.ask("SELECT count() FROM log_rejected") == 3, process)
    assert rig.ask("SELECT count() FROM log_accepted_episode") == 3


@pytest.mark.parametrize("moment", ["before-insert", "after-insert"])
def test_a_kill_around_an_insert_loses_nothing_and_stores_nothing_twice(rig: Rig, moment: str) -> None:
    topic = "accepted.episode"
    rig.send(topic, events(topic, 30))
    dying = rig.run(str(DYING), str(rig.home), moment)
    assert dying.wait(60) == -signal.SIGKILL, rig.log.read_text()[-3000:]
    left = rig.committed(topic)
    assert (left.offset, left.metadata) == (0, "insert 0-29")

    died = time.time()
    rig.send(topic, events(topic, 5, first=30))  # in one block with the rest they would change its token
    process = rig.start()
    rig.wait(lambda: rig.ask("SELECT count() FROM accepted_episode") == 35, process)
    assert rig.ask("SELECT count() FROM log_accepted_episode") == 35, "no row is stored twice, seen or unseen"
    # a merge may already have removed rows stored twice, but it keeps the later ones
    newer = rig.ask(f"SELECT countIf(inserted_at >= fromUnixTimestamp64Milli({died * 1000:.0f})) FROM accepted_episode")
    assert newer == (5 if moment == "after-insert" else 35)
    assert rig.end(process) == 0
    assert rig.committed(topic).offset == 35


def test_kills_at_any_time_under_load(rig: Rig) -> None:
    topic, count = "accepted.capacity", 6000
    values = events(topic, count)
    chance = random.Random(7)
    process = rig.start()
    for part in range(3):
        for partition in range(PARTITIONS):
            rig.send(topic, values[part * count // 3 : (part + 1) * count // 3], partition)
        time.sleep(chance.uniform(0, 0.6))
        process.kill()
        process.wait()
        process = rig.start()
    # Both partitions carry the same raw coordinates: one event each, and twice the physical rows.
    rig.wait(
        lambda: rig.ask("SELECT uniqExact(outcome_partition, outcome_offset) FROM log_accepted_capacity") == 2 * count,
        process,
    )
    assert rig.ask("SELECT count() FROM log_accepted_capacity") == 2 * count
    assert rig.ask("SELECT count() FROM accepted_capacity") == count


def test_messages_deleted_before_they_were_stored_end_the_sink_with_a_sentence(rig: Rig) -> None:
    topic = "accepted.episode"
    rig.send(topic, events(topic, 10))
    consumer = Consumer({"bootstrap.servers": rig.bootstrap, "group.id": rig.group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 5)], asynchronous=False)
    consumer.close()
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    admin.delete_records([TopicPartition(topic, 0, 8)])[TopicPartition(topic, 0, 8)].result(20)
    process = rig.run("-m", "helsepuls", "warehouse", "--home", str(rig.home))
    assert process.wait(60) == 1
    assert f"the next offset of {topic}[0] is not in the log any more" in rig.log.read_text()
    assert rig.committed(topic).offset == 5, "nothing was skipped"


class Member:
    """A sink in a thread of this process, into a warehouse that several share."""

    def __init__(self, bootstrap: str, group: str, client: FakeClient, instance: str = "") -> None:
        settings = SinkSettings(group=group, instance=instance, flush_seconds=0.05, flush_rows=50)
        kafka = KafkaSettings(config={"bootstrap.servers": bootstrap})
        self.stopping = threading.Event()
        self.failure: BaseException | None = None
        self.sink = Sink(Consumer(kafka_config(kafka, settings)), Writer(client), settings)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.sink.run(self.stopping.is_set)
        except BaseException as error:  # shown by the test
            self.failure = error

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(30)
        assert self.failure is None
        assert not self.thread.is_alive()


def test_members_that_come_and_go_store_every_message_once(rig: Rig) -> None:
    topic = "duplicates"
    client = FakeClient.with_tables()
    sending = threading.Event()
    sent = [0, 0]

    def send() -> None:
        while not sending.is_set():
            for partition in range(PARTITIONS):
                rig.producer.produce(topic, message(topic, duplicate(sent[partition], partition)), partition=partition)
                sent[partition] += 1
            rig.producer.poll(0)
            time.sleep(0.002)

    thread = threading.Thread(target=send)
    thread.start()
    first = Member(rig.bootstrap, rig.group, client)
    time.sleep(1.5)
    second = Member(rig.bootstrap, rig.group, client)
    time.sleep(2.5)
    first.stop()
    time.sleep(1.5)
    sending.set()
    thread.join()
    assert rig.producer.flush(30) == 0
    rig.wait(lambda: client.rows(TABLES[topic]) >= sum(sent))
    second.stop()
    stored = list(
        zip(
            client.column(TABLES[topic], "outcome_partition"),
            client.column(TABLES[topic], "outcome_offset"),
            strict=True,
        )
    )
    assert len(stored) == len(set(stored)) == sum(sent)


def test_what_is_more_than_memory_shall_hold_stays_in_kafka_and_is_stored(rig: Rig) -> None:
    """Two hundred blocks of each partition, fetched thousands at a time: partitions are paused and go on."""
    topic, count = "duplicates", 10_000
    for partition in range(PARTITIONS):
        rig.send(topic, [message(topic, duplicate(n, partition)) for n in range(count)], partition)
    client = FakeClient.with_tables()
    member = Member(rig.bootstrap, rig.group, client)
    rig.wait(lambda: client.rows(TABLES[topic]) >= PARTITIONS * count)
    member.stop()
    assert sorted(client.column(TABLES[topic], "outcome_offset")) == sorted([*range(count)] * PARTITIONS)


def test_a_sink_whose_consumer_is_dead_ends_instead_of_idling(rig: Rig) -> None:
    """Another member joined under its static name; the same befalls a sink alone whose broker restarts while it rejoins
    (its former self is the other). Whoever watches it starts it again, and it goes on."""
    rig.send("duplicates", [message("duplicates", duplicate(1))])
    client = FakeClient.with_tables()
    first = Member(rig.bootstrap, rig.group, client, instance="one")
    rig.wait(lambda: client.rows(TABLES["duplicates"]) == 1)
    second = Member(rig.bootstrap, rig.group, client, instance="one")
    rig.wait(lambda: not first.thread.is_alive())
    assert isinstance(first.failure, Fatal)
    rig.send("duplicates", [message("duplicates", duplicate(2))])
    rig.wait(lambda: client.rows(TABLES["duplicates"]) == 2)
    second.stop()
