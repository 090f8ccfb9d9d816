"""No reader takes more than its share, blocks another, or blocks the writer."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests
from chaos.waiting import until
from warehouse_client import Warehouse

FOR_EVER = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"


def _running(warehouse: Warehouse) -> int:
    """Queries of readers that run in the engine."""
    rows = warehouse.ask(query="SELECT count() FROM system.processes WHERE Settings['log_comment'] != ''")
    return int(rows[0][0])


def _send(warehouse: Warehouse, sql: str) -> socket.socket:
    """A request whose answer nobody reads."""
    connection = socket.create_connection(("127.0.0.1", warehouse.port))
    connection.sendall(f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(sql)}\r\n\r\n{sql}".encode())
    return connection


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        (FOR_EVER, "159", 408),
        ("SELECT number FROM system.numbers WHERE sipHash64(number) = 1", "159", 408),
        ("SELECT groupArray(number) FROM numbers(100000000)", "241", 500),
        ("SELECT repeat('x', 1000000000)", "241", 500),
        ("SELECT number FROM numbers(200000)", "396", 500),
        ("SELECT toString(number) || repeat('x', 100) FROM numbers(50000)", "396", 500),
        # Few bytes in the engine, many on the wire: the name is repeated for every row.
        (f"SELECT number AS {'a' * 100} FROM numbers(50000) FORMAT JSONEachRow", "396", 500),
    ],
)
def test_time_memory_rows_and_bytes(strict: Warehouse, sql: str, code: str, status: int) -> None:
    answer = strict.post(sql, wait_end_of_query="1")
    assert (answer.headers["X-ClickHouse-Exception-Code"], answer.status_code) == (code, status), answer.text
    assert strict.post("SELECT 1").text == "1\n"


def test_more_queries_than_may_run_wait_or_are_refused(strict: Warehouse) -> None:
    connection = _send(strict, FOR_EVER)
    until(lambda: _running(strict) == 1, 20)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: requests.post(strict.url, data="SELECT 1", timeout=9), range(4)))
    assert "202" in {answer.headers.get("X-ClickHouse-Exception-Code") for answer in answers}
    connection.close()
    until(lambda: _running(strict) == 0, 20)
    assert strict.post("SELECT 1").text == "1\n"


def test_a_reader_may_ask_for_less(warehouse: Warehouse) -> None:
    started = time.monotonic()
    answer = warehouse.post(FOR_EVER, max_execution_time="0.5")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "159"
    assert time.monotonic() - started < 15
    answer = warehouse.post("SELECT number FROM numbers(10) SETTINGS max_result_rows = 5")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "396"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
        "SELECT " + "-" * 10_000 + "1",
        "SELECT " + "[" * 20_000,
        "SELECT " + "[" * 900 + "]" * 900,
        "SELECT " + "sin(" * 900 + "1" + ")" * 900,
        "SELECT " + "NOT " * 20_000 + "1",
        "SELECT " + "(SELECT " * 300 + "1" + ")" * 300,
        "SELECT 1 " + "UNION ALL SELECT 1 " * 5_000,
        "SELECT " + "1 + " * 20_000 + "1",
        "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(9_000)),
        "SELECT /* " + "x" * 200_000 + " */ 1",
    ],
    ids=lambda sql: sql[:24],
)
def test_long_and_deep_statements_end_in_an_answer(warehouse: Warehouse, sql: str) -> None:
    answer = warehouse.post(sql)
    assert answer.status_code == 200 or answer.headers["X-ClickHouse-Exception-Code"] != "1002", answer.text
    assert warehouse.post("SELECT 1").text == "1\n"


def test_statements_that_are_too_long(warehouse: Warehouse) -> None:
    for sql in ("SELECT " + "1 + " * 100_000 + "1", "SELECT '" + "x" * 2_000_000 + "'"):
        answer = warehouse.post(sql)
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (413, "229")
    assert (
        requests.get(warehouse.url, params={"query": "SELECT '" + "x" * 2_000_000 + "'"}, timeout=9).status_code >= 400
    )


@pytest.mark.parametrize("sql", [FOR_EVER, "SELECT number, repeat('x', 100) FROM numbers(9000000)"])
def test_a_query_whose_client_left_is_ended(warehouse: Warehouse, sql: str) -> None:
    connection = _send(warehouse, sql)
    until(lambda: _running(warehouse) == 1, 20)
    connection.close()
    until(lambda: _running(warehouse) == 0, 10)
    assert warehouse.post("SELECT 1").text == "1\n"


def test_a_client_that_does_not_read_holds_little_memory_and_not_for_ever(warehouse: Warehouse) -> None:
    process = psutil.Process(warehouse.pid)
    before = process.memory_info().rss
    connection = _send(warehouse, "SELECT number, repeat('x', 100) FROM numbers(9000000)")  # about 1 GB
    until(lambda: _running(warehouse) == 1, 20)
    time.sleep(1)
    assert process.memory_info().rss - before < 300 << 20
    until(lambda: _running(warehouse) == 0, 20)
    connection.close()


def test_a_large_result_is_streamed_in_bounded_memory(warehouse: Warehouse) -> None:
    process = psutil.Process(warehouse.pid)
    warehouse.post("SELECT number FROM numbers(1000)")
    before, most, rows = process.memory_info().rss, 0, 0
    sql = "SELECT number, repeat('x', 200) FROM numbers(2000000)"  # about 420 MB on the wire
    with warehouse.client(compress=False).query_row_block_stream(sql) as blocks:
        for block in blocks:
            rows += len(block)
            most = max(most, process.memory_info().rss)
    assert rows == 2_000_000
    assert most - before < 250 << 20


def test_readers_do_not_block_the_writer(warehouse: Warehouse) -> None:
    warehouse.ask(insert=0.2)
    connections = [_send(warehouse, FOR_EVER) for _ in range(6)]
    until(lambda: _running(warehouse) == 4, 20)
    written = warehouse.ask(insert=2)
    for connection in connections:
        connection.close()
    until(lambda: _running(warehouse) == 0, 20)
    assert written["rows"] > 0
    assert written["slowest"] < 3


def test_ends_soon_while_a_query_runs(own: Warehouse) -> None:
    connection = _send(own, FOR_EVER)
    until(lambda: _running(own) == 1, 20)
    started = time.monotonic()
    assert own.close() == 0
    assert time.monotonic() - started < 20
    connection.close()
