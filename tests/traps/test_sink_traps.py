"""Traps between Kafka and ClickHouse (K1-K10) that no other test holds shut, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import clickhouse_connect
import pytest
from embedded import engine_path, migrated, ready  # noqa: F401  fixtures
from outcomes import AT, accepted, block, message, store

from runtime.settings import WarehouseSettings
from schemas.types import FAMILIES, accepted_topic
from sinks.connect import connect
from sinks.writer import Writer

TOPIC = accepted_topic("episode")
TABLE = "log_accepted_episode"


@pytest.fixture
def client(migrated: Any) -> Iterator[Any]:  # noqa: F811  the fixture
    yield migrated
    migrated.command(f"TRUNCATE TABLE {TABLE}")


def one(client: Any, query: str) -> Any:
    return client.query(query).result_rows[0][0]


@pytest.fixture
def turned_defaults(client: Any) -> Iterator[Any]:
    """The engine with every default turned the wrong way, as a new release or an administrator may."""
    turned = {"async_insert": 1, "wait_for_async_insert": 0, "insert_deduplicate": 0, "deduplicate_insert": "disable"}
    before = {name: one(client, f"SELECT value FROM system.settings WHERE name = '{name}'") for name in turned}
    for name, value in turned.items():
        client.command(f"SET {name} = '{value}'")
    yield client
    for name, value in before.items():
        client.command(f"SET {name} = '{value}'")


def test_k01_what_the_servers_defaults_are_does_not_matter(turned_defaults: Any) -> None:
    writer = Writer(turned_defaults)
    same = block(TOPIC, [message(TOPIC, accepted("episode", 1))])
    store(writer, same)
    assert one(turned_defaults, f"SELECT count() FROM {TABLE}") == 1, "not stored when the insert was acknowledged"
    store(writer, same)
    assert one(turned_defaults, f"SELECT count() FROM {TABLE}") == 1, "stored twice under one token"


def test_k01_every_insert_says_what_it_relies_on(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded engine never queues this kind of insert, a server does: so what is sent is looked at."""
    sent: list[dict[str, Any]] = []
    insert = client.insert_arrow

    def noted(*arguments: Any, settings: dict[str, Any]) -> None:
        sent.append(settings)
        insert(*arguments, settings=settings)

    monkeypatch.setattr(client, "insert_arrow", noted)
    store(Writer(client), block(TOPIC, [message(TOPIC, accepted("episode", 1))]))
    (said,) = sent
    assert (said["async_insert"], said["insert_deduplicate"], said["deduplicate_insert"]) == (0, 1, "enable")
    assert said["deduplicate_blocks_in_dependent_materialized_views"] == 1
    assert said["insert_deduplication_token"].startswith(f"{TABLE}/{TOPIC}/0/0-0")


def test_k02_no_table_adds_up_what_arrives(client: Any) -> None:
    """What adds up at insert counts a repeated insert again. Tables replace; what feeds one adds nothing up."""
    engines = client.query(
        "SELECT DISTINCT engine FROM system.tables WHERE database = currentDatabase() AND name != 'migrations'"
    ).result_columns[0]
    additive = set(engines) - {"ReplacingMergeTree", "View", "MergeTree", "MaterializedView"}
    assert additive == set()
    assert {"ReplacingMergeTree", "View"} <= set(engines)
    feeds = client.query(
        "SELECT name, as_select FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'"
    ).result_rows
    assert len(feeds) == len(FAMILIES)
    for name, select in feeds:
        assert "GROUP BY" not in select, name
        assert "JOIN" not in select, name


def test_k02_an_outcome_stored_twice_under_two_tokens_is_counted_once(client: Any) -> None:
    again = message(TOPIC, accepted("episode", 1))
    store(Writer(client), block(TOPIC, [again], first=0))
    store(Writer(client), block(TOPIC, [again], first=7))
    assert one(client, f"SELECT count() FROM {TABLE}") == 2
    assert one(client, "SELECT sum(contacts) FROM npr_contacts_daily") == 1


def test_k03_a_corrected_date_leaves_one_current_row(client: Any) -> None:
    writer = Writer(client)
    for revision, days in enumerate((0, 45, 90)):
        at = AT + timedelta(days=days)
        event = accepted("episode", revision, revision=revision, occurred_at=at, received_at=at, known_at=at)
        store(writer, block(TOPIC, [message(TOPIC, event)], first=revision))
    assert one(client, f"SELECT uniqExact(_partition_id) FROM {TABLE}") == 3
    assert client.query("SELECT revision FROM episode_current").result_rows == [(2,)]


def test_k03_a_re_emitted_outcome_falls_into_the_partition_of_the_first(client: Any) -> None:
    """Partitioned by when the broker took the raw event, which neither a correction nor a replay changes."""
    writer = Writer(client)
    for number, days in enumerate((0, 90)):
        event = accepted("episode", 1, processed_at=AT + timedelta(days=days))
        store(writer, block(TOPIC, [message(TOPIC, event)], first=number))
    assert one(client, f"SELECT uniqExact(_partition_id) FROM {TABLE}") == 1
    assert one(client, f"SELECT count() FROM {TABLE} FINAL") == 1


def test_k04_no_table_relies_on_a_flag_of_deletion(client: Any) -> None:
    engines = client.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND engine = 'ReplacingMergeTree'"
    ).result_columns[0]
    assert len(engines) > 5
    assert [full for full in engines if "is_deleted" in full] == []


def test_k06_the_engine_reads_no_topic_by_itself(client: Any) -> None:
    own = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND (engine = 'Kafka' OR create_table_query ILIKE '%kafka_broker_list%')"
    ).result_rows
    assert own == []


def test_k08_clients_of_a_server_share_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def refused(**options: Any) -> Any:
        asked.append(options)
        raise clickhouse_connect.driver.exceptions.DatabaseError("enough")

    monkeypatch.setattr(clickhouse_connect, "get_client", refused)
    with pytest.raises(Exception, match="enough"):
        connect(WarehouseSettings(dsn="clickhouse://h"), insert_seconds=30)
    assert asked[0]["autogenerate_session_id"] is False


def test_k08_an_insert_that_the_client_sends_twice_is_stored_once(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client repeats a POST by itself when the connection was reset, and the first may have arrived."""
    insert = client.insert_arrow

    def twice(*arguments: Any, **options: Any) -> None:
        insert(*arguments, **options)
        insert(*arguments, **options)

    monkeypatch.setattr(client, "insert_arrow", twice)
    store(Writer(client), block(TOPIC, [message(TOPIC, accepted("episode", 1))]))
    assert one(client, f"SELECT count() FROM {TABLE}") == 1
