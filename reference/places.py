"""The reference tables as analysts join them: a row per municipality and per unit, and the population in its parts.

Municipalities are those in force, as `home_municipality` of an event is; what the tables say of former ones is led
through all renumberings. What no table says is null, and so is a sum of which a part is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from reference.tables import AGE_GROUPS, SEXES, Reference, build
from schemas.codes.lists import code_list

_COUNTIES = "3401"


@dataclass(frozen=True)
class Places:
    """One release, ready to be joined."""

    release: str
    municipalities: pl.DataFrame
    """kommuneNr, name, county, county_name, helsefellesskap, catchment_trust, population, population_of."""
    units: pl.DataFrame
    """orgnr, name, kommuneNr, hospital, health_trust, region, latitude, longitude, catchment_population."""
    population: pl.DataFrame
    """kommuneNr, sex, age_group, population, population_of."""


def places(release: str, tables: Mapping[str, pl.DataFrame]) -> Places:
    """Of the tables of a release, as `releases.frames` gives them."""
    reference = build(release, tables["units"], tables["municipalities"], tables["catchment"])
    current = dict(reference.homes.select("komNrHjem", "home_municipality").iter_rows())
    in_force = tables["municipalities"].filter(pl.col("valid_to").is_null())
    population = _in_force(tables["population"], in_force)
    municipalities = (
        in_force.select(pl.col("code").alias("kommuneNr"), "name", "county", _county_name().alias("county_name"))
        .join(_helsefellesskap(tables["helsefellesskap"], current), on="kommuneNr", how="left")
        .join(_present(reference.homes).select("kommuneNr", "catchment_trust"), on="kommuneNr", how="left")
        .join(_totals(population), on="kommuneNr", how="left")
        .sort("kommuneNr")
    )
    return Places(release, municipalities, _units(tables["units"], current, reference, municipalities), population)


@cache
def _county_names() -> Mapping[str, str]:
    return {code.value: code.text for code in code_list(_COUNTIES).codes}


def _county_name() -> pl.Expr:
    return pl.col("county").replace_strict(_county_names(), default=None, return_dtype=pl.String)


def _present(homes: pl.DataFrame) -> pl.DataFrame:
    return homes.filter(pl.col("komNrHjem") == pl.col("home_municipality")).rename({"komNrHjem": "kommuneNr"})


def _helsefellesskap(table: pl.DataFrame, current: Mapping[str, str]) -> pl.DataFrame:
    """Null where former municipalities that are one today were in different ones."""
    return (
        table.select(_followed(current), "helsefellesskap")
        .drop_nulls("kommuneNr")
        .group_by("kommuneNr")
        .agg(pl.when(pl.col("helsefellesskap").n_unique() == 1).then(pl.col("helsefellesskap").first()).first())
    )


def _followed(current: Mapping[str, str]) -> pl.Expr:
    """`kommuneNr` as it is today."""
    return pl.col("kommuneNr").replace_strict(current, default=None, return_dtype=pl.String)


def _in_force(population: pl.DataFrame, in_force: pl.DataFrame) -> pl.DataFrame:
    """Rows of municipalities that have gone out of force since their import say nothing of today's."""
    return (
        population.filter(pl.col("kommuneNr").is_in(in_force["code"].implode()))
        .select(
            "kommuneNr",
            "sex",
            "age_group",
            "population",
            pl.col("date").alias("population_of"),
        )
        .sort("kommuneNr", "sex", "age_group")
    )


def _totals(population: pl.DataFrame) -> pl.DataFrame:
    """`population` of each municipality, where every sex and age group that the table tells apart is there."""
    told = {"sex": len(SEXES), "age_group": len(AGE_GROUPS)}
    parts = 1
    for name, count in told.items():
        parts *= count if population[name].drop_nulls().len() else 1
    return (
        population.group_by("kommuneNr")
        .agg(pl.col("population").sum(), pl.col("population_of").first(), pl.len().alias("parts"))
        .filter(pl.col("parts") == parts)
        .drop("parts")
    )


def _units(
    units: pl.DataFrame, current: Mapping[str, str], reference: Reference, municipalities: pl.DataFrame
) -> pl.DataFrame:
    """With the population of the catchment of each unit's hospital; of its trust, for a unit without a hospital."""
    names = pl.coalesce("hospital", "health_trust").str.to_lowercase()
    parts = _catchment(reference, municipalities)
    is_trusts = pl.col("hospital").is_null()
    sums = pl.concat(
        _sums(parts, column).with_columns(pl.lit(is_of_trust).alias("of_trust"))
        for column, is_of_trust in (("catchment_hospital", False), ("catchment_trust", True))
    )
    return (
        units.with_columns(_followed(current), names.alias("of"), is_trusts.alias("of_trust"))
        .join(sums, on=["of", "of_trust"], how="left")
        .select(
            *("orgnr", "name", "kommuneNr", "hospital", "health_trust", "region"),
            *("latitude", "longitude", "catchment_population"),
        )
        .sort("orgnr")
    )


def _catchment(reference: Reference, municipalities: pl.DataFrame) -> pl.DataFrame:
    """Parts of catchments: whose they are, and how many live there. Of districts that is not known."""
    people = dict(municipalities.select("kommuneNr", "population").iter_rows())
    homes = _present(reference.homes)
    districts = reference.districts.filter(pl.col("komNrHjem").is_in(homes["kommuneNr"].implode())).select(
        pl.col("komNrHjem").alias("kommuneNr"),
        pl.col("_district_trust").alias("catchment_trust"),
        pl.col("_district_hospital").alias("catchment_hospital"),
    )
    divided = districts["kommuneNr"].unique()
    whole = pl.when(~pl.col("kommuneNr").is_in(divided.implode())).then(
        pl.col("kommuneNr").replace_strict(people, default=None, return_dtype=pl.Int64)
    )
    return pl.concat([homes.select(districts.columns), districts]).with_columns(whole.alias("population"))


def _sums(parts: pl.DataFrame, column: str) -> pl.DataFrame:
    """`of` (a name in lower case) and the population, null as soon as that of one part is not known."""
    people = pl.col("population")
    return (
        parts.drop_nulls(column)
        .group_by(pl.col(column).str.to_lowercase().alias("of"))
        .agg(pl.when(people.null_count() == 0).then(people.sum()).alias("catchment_population"))
    )
