"""After a simulated day with all its faults, and messages that nobody means, every message has one outcome, and no
patient's identifier is anywhere but in the raw topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
import requests
from click.testing import CliRunner
from confluent_kafka import Consumer, Producer, TopicPartition
from fuzz import topics
from fuzz.mutation import IDENTIFIER
from fuzz.target import drawn
from leaks import Search, texts_of_sqlite
from warehouse_schema import called

from helsepuls.cli.main import main
from producers import PatientId, Publisher
from schemas.catalog import by_id
from schemas.errors import Invalid, Retryable
from schemas.slow import decode_one
from schemas.types import FAMILIES, raw_topic
from schemas.wire import unframe

SIMULATED = ("--reporters", "2", "--days", "1", "--seed", "29")
FAULTS = ("--invalid", "0.15", "--duplicates", "0.02", "--late", "0.02", "--corrections", "0.05")
LOCAL = "983971636/LAB/4711-leak"
STAY = Path(__file__).parents[2] / "docs" / "examples" / "stay.hl7"
STAY_PATIENT = IDENTIFIER.decode()
CALLS = 6
"""Batches of arbitrary and damaged messages to each raw topic."""


@pytest.fixture(scope="module")
def stack(own_stack: Any) -> Any:
    """Not the session's: what all other tests have sent would be read and searched too."""
    return own_stack


@pytest.fixture(scope="module")
def identifiers(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """All numbers that the simulated events carry, right or spoilt: as the files of the same world have them."""
    from producers.sources import Options, items
    from producers.types import Read

    folder = tmp_path_factory.mktemp("simulated") / "out"
    done = CliRunner().invoke(main, ["simulate", *SIMULATED, *FAULTS, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    found = {STAY_PATIENT, LOCAL}
    for _, item in items([folder / "events"], Options(format="avro"), _now):
        if isinstance(item, Read):
            people = [person for event in item.events for person in (event.patient, event.prior_patient) if person]
            found |= {person.number for person in people}
    assert len(found) > 300, "the simulation has no patients"
    return found


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.fixture(scope="module")
def said(stack: Any, identifiers: set[str]) -> list[str]:
    """Runs the day, a sender's file, bad ones and a publisher; gives what the commands printed."""
    done = stack.run("simulate", *SIMULATED, *FAULTS, "--publish")
    assert done.returncode == 0, done.stderr
    printed = [done.stdout, done.stderr]
    bad = stack.home / "bad.ndjson"
    bad.write_text(
        f'{{"family": "movement", "subject_id": "{STAY_PATIENT}", "{STAY_PATIENT}": 1, "patient": "{STAY_PATIENT}"}}\n'
        f"{STAY_PATIENT}\n"
    )
    for arguments in (
        ("publish", str(STAY), "--reporter", "983971636", "--wait", "--json"),
        ("publish", str(STAY), str(bad), "--reporter", "983971636", "--no-validate"),
        ("validate", str(STAY), str(bad), "--reporter", "983971636", "--json"),
        ("validate", str(STAY), str(bad), "--reporter", "983971636"),
    ):
        done = stack.run(*arguments)
        printed += [done.stdout, done.stderr]
    bad.unlink()
    _publish_with_a_local_number(stack)
    _publish_what_nobody_means(stack)
    assert stack.json("audit", "--timeout", "180")["conserved"]
    for arguments in (("audit",), ("status", "--json"), ("config", "--json"), ("logs",), ("reference", "list")):
        done = stack.run(*arguments)
        printed += [done.stdout, done.stderr]
    return printed


def _publish_with_a_local_number(stack: Any) -> None:
    """One event that stays in a spool on disk (no broker there), one that goes through one and is sent."""
    for name, kafka in (("stuck", {"bootstrap.servers": "127.0.0.1:1"}), ("sent", None)):
        with Publisher(
            reporter="983971636", system=("a", "b", "c"), home=stack.home, kafka=kafka, spool=name
        ) as publisher:
            moved = publisher.event(
                "movement",
                subject_id=f"leak/{name}",
                occurred_at=_now(),
                patient=PatientId("9", LOCAL),
                episode_id=f"leak-{name}",
                movement_type="admit",
                tjenesteenhetID="W",
            )
            publisher.publish(moved)
            if name == "stuck":
                with pytest.raises(Retryable):
                    publisher.flush(timeout=0.5)
            else:
                publisher.flush(timeout=60)


def _publish_what_nobody_means(stack: Any) -> None:
    """The fuzzer's messages, the identifier planted in many; so few at a time that no breaker takes them for a bad
    release."""
    failed: list[Any] = []

    def told(error: Any, _: Any) -> None:
        failed.extend([error] if error else [])

    producer = Producer({"bootstrap.servers": stack.status()["kafka"]["bootstrap"]})
    for target in topics.TARGETS:
        for number, value in enumerate(drawn(target, CALLS)):
            producer.produce(target.name, value, str(number), on_delivery=told)
        producer.flush(60)
    assert not failed


@pytest.fixture(scope="module")
def search(identifiers: set[str]) -> Search:
    return Search(identifiers)


def leaks(search: Search, places: Iterator[tuple[str, bytes]]) -> list[tuple[str, list[str]]]:
    """Place and forms, of every place that holds an identifier. Fails when there was nothing to look at."""
    looked = 0
    found = []
    for place, data in places:
        looked += len(data)
        if forms := search.forms(data):
            found.append((place, forms))
    assert looked > 100, "there was nothing to look at"
    return found


def test_every_message_has_one_outcome_and_no_process_fell(stack: Any, said: list[str]) -> None:
    audit = stack.json("audit")
    assert audit["conserved"]
    raw = sum(1 for place, _ in messages(stack, raw=True) if place in map(raw_topic, FAMILIES))
    assert audit["raw"] == raw
    assert audit["accepted"] + audit["rejected"] + audit["duplicate"] == raw
    assert audit["rejected"] > len(topics.TARGETS) * CALLS * 10
    facts = stack.status()
    assert [process["restarts"] for process in (facts["kafka"], facts["warehouse"], *facts["workers"])] == [0, 0, 0]


def test_what_the_commands_print(said: list[str], search: Search) -> None:
    assert leaks(search, ((str(number), text.encode()) for number, text in enumerate(said))) == []


def test_files_of_the_home(stack: Any, said: list[str], search: Search) -> None:
    """Logs, truth, spools, announcements: all but Kafka's and the engine's own files, which are asked for below."""

    def files() -> Iterator[tuple[str, bytes]]:
        for path in sorted(stack.home.rglob("*")):
            part = path.relative_to(stack.home).parts[0]
            if path.is_file() and part not in ("kafka", "warehouse"):
                yield str(path), path.read_bytes()

    names = [place for place, _ in files()]
    assert any("/logs/worker-0.log" in name for name in names)
    assert any("/spool/" in name for name in names)
    assert leaks(search, files()) == []


def test_sqlite_files(stack: Any, said: list[str], search: Search) -> None:
    spools = sorted((stack.home / "spool").glob("*.sqlite"))
    rows = [(str(path), row) for path in spools for row in texts_of_sqlite(path)]
    assert any(b"leak-stuck" in row for _, row in rows), "the event is not in its spool"
    assert leaks(search, iter(rows)) == []


def messages(stack: Any, raw: bool) -> Iterator[tuple[str, bytes]]:
    """Key, headers and value of every message of the raw topics or of the others, and what a reader makes of it."""
    consumer = Consumer(
        {
            "bootstrap.servers": stack.status()["kafka"]["bootstrap"],
            "group.id": "leaks",
            "enable.partition.eof": True,
        }
    )
    raws = set(map(raw_topic, FAMILIES))
    topics = [t for t in consumer.list_topics(timeout=30).topics.values() if (t.topic in raws) == raw]
    places = [TopicPartition(t.topic, partition, 0) for t in topics for partition in t.partitions]
    consumer.assign(places)
    ended = 0
    while ended < len(places):
        for message in consumer.consume(1000, timeout=0.5):
            if message.error():
                ended += 1
                continue
            value = message.value() or b""
            yield message.topic(), b"\0".join([message.key() or b"", repr(message.headers()).encode(), value])
            with suppress(*([Invalid] if raw else [])):  # what we write ourselves can be read
                yield f"{message.topic()}, decoded", _as_text(value)
    consumer.close()


def _as_text(value: bytes) -> bytes:
    if len(value) < 5 or int.from_bytes(value[1:5], "big") not in by_id():
        return b""
    schema_id, datum = unframe(value)
    return repr(decode_one(by_id()[schema_id], datum)).encode()


def test_topics(stack: Any, said: list[str], search: Search) -> None:
    seen: set[str] = set()

    def noted() -> Iterator[tuple[str, bytes]]:
        for place, data in messages(stack, raw=False):
            seen.add(place)
            yield place, data

    assert leaks(search, noted()) == []
    assert {"rejected", "receipts", "duplicates", "accepted.episode", "internal.window", "__consumer_offsets"} <= seen


def test_the_search_sees_what_the_raw_topics_do_hold(stack: Any, said: list[str], search: Search) -> None:
    """Numbers that the simulation wrote where none belongs: refused for it (IDE-03), and still in the raw topic."""
    found = {place for place, _ in leaks(search, messages(stack, raw=True))}
    assert {"raw.episode", "raw.movement"} <= found


def test_tables(stack: Any, said: list[str], search: Search) -> None:
    address = urlsplit(stack.status()["warehouse"]["url"])
    client = clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")
    tables = [row[0] for row in client.query("SHOW TABLES").result_rows]
    assert len(tables) > 20

    def rows() -> Iterator[tuple[str, bytes]]:
        for table in tables:
            shown = client.query(f"SHOW CREATE TABLE {table}").result_rows[0][0]
            name = called(table, shown)
            yield table, client.raw_query(f"SELECT * FROM {name} FORMAT JSONEachRow")

    assert leaks(search, rows()) == []


def test_files_of_the_engine(stack: Any, said: list[str], search: Search) -> None:
    """Compressed parts hold no readable text, but logs, metadata and indices of the engine do."""
    paths = [path for path in sorted((stack.home / "warehouse").rglob("*")) if path.is_file()]
    assert leaks(search, ((str(path), path.read_bytes()) for path in paths)) == []


def test_metrics(stack: Any, said: list[str], search: Search) -> None:
    facts = stack.status()
    addresses = [facts["metrics"], facts["warehouse"]["metrics"], *(worker["metrics"] for worker in facts["workers"])]
    assert leaks(search, ((url, requests.get(url, timeout=30).content) for url in addresses)) == []


def test_traces_and_receipts(stack: Any, said: list[str], search: Search) -> None:
    address = urlsplit(stack.status()["warehouse"]["url"])
    client = clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")
    query = "SELECT toString(any(event_id)) FROM outcomes WHERE event_id IS NOT NULL GROUP BY family, outcome"
    events = [row[0] for row in client.query(query).result_rows]
    reporters = [
        row[0] for row in client.query("SELECT DISTINCT reporter FROM receipts WHERE accepted > 0 LIMIT 5").result_rows
    ]
    commands = [("trace", event) for event in events] + [("receipts", "--reporter", one) for one in reporters]
    assert len(commands) > 10
    assert leaks(search, ((str(command), _printed(stack, command)) for command in commands)) == []


def _printed(stack: Any, command: tuple[str, ...]) -> bytes:
    """In this process: most of the seconds of a command are its imports."""
    done = CliRunner().invoke(main, [*command, "--home", str(stack.home)])
    assert done.exit_code == 0, done.output
    return done.output.encode()


def test_one_that_is_planted_in_each_place_is_seen(stack: Any, said: list[str], search: Search, tmp_path: Path) -> None:
    """A log line, a JSON file, metrics text, a table's row, a message: as they look, with a number in them."""
    for planted in (
        json.dumps({"level": "info", "message": f"bad value '{STAY_PATIENT}'"}),
        f'helsepuls_events_total{{family="{STAY_PATIENT}"}} 1.0',
        json.dumps({"event_id": "x", "unit_name": f"Post 3, pasient {STAY_PATIENT}"}),
        f"Error: {LOCAL} cannot be read",
    ):
        with pytest.raises(AssertionError):
            assert leaks(search, iter([("there", planted.encode() + b" " * 100)])) == []
