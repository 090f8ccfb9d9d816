"""The endpoint as ClickHouse's clients meet it: clickhouse-connect, curl, plain HTTP."""

from __future__ import annotations

import gzip
import io
import json
import socket
import zlib
from datetime import UTC, datetime

import clickhouse_connect
import lz4.frame
import pyarrow.ipc
import pyarrow.parquet
import pytest
import requests
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError, StreamFailureError
from warehouse_client import Warehouse

zstd = pytest.importorskip("backports.zstd")

ROWS = "SELECT unit, as_of, occupied FROM beds ORDER BY as_of LIMIT 3"


class TestClickhouseConnect:
    def test_rows_have_their_types(self, warehouse: Warehouse) -> None:
        rows = warehouse.client().query(ROWS).result_rows
        assert rows[1] == ("unit 1", datetime(2026, 1, 1, 0, 1, tzinfo=UTC).replace(tzinfo=rows[1][1].tzinfo), 1)
        assert rows[0][2] is None

    def test_connects_without_a_database(self, warehouse: Warehouse) -> None:
        client = clickhouse_connect.get_client(host="127.0.0.1", port=warehouse.port)
        assert client.command("SELECT currentDatabase()") == "helsepuls"
        assert client.ping()

    def test_dsn(self, warehouse: Warehouse) -> None:
        client = clickhouse_connect.get_client(dsn=f"clickhouse://127.0.0.1:{warehouse.port}/helsepuls")
        assert client.command("SELECT count() FROM beds") == 5000

    def test_server_side_parameters(self, warehouse: Warehouse) -> None:
        result = warehouse.client().query(
            "SELECT {text:String}, {numbers:Array(UInt8)}, {at:DateTime64(3)}, {nothing:Nullable(String)}",
            parameters={
                "text": "tab\t'quote' \\ æøå\n",
                "numbers": [1, 2],
                "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                "nothing": None,
            },
        )
        assert result.result_rows[0][:2] == ("tab\t'quote' \\ æøå\n", [1, 2])
        assert result.result_rows[0][3] is None

    def test_parameters_as_a_form(self, warehouse: Warehouse) -> None:
        client = warehouse.client(form_encode_query_params=True)
        assert client.query("SELECT {x:String}", parameters={"x": "y" * 20_000}).result_rows == [("y" * 20_000,)]

    def test_data_frame(self, warehouse: Warehouse) -> None:
        frame = warehouse.client().query_df("SELECT unit, share FROM beds ORDER BY as_of")
        assert frame.shape == (5000, 2)
        assert frame["share"].iloc[3] == 1.0

    def test_arrow(self, warehouse: Warehouse) -> None:
        table = warehouse.client().query_arrow("SELECT unit, occupied FROM beds ORDER BY as_of")
        assert table.num_rows == 5000
        assert table.column("occupied").null_count == 500

    def test_arrow_stream(self, warehouse: Warehouse) -> None:
        with warehouse.client().query_arrow_stream("SELECT number FROM numbers(300000)") as batches:
            assert sum(batch.num_rows for batch in batches) == 300_000

    @pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", "deflate", False])
    def test_stream_of_blocks(self, warehouse: Warehouse, compress: str | bool) -> None:
        client = warehouse.client(compress=compress)
        with client.query_row_block_stream("SELECT number FROM numbers(2000000)") as blocks:
            assert sum(len(block) for block in blocks) == 2_000_000

    def test_no_rows_and_no_columns_only(self, warehouse: Warehouse) -> None:
        client = warehouse.client()
        assert client.query("SELECT unit FROM beds WHERE 0").result_rows == []
        assert client.query("SELECT unit, ward FROM beds LIMIT 0").column_names == ("unit", "ward")

    def test_summary_and_query_id(self, warehouse: Warehouse) -> None:
        result = warehouse.client().query("SELECT unit FROM beds", settings={"query_id": "mine-1"})
        assert result.query_id == "mine-1"
        assert result.summary["read_rows"] == "5000"
        assert result.summary["result_rows"] == "5000"
        assert int(result.summary["elapsed_ns"]) > 0

    def test_harmless_settings(self, warehouse: Warehouse) -> None:
        client = warehouse.client(settings={"join_use_nulls": 1})
        client.set_client_setting("max_threads", 1)
        assert client.query("SELECT getSetting('join_use_nulls')").result_rows == [(True,)]

    @pytest.mark.parametrize("setting", ["max_insert_threads", "allow_ddl", "dialect", "readonly"])
    def test_other_settings_are_refused_before_they_are_sent(self, warehouse: Warehouse, setting: str) -> None:
        with pytest.raises(ProgrammingError, match="readonly"):
            warehouse.client().query("SELECT 1", settings={setting: 3})

    def test_insert_is_refused(self, warehouse: Warehouse) -> None:
        with pytest.raises(DatabaseError) as caught:
            warehouse.client().insert("written", [[1], [2]], column_names=["n"])
        assert caught.value.code == 164

    def test_command_is_refused(self, warehouse: Warehouse) -> None:
        with pytest.raises(DatabaseError) as caught:
            warehouse.client().command("DROP TABLE written")
        assert (caught.value.code, caught.value.name) == (164, "READONLY")

    def test_failure_before_the_first_byte(self, warehouse: Warehouse) -> None:
        with pytest.raises(DatabaseError) as caught:
            warehouse.client().query("SELECT throwIf(number = 5) FROM numbers(10)")
        assert caught.value.code == 395

    def test_failure_in_the_middle_of_a_stream(self, warehouse: Warehouse) -> None:
        client = warehouse.client()
        rows = 0
        sql = "SELECT number, throwIf(number = 2500000) FROM numbers(3000000)"
        with pytest.raises(StreamFailureError) as caught, client.query_row_block_stream(sql) as blocks:  # noqa: PT012
            for block in blocks:
                rows += len(block)
        assert rows > 0
        assert caught.value.code == 395

    def test_low_cardinality_and_containers(self, warehouse: Warehouse) -> None:
        result = warehouse.client().query("SELECT ward, tags, facts FROM beds ORDER BY as_of LIMIT 2")
        assert result.result_rows[1] == ("B", ["1", "æøå"], {"k": 1})


class TestHttp:
    def test_ping(self, warehouse: Warehouse) -> None:
        for path in ("/ping", "/replicas_status", "/"):
            answer = requests.get(warehouse.url + path, timeout=10)
            assert (answer.status_code, answer.text) == (200, "Ok.\n")

    def test_curl(self, warehouse: Warehouse) -> None:
        assert requests.get(f"{warehouse.url}/?query=SELECT+1", timeout=10).text == "1\n"
        assert requests.get(f"{warehouse.url}/query?query=SELECT%201", timeout=10).text == "1\n"
        posted = requests.post(
            warehouse.url, data="SELECT 1", headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=10
        )
        assert posted.text == "1\n"

    def test_query_in_the_address_and_its_rest_in_the_body(self, warehouse: Warehouse) -> None:
        assert warehouse.post("FROM beds", query="SELECT count()").text == "5000\n"

    def test_headers(self, warehouse: Warehouse) -> None:
        answer = warehouse.post("SELECT 1 AS a FORMAT JSON", query_id="abc")
        assert answer.headers["X-ClickHouse-Format"] == "JSON"
        assert answer.headers["X-ClickHouse-Query-Id"] == "abc"
        assert answer.headers["X-ClickHouse-Timezone"]
        assert answer.headers["X-ClickHouse-Server-Display-Name"] == "helsepuls"
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        assert json.loads(answer.headers["X-ClickHouse-Summary"])["result_rows"] == "1"
        assert answer.json()["data"] == [{"a": 1}]

    @pytest.mark.parametrize("query_id", ["a\r\nX-Evil: 1", "æ", "x" * 200])
    def test_query_id_unfit_for_a_header_is_replaced(self, warehouse: Warehouse, query_id: str) -> None:
        answer = warehouse.post("SELECT 1", query_id=query_id)
        assert answer.status_code == 200
        assert "X-Evil" not in answer.headers
        assert len(answer.headers["X-ClickHouse-Query-Id"]) == 36

    def test_default_format_and_the_querys_own(self, warehouse: Warehouse) -> None:
        assert warehouse.post("SELECT 1 AS a", default_format="CSVWithNames").text == '"a"\n1\n'
        assert warehouse.post("SELECT 1 AS a FORMAT TSVWithNames", default_format="CSV").text == "a\n1\n"
        header = requests.post(
            warehouse.url, data="SELECT 1", headers={"X-ClickHouse-Format": "JSONEachRow"}, timeout=9
        )
        assert header.json() == {"1": 1}

    def test_parquet_and_arrow_files(self, warehouse: Warehouse) -> None:
        parquet = pyarrow.parquet.read_table(io.BytesIO(warehouse.post(f"{ROWS} FORMAT Parquet").content))
        arrow = pyarrow.ipc.open_stream(warehouse.post(f"{ROWS} FORMAT ArrowStream").content).read_all()
        assert parquet.num_rows == arrow.num_rows == 3

    @pytest.mark.parametrize(
        ("sql", "status", "code"),
        [
            ("SELEC 1", 400, "62"),
            ("SELECT nothing", 404, "47"),
            ("SELECT * FROM nothing", 404, "60"),
            ("SELECT file('x')", 403, "497"),
            ("SELECT 1 FORMAT Nothing", 404, "73"),
            ("SELECT 1 SETTINGS nothing = 1", 404, "115"),
            ("DROP TABLE written", 500, "164"),
            ("SELECT toUInt8('x')", 400, "6"),
            ("SELECT throwIf(1)", 500, "395"),
            ("", 400, "62"),
            (b"\xff\xfe", 400, "62"),
        ],
    )
    def test_status_and_code(self, warehouse: Warehouse, sql: str | bytes, status: int, code: str) -> None:
        answer = warehouse.post(sql, default_format="TSV")
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
        assert answer.text.startswith(f"Code: {code}. DB::Exception: ")

    @pytest.mark.parametrize(
        ("encoding", "decode"),
        [
            ("gzip", gzip.decompress),
            ("deflate", zlib.decompress),
            ("lz4", lz4.frame.decompress),
            ("zstd", zstd.decompress),
            ("br, zstd;q=0, lz4", lz4.frame.decompress),
        ],
    )
    @pytest.mark.parametrize("rows", [0, 3, 400_000])
    def test_answers_in_the_encoding_asked_for(self, warehouse: Warehouse, encoding: str, decode, rows: int) -> None:
        answer = requests.post(
            warehouse.url,
            data=f"SELECT number FROM numbers({rows})",
            headers={"Accept-Encoding": encoding},
            stream=True,
            timeout=20,
        )
        assert answer.headers["Content-Encoding"] == encoding.rsplit(maxsplit=1)[-1]
        assert decode(answer.raw.read(decode_content=False)).decode().splitlines() == [str(n) for n in range(rows)]

    def test_no_encoding_unless_asked_for(self, warehouse: Warehouse) -> None:
        plain = requests.post(warehouse.url, data="SELECT 1", headers={"Accept-Encoding": "identity"}, timeout=9)
        off = warehouse.post("SELECT 1", enable_http_compression="0")
        assert "Content-Encoding" not in plain.headers
        assert "Content-Encoding" not in off.headers

    @pytest.mark.parametrize(
        ("encoding", "encode"),
        [
            ("gzip", gzip.compress),
            ("deflate", zlib.compress),
            ("lz4", lz4.frame.compress),
            ("zstd", zstd.compress),
        ],
    )
    def test_takes_encoded_bodies(self, warehouse: Warehouse, encoding: str, encode) -> None:
        def post(body: bytes) -> requests.Response:
            return requests.post(warehouse.url, data=body, headers={"Content-Encoding": encoding}, timeout=20)

        assert post(encode(b"SELECT 7")).text == "7\n"
        bomb = post(encode(b" " * 50_000_000))
        assert bomb.status_code == 413, bomb.text
        broken = post(encode(b"SELECT 7" * 100)[:-6])
        assert broken.status_code >= 400, broken.text

    def test_unknown_encoding(self, warehouse: Warehouse) -> None:
        answer = requests.post(warehouse.url, data=b"x", headers={"Content-Encoding": "snappy"}, timeout=9)
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (415, "779")

    def test_native_compression_is_refused_with_a_way_out(self, warehouse: Warehouse) -> None:
        answer = warehouse.post("SELECT 1", compress="1")
        assert answer.status_code == 501
        assert "Accept-Encoding" in answer.text

    def test_external_tables_are_refused(self, warehouse: Warehouse) -> None:
        answer = requests.post(
            warehouse.url,
            params={"query": "SELECT * FROM t", "t_structure": "a UInt8"},
            files={"t": ("t", b"1\n")},
            timeout=9,
        )
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (501, "48")

    def test_waits_for_the_end_when_asked(self, warehouse: Warehouse) -> None:
        late = "SELECT number, throwIf(number = 2500000) FROM numbers(3000000)"
        assert warehouse.post(late, wait_end_of_query="1").headers["X-ClickHouse-Exception-Code"] == "395"
        whole = warehouse.post(
            "SELECT number FROM numbers(1000000)", wait_end_of_query="1", enable_http_compression="0"
        )
        assert int(whole.headers["Content-Length"]) == len(whole.content) == 6_888_890
        assert json.loads(whole.headers["X-ClickHouse-Summary"])["result_rows"] == "1000000"

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_a_part_is_never_taken_for_the_whole(self, warehouse: Warehouse, encoding: str) -> None:
        answer = requests.post(
            warehouse.url,
            data="SELECT number, throwIf(number = 2500000) FROM numbers(3000000)",
            headers={"Accept-Encoding": encoding},
            stream=True,
            timeout=20,
        )
        assert answer.status_code == 200
        received = b""
        with pytest.raises(requests.exceptions.ChunkedEncodingError):  # noqa: PT012
            for piece in answer.iter_content(1 << 16):
                received += piece
        tag = answer.headers["X-ClickHouse-Exception-Tag"].encode()
        assert b"\r\n__exception__\r\n" + tag + b"\r\nCode: 395." in received[-2000:]

    def test_other_peoples_web_pages_get_nothing(self, warehouse: Warehouse) -> None:
        for headers in ({"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = requests.get(warehouse.url, params={"query": "SELECT 4711"}, headers=headers, timeout=9)
            assert answer.status_code == 403
            assert "4711" not in answer.text

    @pytest.mark.parametrize(
        "line",
        [
            "GET /?query=%ff%zz&query_id=%ff HTTP/1.1",
            "GET /?query=SELECT%201;;&&&=&param_=&=x HTTP/1.1",
            "GET /?%00=%00&query=SELECT%00 HTTP/1.1",
            "GET //?query=SELECT+1 HTTP/1.1",
            "PUT /?query=SELECT+1 HTTP/1.1",
            "OPTIONS / HTTP/1.1",
            "HEAD /?query=SELECT+1 HTTP/1.1",
            "GET /nothing?query=SELECT+1 HTTP/1.1",
            "GET /?query=SELECT+1 HTTP/1.0",
            "BREW /?query=SELECT+1 HTTP/1.1",
            "nonsense",
        ],
    )
    def test_odd_requests_are_answered(self, warehouse: Warehouse, line: str) -> None:
        with socket.create_connection(("127.0.0.1", warehouse.port), 5) as connection:
            connection.sendall(f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = connection.makefile("rb").read()
        status = int(answer.split()[1])
        assert status != 500
        assert status in (200, 404, 405) or status == 400 or b"X-ClickHouse-Exception-Code" in answer, answer
        assert warehouse.post("SELECT 1").text == "1\n"

    def test_settings_of_one_query_do_not_reach_the_next(self, warehouse: Warehouse) -> None:
        ask = "SELECT getSetting('join_use_nulls'), getSetting('max_block_size')"
        before = warehouse.post(ask).text
        assert warehouse.post(ask, join_use_nulls="1", max_block_size="77").text == "true\t77\n"
        assert warehouse.post(f"{ask} SETTINGS join_use_nulls = 1, max_block_size = 78").text == "true\t78\n"
        for _ in range(10):
            assert warehouse.post(ask).text == before
