"""Inserts: settings, tokens, what is refused before the first."""

from __future__ import annotations

from typing import Any

import pytest
from fake_clickhouse import Failure, FakeClient
from outcomes import block, message, rejected, store

from monitoring import metrics
from schemas.errors import Fatal, Retryable
from sinks.faults import RETRYABLE_CODES
from sinks.tables import ERRORS_TABLE
from sinks.writer import REQUIRED, Writer


@pytest.fixture
def client() -> FakeClient:
    return FakeClient.with_tables()


def two() -> list[bytes]:
    return [message("rejected", rejected(n)) for n in (1, 2)]


def test_a_block_is_one_insert_under_a_token_of_its_range(client: FakeClient) -> None:
    assert store(Writer(client), block("rejected", two(), first=10, partition=3)) == 2
    assert client.inserts == [("log_rejected", "log_rejected/rejected/3/10-11")]
    assert client.column("log_rejected", "outcome_offset") == [10, 11]


def test_a_block_offered_twice_is_stored_once(client: FakeClient) -> None:
    writer = Writer(client)
    store(writer, block("rejected", two()))
    store(writer, block("rejected", two()))
    assert client.rows("log_rejected") == 2


def test_unreadable_messages_are_recorded_before_the_others(client: FakeClient) -> None:
    writer = Writer(client)
    assert store(writer, block("rejected", [two()[0], None, two()[1]], first=5)) == 2
    assert [table for table, _ in client.inserts] == [ERRORS_TABLE, "log_rejected"]
    assert client.column(ERRORS_TABLE, "outcome_offset") == [6]


def test_unreadable_messages_are_counted_once_however_often_their_block_is_offered(client: FakeClient) -> None:
    writer, counted = Writer(client), metrics.SINK_ERRORS.labels("rejected")._value
    before = counted.get()
    client.failures.extend([Failure(None), *[None, Failure(319)] * 2])
    for _ in range(3):
        with pytest.raises(Retryable):
            store(writer, block("rejected", [two()[0], None]))
    store(writer, block("rejected", [two()[0], None]))
    assert counted.get() == before + 1


def test_a_server_does_not_keep_an_insert_alive_beyond_its_time(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers that tell of progress would: the time-out is that of one read."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(client, "insert_arrow", lambda *_, settings: seen.append(settings))
    store(Writer(client), block("rejected", two()))
    assert seen[0]["send_progress_in_http_headers"] == 0


def test_a_block_of_nothing_readable_is_only_recorded(client: FakeClient) -> None:
    assert store(Writer(client), block("rejected", [None, b""])) == 0
    assert client.rows(ERRORS_TABLE) == 2


@pytest.mark.parametrize("code", [*sorted(RETRYABLE_CODES), None])
def test_what_passes_can_be_offered_again_whether_it_was_stored_or_not(client: FakeClient, code: int | None) -> None:
    writer = Writer(client)
    client.failures.extend([Failure(code), Failure(code, stored=True)])
    for _ in range(2):
        with pytest.raises(Retryable):
            store(writer, block("rejected", two()))
    store(writer, block("rejected", two()))
    assert client.rows("log_rejected") == 2


@pytest.mark.parametrize("code", [16, 27, 60, 117, 241_000])
def test_what_does_not_pass_stops(client: FakeClient, code: int) -> None:
    client.failures.append(Failure(code))
    with pytest.raises(Fatal, match=f"insert into log_rejected: ClickHouse error {code}"):
        store(Writer(client), block("rejected", two()))


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_server_without_a_setting_that_matters_is_refused(client: FakeClient, name: str) -> None:
    client.settings.discard(name)
    with pytest.raises(Fatal, match=f"no setting {name}"):
        Writer(client)


def test_a_server_without_a_setting_of_newer_ones_is_fine(client: FakeClient) -> None:
    client.settings.discard("deduplicate_insert")
    store(Writer(client), block("rejected", two()))
    assert client.rows("log_rejected") == 2


def test_a_missing_table_or_column_is_told_before_anything_is_read(client: FakeClient) -> None:
    table = client._tables["log_rejected"]
    del table["schema_id"]
    with pytest.raises(Fatal, match="ALTER TABLE log_rejected ADD COLUMN `schema_id` Nullable"):
        Writer(client)
    del client._tables["log_rejected"]
    with pytest.raises(Fatal, match="helsepuls migrate"):
        Writer(client)
