"""What readers do every day passes the guard and gives what the engine itself gives."""

from __future__ import annotations

import pytest
from warehouse_client import Warehouse

QUERIES = [
    "SELECT 1",
    "SELECT 1;",
    "select 1 -- a comment\n + /* another */ 2",
    "SELECT count() FROM beds",
    "SELECT * FROM helsepuls.beds ORDER BY as_of LIMIT 3",
    "SELECT * FROM `helsepuls`.`beds` ORDER BY as_of LIMIT 3 OFFSET 2",
    'SELECT "unit" FROM "helsepuls"."beds" ORDER BY as_of LIMIT 1',
    "FROM beds SELECT unit, ward ORDER BY as_of LIMIT 2",
    "SELECT unit, avg(occupied) AS mean FROM beds GROUP BY unit HAVING mean > 10 ORDER BY unit",
    "SELECT unit, ward, sum(occupied) FROM beds GROUP BY unit, ward WITH TOTALS ORDER BY unit, ward",
    "SELECT unit, count() FROM beds GROUP BY ROLLUP(unit) ORDER BY unit, count()",
    "SELECT unit, count(), grouping(unit) FROM beds GROUP BY GROUPING SETS ((unit), ()) ORDER BY ALL",
    "SELECT countIf(occupied IS NULL), sumIf(occupied, ward = 'A'), uniqExact(unit), quantile(0.9)(share) FROM beds",
    "SELECT uniqExactMerge(s) FROM (SELECT uniqExactState(unit) AS s FROM beds)",
    "SELECT argMax(occupied, as_of), any(ward) FROM beds WHERE unit = 'unit 1' AND ward = 'A'",
    "SELECT groupArray(5)(unit) FROM (SELECT unit FROM beds ORDER BY as_of)",
    "SELECT topKArray(2)(tags) FROM (SELECT * FROM beds ORDER BY as_of LIMIT 4)",
    "SELECT count(*) FILTER (WHERE ward = 'A'), count(DISTINCT unit) FROM beds",
    "WITH latest AS (SELECT unit, max(as_of) AS at FROM beds GROUP BY unit) SELECT * FROM latest ORDER BY unit",
    "WITH 5 AS n, (SELECT max(share) FROM beds) AS top SELECT n, top",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
    "SELECT b.unit, o.most FROM beds AS b INNER JOIN occupancy AS o ON b.unit = o.unit ORDER BY b.as_of LIMIT 3",
    "SELECT unit FROM beds LEFT JOIN occupancy USING (unit) ORDER BY as_of LIMIT 3",
    "SELECT a.unit FROM beds a ASOF JOIN beds b ON a.unit = b.unit AND a.as_of >= b.as_of ORDER BY a.as_of LIMIT 1",
    "SELECT unit FROM beds WHERE unit IN (SELECT unit FROM occupancy WHERE most > 4990) ORDER BY as_of LIMIT 2",
    "SELECT unit FROM beds WHERE unit IN ('unit 1', 'unit 2') AND ward NOT IN ('B') ORDER BY as_of LIMIT 2",
    "SELECT count() FROM beds WHERE (unit, ward) IN (('unit 1', 'A'))",
    "WITH few AS (SELECT 'unit 1') SELECT count() FROM beds WHERE unit IN few",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM beds)",
    "SELECT count() FROM beds WHERE share > ALL (SELECT 1)",
    "SELECT 1 UNION ALL SELECT 2 UNION DISTINCT SELECT 2",
    "(SELECT 1 AS a) UNION ALL (SELECT 2) INTERSECT SELECT 2",
    "SELECT number FROM numbers(3) EXCEPT SELECT 1",
    "SELECT arrayMap(x -> x || '!', tags), arrayFilter((x, y) -> y > 1, [1, 2], [1, 2]) FROM beds ORDER BY as_of "
    "LIMIT 1",
    "WITH (x -> x * 2) AS double, (x, y) -> x + y AS total SELECT double(3), total(1, 2), arrayMap(double, [1, 2])",
    "SELECT arrayMap(upper, tags), arraySort(tags), arrayExists(x -> x = share, [share]) FROM beds ORDER BY as_of "
    "LIMIT 1",
    "SELECT count() FROM beds AS b WHERE b.unit IN ('unit 1', 'unit 2')",
    "SELECT tags[1], facts['k'], tupleElement((1, 'a'), 2), (1, 2).1, mapKeys(facts) FROM beds ORDER BY as_of LIMIT 1",
    "SELECT tag FROM beds ARRAY JOIN tags AS tag ORDER BY as_of, tag LIMIT 3",
    "SELECT * EXCEPT (tags, facts) REPLACE (upper(unit) AS unit) FROM beds ORDER BY as_of LIMIT 1",
    "SELECT COLUMNS('^o') APPLY (max), COLUMNS('share') APPLY (x -> round(max(x), 1)) FROM beds",
    "SELECT * EXCEPT (ward, tags, facts) APPLY (toString) FROM beds ORDER BY as_of LIMIT 1",
    "SELECT unit, row_number() OVER (PARTITION BY unit ORDER BY as_of) AS n FROM beds ORDER BY as_of LIMIT 3",
    "SELECT sum(share) OVER w, lagInFrame(share) OVER w FROM beds WINDOW w AS (ORDER BY as_of ROWS BETWEEN 2 PRECEDING "
    "AND CURRENT ROW) ORDER BY as_of LIMIT 3",
    "SELECT toStartOfHour(as_of) AS hour, count() FROM beds GROUP BY hour ORDER BY hour LIMIT 3",
    "SELECT toStartOfInterval(as_of, INTERVAL 15 MINUTE) AS q, count() FROM beds GROUP BY q ORDER BY q LIMIT 2",
    "SELECT toStartOfDay(as_of) AS d, count() FROM beds GROUP BY d ORDER BY d WITH FILL STEP INTERVAL 1 DAY LIMIT 5",
    "SELECT DATE '2026-01-01' + INTERVAL 1 MONTH, dateDiff('day', toDate('2026-01-01'), toDate('2026-03-01'))",
    "SELECT CAST(occupied AS Nullable(String)), share::Decimal(10, 2), extract(HOUR FROM as_of) FROM beds "
    "ORDER BY as_of LIMIT 1",
    "SELECT CASE ward WHEN 'A' THEN 1 ELSE 2 END, ward = 'A' ? 'x' : 'y', if(occupied > 3, 1, NULL) FROM beds "
    "ORDER BY as_of LIMIT 2",
    "SELECT coalesce(occupied, -1), ifNull(occupied, 0), occupied IS NULL, occupied <=> NULL FROM beds "
    "ORDER BY as_of LIMIT 1",
    "SELECT unit LIKE '%1', unit ILIKE 'UNIT%', match(unit, '[0-9]$'), position(unit, ' '), substring(unit FROM 1 FOR "
    "4) FROM beds ORDER BY as_of LIMIT 1",
    "SELECT DISTINCT ward FROM beds ORDER BY ward",
    "SELECT unit, as_of FROM beds ORDER BY as_of LIMIT 1 BY unit LIMIT 3",
    "SELECT unit FROM beds ORDER BY unit DESC NULLS LAST, as_of LIMIT 1 WITH TIES",
    "SELECT unit FROM beds PREWHERE ward = 'A' WHERE share > 3 ORDER BY as_of LIMIT 1",
    "SELECT unit, revision FROM latest FINAL ORDER BY unit",
    "SELECT number FROM numbers(2, 3)",
    "SELECT * FROM generate_series(1, 5, 2)",
    "SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y'))",
    "SELECT * FROM view(SELECT 1 AS x)",
    "SELECT * FROM beds_known_at(at = '2026-01-01 00:02:00') ORDER BY as_of",
    "SELECT count() FROM helsepuls.beds_known_at(at = toDateTime64('2026-01-01 01:00:00', 3))",
    "SELECT unit, most FROM occupancy ORDER BY unit",
    "SELECT -1, 0.1, 1e-310, 18446744073709551615, nan, -inf, 0x1F, true, NULL, 'it''s', 'a\\tb\\\\', [1, 2.5], "
    "map('a', 1)",
    "SELECT 'a\\xff\\0b', unhex('ff')",
    "SELECT 'heredoc', $$text with 'quotes'$$",
    "SELECT sum(share) FROM beds SETTINGS max_threads = 1, join_use_nulls = 1",
    "SELECT unit FROM (SELECT unit FROM beds ORDER BY as_of LIMIT 3 SETTINGS max_block_size = 9) SETTINGS extremes = 0",
    "SHOW TABLES",
    "SHOW TABLES FROM helsepuls LIKE 'beds%'",
    "SHOW FULL TABLES NOT ILIKE 'BEDS%' LIMIT 2",
    "SHOW CREATE TABLE beds",
    "SHOW CREATE VIEW helsepuls.occupancy",
    "SHOW COLUMNS FROM beds",
    "DESCRIBE beds",
    "DESC TABLE helsepuls.occupancy",
    "EXISTS beds",
    "EXISTS TABLE helsepuls.nothing",
    "EXISTS DATABASE helsepuls",
    "EXPLAIN SELECT unit FROM beds",
    "EXPLAIN SYNTAX SELECT unit FROM beds",
    "EXPLAIN indexes = 1 SELECT unit FROM beds WHERE unit = 'unit 1'",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_gives_what_the_engine_gives(warehouse: Warehouse, sql: str) -> None:
    answer = warehouse.post(sql, default_format="TabSeparatedWithNamesAndTypes")
    assert answer.status_code == 200, answer.text
    assert answer.content == bytes(warehouse.ask(raw=sql))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT currentDatabase()", "helsepuls\n"),
        ("SHOW DATABASES", "helsepuls\nsystem\n"),
        ("SELECT name FROM system.databases ORDER BY name", "helsepuls\nsystem\n"),
        ("SELECT DISTINCT database FROM system.tables ORDER BY 1", "helsepuls\nsystem\n"),
        ("SELECT DISTINCT table FROM system.columns WHERE database = 'helsepuls' AND name = 'most'", "occupancy\n"),
        ("DESCRIBE (SELECT unit, most FROM occupancy)", "unit\tString\t\t\t\t\t\nmost\tNullable(UInt32)\t\t\t\t\t\n"),
        ("SELECT dummy FROM system.one", "0\n"),
        ("SELECT system.one.dummy, one.dummy FROM system.one", "0\t0\n"),
        ("SELECT count() > 1000 FROM system.functions", "1\n"),
        ("EXPLAIN QUERY TREE SELECT 1", "QUERY id"),
        ("EXPLAIN PIPELINE SELECT 1", "("),
        ("EXPLAIN ESTIMATE SELECT * FROM beds", "helsepuls\tbeds"),
        ("SELECT count() > 0 FROM beds_known_at(at = '2026-01-02 00:00:00') FORMAT CSV", "1\n"),
    ],
)
def test_what_the_writer_sees_otherwise(warehouse: Warehouse, sql: str, expected: str) -> None:
    answer = warehouse.post(sql)
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith(expected)


def test_parameterised_view_is_described(warehouse: Warehouse) -> None:
    lines = warehouse.post("DESCRIBE beds_known_at(at = '2026-01-01 00:00:00')").text.splitlines()
    assert [line.split("\t")[0] for line in lines][:3] == ["unit", "ward", "as_of"]


def test_relation_given_as_a_parameter(warehouse: Warehouse) -> None:
    answer = warehouse.post("SELECT max({c:Identifier}) > 0 FROM {t:Identifier}", param_t="beds", param_c="share")
    assert answer.text == "1\n", answer.text
