"""Views by level are read out of the daily view's SELECT."""

from __future__ import annotations

import pytest

from schemas.errors import Fatal
from sinks.level_views import by_level, name_of

TEMPLATE = "{figures}\n--\n{columns}\n--\n{told_columns}\n{untouched:String} {other}"
DAILY = """\
-- Head.
WITH one AS (SELECT 1)
SELECT
    day,
    region,
    health_trust,
    reporter,
    max(stays.reporter_name) AS reporter_name,
    unit,
    home_municipality,
    sex,
    countIf(has(['a', 'b,c('], kind) AND x AS y) AS contacts,
    countIf(repaired) / contacts AS repaired_share,
    {now} AS as_known_at
FROM {npr_stays} AS stays
WHERE sex = ')'
GROUP BY
    day, region, health_trust, reporter, unit, home_municipality, sex
"""


def filled(text: str = DAILY) -> list[str]:
    return by_level("npr_stays_daily", text, TEMPLATE, ["episode", "movement"]).split("\n--\n")


def test_the_name_says_what_it_is() -> None:
    assert name_of("npr_stays_daily") == "npr_stays_by_level"


def test_figures_are_worked_out_as_in_the_daily_view_over_the_places_of_the_level() -> None:
    figures = filled()[0]
    assert "countIf(has(['a', 'b,c('], kind) AND x AS y) AS contacts,\n" in figures
    own = "if({level:String} IN ('trust', 'unit'), CAST(health_trust, 'Nullable(String)'), NULL) AS place_health_trust"
    assert own in figures
    name = "if({level:String} IN ('unit'), CAST(max(stays.reporter_name), 'Nullable(String)'), NULL) AS reporter_name"
    assert name in figures
    assert "FROM {npr_stays} AS stays\n        WHERE sex = ')'\n" in figures
    assert "WITH one AS (SELECT 1)" in figures
    assert " sex" not in figures.split("GROUP BY")[1]
    assert "as_known_at" not in figures


def test_a_share_is_unknown_where_no_row_is_behind_it_and_a_count_is_0() -> None:
    columns, told = filled()[1:]
    assert "max(either.repaired_share) AS repaired_share" in columns
    assert "ifNull(max(either.contacts), 0) AS contacts" in columns
    assert "NULL AS contacts, NULL AS repaired_share" in told


def test_marks_of_the_reader_and_of_other_readers_are_left() -> None:
    assert filled()[2].endswith("{untouched:String} {other}")


@pytest.mark.parametrize("missing", ["SELECT\n", "FROM ", "GROUP BY"])
def test_a_file_of_another_shape_is_refused(missing: str) -> None:
    with pytest.raises(Fatal, match=r"npr_stays_daily\.sql must be SELECT, FROM and GROUP BY"):
        filled(DAILY.replace(missing, ""))
