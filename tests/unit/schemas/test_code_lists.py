from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import AVRO
from schemas.codes import code_list, code_lists, models_for, municipalities, newer_models, renumberings, valid
from schemas.types import FAMILIES

ALL_CODES = sorted({code.value for codes in code_lists().values() for code in codes.codes})


def named_in_schemas() -> Iterator[str]:
    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "codeList" in node:
                yield node["codeList"]
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    for path in (AVRO / "parts").glob("*.json"):
        yield from walk(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("oid", sorted(set(named_in_schemas())))
def test_every_list_that_a_schema_names_is_here(oid: str) -> None:
    assert code_list(oid).codes
    assert code_list(oid).source


def test_every_code_has_a_text_and_stands_once() -> None:
    for oid, codes in code_lists().items():
        assert len({code.value for code in codes.codes}) == len(codes.codes), oid
        assert all(code.text.strip() == code.text and code.text and code.value for code in codes.codes), oid
        assert all(not (c.valid_from and c.valid_to) or c.valid_from <= c.valid_to for c in codes.codes), oid


def test_unknown_list() -> None:
    with pytest.raises(KeyError):
        valid("9999", pl.col("code"))


@given(
    st.sampled_from(sorted(code_lists())),
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.sampled_from(ALL_CODES), st.text(max_size=6)),
            st.one_of(st.none(), st.dates(date(1985, 1, 1), date(2030, 1, 1))),
        ),
        min_size=1,
        max_size=30,
    ),
)
@settings(deadline=None)
def test_a_column_is_judged_as_each_code_alone(oid: str, rows: list[tuple[str | None, date | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"code": pl.String, "at": pl.Date}, orient="row")
    expected = [None if code is None else code_list(oid).holds(code, at) for code, at in rows]
    assert frame.select(valid(oid, pl.col("code"), pl.col("at"))).to_series().to_list() == expected
    ever = [None if code is None else code_list(oid).holds(code) for code, _ in rows]
    assert frame.select(valid(oid, pl.col("code"))).to_series().to_list() == ever


def test_validity_changes_at_norwegian_midnight() -> None:
    midnight = datetime(2019, 12, 31, 23, tzinfo=UTC)
    at = pl.Series("at", [midnight - timedelta(milliseconds=1), midnight], pl.Datetime("ms", "UTC"))
    judged = at.to_frame().select(
        halden=valid("3402", pl.lit("0101"), pl.col("at")), viken=valid("3402", pl.lit("3001"), pl.col("at"))
    )
    assert judged.rows() == [(True, False), (False, True)]


def test_municipalities_in_force() -> None:
    table = municipalities()
    assert table.get_column("code").n_unique() == table.height
    current = table.filter(pl.col("valid_to").is_null())
    special = {"2100", "2211", "2311", "2321", "8888", "9000", "9900", "9999"}
    assert current.filter(~pl.col("code").is_in(special)).height == 357
    assert table.filter(pl.col("valid_to").is_null() != pl.col("successor").is_null()).is_empty()
    counties = {code.value for code in code_list("3401").codes}
    assert set(table.get_column("county")) <= counties


def test_renumberings_end_in_what_is_in_force() -> None:
    current = set(municipalities().filter(pl.col("valid_to").is_null()).get_column("code"))
    assert set(renumberings().values()) <= current
    assert not set(renumberings()) & current
    assert renumberings()["0101"] == "3101"  # Halden: Østfold, Viken, Østfold
    assert renumberings()["1613"] == "5059"  # Snillfjord, renumbered with Trøndelag, then part of Orkland


def test_a_code_ends_the_day_before_its_successor_begins() -> None:
    table = municipalities()
    begins = dict(zip(table["code"], table["valid_from"], strict=True))
    for row in table.filter(pl.col("successor").is_not_null()).iter_rows(named=True):
        if begins[row["successor"]]:
            assert begins[row["successor"]] <= date(row["valid_to"].year + 1, 1, 1)


def test_models() -> None:
    assert newer_models("53.1.3") == ("56.0.0", "57.0.1", "58.0.1")
    assert newer_models("58.0.1") == ()
    assert all("53.1.3" in models_for(family) for family in FAMILIES)
    assert [family for family in FAMILIES if "1.0" in models_for(family)] == ["capacity"]
