from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from reference.releases import shipped
from reference.tables import ADDED, CATCHMENT, MUNICIPALITIES, UNITS, Reference, build
from schemas import catalog, wire
from schemas.columnar import decode
from schemas.golden import load as golden
from schemas.slow import encode_one
from schemas.types import FAMILIES, raw_topic

OLD, NEW = date(2019, 12, 31), date(2020, 1, 1)


@pytest.fixture
def reference() -> Reference:
    units = pl.DataFrame(
        [("983971636", "Ahus", None, "Akershus universitetssykehus HF", "Helse Sør-Øst RHF", None, None, None)],
        schema=UNITS,
        orient="row",
    )
    municipalities = pl.DataFrame(
        [
            ("1201", "Bergen", "12", None, OLD, "4601"),
            ("4601", "Bergen", "46", NEW, None, None),
            ("0101", "Oldest", "01", None, date(1999, 12, 31), "0102"),
            ("0102", "Old", "01", None, OLD, "3001"),
            ("3001", "New", "30", NEW, None, None),
            ("1507", "Split", "15", NEW, date(2023, 12, 31), None),
            ("1534", "Into the split one", "15", None, OLD, "1507"),
            ("7001", "Circle", "70", None, OLD, "7002"),
            ("7002", "Circle", "70", None, OLD, "7001"),
        ],
        schema=MUNICIPALITIES,
        orient="row",
    )
    catchment = pl.DataFrame(
        [
            ("4601", None, "Helse Vest RHF", "Bergen", "Haukeland", None),
            ("4601", "460101", "Helse Vest RHF", "Bergen", "Haraldsplass", None),
            ("0102", None, "Helse Sør-Øst RHF", "Østfold", "Kalnes", None),
        ],
        schema=CATCHMENT,
        orient="row",
    )
    return build("r1", units, municipalities, catchment)


def enriched(reference: Reference, **columns: list[Any]) -> list[dict[str, Any]]:
    size = len(next(iter(columns.values())))
    frame = pl.DataFrame({"reporter": ["983971636"] * size, **columns})
    result = reference.enrich(frame)
    assert result.columns == [*frame.columns, *ADDED]
    assert result.select(frame.columns).equals(frame)
    return result.to_dicts()


def test_reporters(reference: Reference) -> None:
    known, unknown = reference.enrich(pl.DataFrame({"reporter": ["983971636", "999999999"]})).to_dicts()
    assert (known["reporter_name"], known["health_trust"]) == ("Ahus", "Akershus universitetssykehus HF")
    assert known["region"] == "Helse Sør-Øst RHF"
    assert (unknown["reporter_name"], unknown["health_trust"], unknown["region"]) == (None, None, None)
    assert known["reference_release"] == unknown["reference_release"] == "r1"


@pytest.mark.parametrize(
    ("code", "home", "county"),
    [
        ("4601", "4601", "46"),
        ("1201", "4601", "46"),
        ("0101", "3001", "30"),
        ("1507", None, None),
        ("1534", None, None),
        ("7001", None, None),
        ("9876", None, None),
        ("-1", None, None),
        (None, None, None),
    ],
)
def test_home_municipality_is_made_current(
    reference: Reference, code: str | None, home: str | None, county: str | None
) -> None:
    (event,) = enriched(reference, komNrHjem=pl.Series([code], dtype=pl.String))
    assert (event["home_municipality"], event["home_county"]) == (home, county)


@pytest.mark.parametrize(
    ("code", "district", "hospital"),
    [
        ("4601", None, "Haukeland"),
        ("4601", "460101", "Haraldsplass"),
        ("4601", "460199", "Haukeland"),
        ("1201", "120101", "Haraldsplass"),
        ("1201", "460101", "Haraldsplass"),
        ("3001", "460101", "Kalnes"),
        ("3001", None, "Kalnes"),
        (None, "460101", None),
    ],
)
def test_catchment_by_district_else_by_municipality_old_codes_included(
    reference: Reference, code: str | None, district: str | None, hospital: str | None
) -> None:
    columns = {"komNrHjem": pl.Series([code], dtype=pl.String), "bydel": pl.Series([district], dtype=pl.String)}
    (event,) = enriched(reference, **columns)
    assert event["catchment_hospital"] == hospital


@pytest.mark.parametrize(
    ("age", "group"),
    [(0, "0-9"), (9, "0-9"), (10, "10-19"), (89, "80-89"), (90, "90+"), (131, "90+"), (-1, None), (None, None)],
)
def test_age_groups(reference: Reference, age: int | None, group: str | None) -> None:
    (event,) = enriched(reference, age_years=pl.Series([age], dtype=pl.Int32))
    assert event["age_group"] == group


def test_order_and_number_of_rows_stay(reference: Reference) -> None:
    codes = ["4601", "1201", None, "9876"] * 50
    events = enriched(reference, komNrHjem=codes, n=list(range(200)))
    assert [event["n"] for event in events] == list(range(200))
    assert [event["home_municipality"] for event in events] == ["4601", "4601", None, None] * 50


def test_no_rows(reference: Reference) -> None:
    empty = pl.DataFrame(
        schema={"reporter": pl.String, "komNrHjem": pl.String, "bydel": pl.String, "age_years": pl.Int32}
    )
    assert reference.enrich(empty).columns == [*empty.columns, *ADDED]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gets_every_column(family: str) -> None:
    manifest, tables = shipped()
    reference = build(manifest.release, tables["units"], tables["municipalities"], tables["catchment"])
    schema = catalog.latest(raw_topic(family))
    frame = decode(schema, [wire.frame(schema.id, encode_one(schema, event)) for event in golden(schema.topic)]).frame
    result = reference.enrich(frame)
    assert result.columns == [*frame.columns, *ADDED]
    assert {result.schema[name] for name in ADDED} == {pl.String}
    assert result["reference_release"].null_count() == 0
    if family == "episode":
        assert result["home_municipality"].to_list() == [event["komNrHjem"] for event in golden(schema.topic)]


def test_shipped_tables_know_the_authorities_and_trusts() -> None:
    units = shipped()[1]["units"]
    assert units["region"].unique().sort().to_list() == [
        "Helse Midt-Norge RHF",
        "Helse Nord RHF",
        "Helse Sør-Øst RHF",
        "Helse Vest RHF",
    ]
    assert (
        units.filter(pl.col("health_trust").is_null())["name"].to_list()
        == units.filter(pl.col("name").str.ends_with("RHF"))["name"].to_list()
    )
    assert len(units.filter(pl.col("name").str.ends_with(" HF"))) == 20
    assert units["orgnr"].is_unique().all()


def test_only_split_municipalities_and_what_became_part_of_them_are_lost() -> None:
    merged_into_them = {"1504", "1523", "1529", "1534", "1546", "1613"}
    tables = shipped()[1]
    reference = build("r", tables["units"], tables["municipalities"], tables["catchment"])
    homes = dict(reference.homes.select("komNrHjem", "home_municipality").iter_rows())
    present = tables["municipalities"].filter(pl.col("valid_to").is_null())["code"].to_list()
    assert all(homes[code] == code for code in present)
    lost = set(tables["municipalities"]["code"]) - set(homes)
    assert lost == {"1507", "1850", "5012", *merged_into_them}
