"""Whatever is sent: the answer is a result or an error as ClickHouse gives it, and nothing else is read or written."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_permitted_queries import QUERIES
from warehouse_client import Warehouse

OUTSIDE = Path("/tmp/helsepuls-written-by-a-reader")
_WORDS = f"""
    SELECT FROM WHERE IN NOT ( ) , ; * . -- /* */ ' " ` \\ $$ {{ }} : -> = INTO OUTFILE APPEND FORMAT SETTINGS UNION ALL
    WITH AS APPLY EXPLAIN DESCRIBE EXISTS SHOW TABLES INSERT VALUES SET KILL QUERY file url system processes elsewhere
    secrets written beds readonly max_threads 1 0 '/etc/passwd' '{OUTSIDE}' Null JSON Native Template x y identity
    arrayMap view values numbers Identifier GROUP ORDER BY LIMIT ARRAY JOIN FINAL SAMPLE CAST interval NULL \0 æ
"""
_FIELDS = """
    param_x param_ database default_format max_threads readonly final query_id role compress wait_end_of_query
    output_format_json_quote_64bit_integers additional_table_filters session_timezone limit
"""
WORDS = st.sampled_from(_WORDS.split())
SENTENCES = st.lists(WORDS, max_size=25).map(" ".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A permitted query with a piece cut out, moved, doubled or replaced."""
    sql = draw(st.sampled_from(QUERIES))
    first, second = sorted((draw(st.integers(0, len(sql))), draw(st.integers(0, len(sql)))))
    piece = draw(st.one_of(WORDS, SENTENCES, st.just(sql[first:second]), st.just(draw(st.sampled_from(QUERIES)))))
    return sql[:first] + piece + sql[draw(st.sampled_from((first, second))) :]


STATEMENTS = st.one_of(
    mutated().map(lambda sql: sql.encode("utf-8", "replace")),
    SENTENCES.map(str.encode),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.binary(max_size=60),
)
FIELDS = st.dictionaries(
    st.one_of(
        st.sampled_from(_FIELDS.split()),
        st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=20).filter(lambda x: x != "query"),
    ),
    st.one_of(WORDS, st.text(max_size=20), st.integers(-2, 2**70).map(str)),
    max_size=3,
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(sql=STATEMENTS, fields=FIELDS)
def test_answers_like_clickhouse(warehouse: Warehouse, sql: bytes, fields: dict[str, str]) -> None:
    answer = warehouse.post(sql, **fields)
    if answer.status_code != 200:
        code = answer.headers["X-ClickHouse-Exception-Code"]
        assert answer.content.startswith(f"Code: {code}. DB::Exception: ".encode())
        assert code != "1002", answer.text
    assert b"root:x:" not in answer.content
    assert b"canary" not in answer.content
    assert warehouse.is_running()


def test_nothing_was_written(warehouse: Warehouse) -> None:
    """After the requests above, in the same process."""
    assert warehouse.ask(query="SELECT count() FROM helsepuls.written") == [["0"]]
    assert warehouse.ask(query="SELECT name FROM elsewhere.secrets") == [["canary"]]
    assert not OUTSIDE.exists()
    assert "query crashed" not in warehouse.log()
