"""The sink against a ClickHouse server in a container: the same migrations, inserts and relations as embedded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from containers import need_docker
from outcomes import accepted, block, message, rejected, store
from testcontainers.community.clickhouse import ClickHouseContainer
from warehouse_schema import FILE, schema_of

from runtime.settings import WarehouseSettings
from schemas.errors import Retryable
from schemas.types import FAMILIES, accepted_topic
from sinks.connect import connect
from sinks.migrate import migrate
from sinks.writer import Writer

pytestmark = pytest.mark.containers

IMAGE = "clickhouse/clickhouse-server:26.3"


@pytest.fixture(scope="module")
def server() -> Iterator[ClickHouseContainer]:
    need_docker()
    with ClickHouseContainer(IMAGE, username="sink", password="sink", port=8123) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: ClickHouseContainer) -> Iterator[Any]:
    place = f"{server.get_container_host_ip()}:{server.get_exposed_port(8123)}"
    found = connect(WarehouseSettings(dsn=f"clickhouse://sink:sink@{place}"), insert_seconds=30)
    migrate(found)
    yield found
    found.close()


def test_the_schema_is_the_same(client: Any) -> None:
    assert schema_of(client).replace("helsepuls.", "") == FILE.read_text("utf-8")


def test_blocks_are_stored_once(client: Any) -> None:
    writer = Writer(client)
    for family in FAMILIES:
        topic = accepted_topic(family)
        for _ in range(2):
            store(writer, block(topic, [message(topic, accepted(family, offset)) for offset in range(3)]))
    store(writer, block("rejected", [message("rejected", rejected(9))]))
    tables = " UNION ALL ".join(f"SELECT count() AS c FROM log_accepted_{family}" for family in FAMILIES)
    assert client.query(f"SELECT groupArray(c) FROM ({tables})").result_rows == [([3] * len(FAMILIES),)]
    assert client.query("SELECT count() FROM outcomes").result_rows == [(3 * len(FAMILIES) + 1,)]


def test_a_moment_in_the_past_can_be_asked_for(client: Any) -> None:
    query = "SELECT count() FROM capacity_known_at(at = '{}')"
    assert client.query(query.format("2026-05-13 11:59:59")).result_rows == [(0,)]
    assert client.query(query.format("2026-05-13T12:00:00Z")).result_rows == [(1,)]


def test_a_server_that_went_away_is_waited_for(server: ClickHouseContainer, client: Any) -> None:
    writer = Writer(client)
    container = server.get_wrapped_container()
    container.pause()
    try:
        with pytest.raises(Retryable):
            store(writer, block("rejected", [message("rejected", rejected(10))], first=1))
    finally:
        container.unpause()
    store(writer, block("rejected", [message("rejected", rejected(10))], first=1))
    assert client.query("SELECT count() FROM log_rejected WHERE source_offset = 10").result_rows == [(1,)]
