"""What the reference tables add to events, for a whole batch at once.

Everything that can be worked out per code is worked out when a release is loaded (renumberings followed to their end,
catchment by old codes too), so that a batch costs three joins with small tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

PolarsType = type[pl.String] | type[pl.Date] | type[pl.Float64] | type[pl.Int64]

UNITS: dict[str, PolarsType] = {
    "orgnr": pl.String,
    "name": pl.String,
    "hospital": pl.String,
    "health_trust": pl.String,
    "region": pl.String,
    "kommuneNr": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
}
MUNICIPALITIES: dict[str, PolarsType] = {
    "code": pl.String,
    "name": pl.String,
    "county": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "successor": pl.String,
}
CATCHMENT: dict[str, PolarsType] = {
    "kommune": pl.String,
    "bydel": pl.String,
    "region": pl.String,
    "health_trust": pl.String,
    "hospital": pl.String,
    "dps": pl.String,
}
HELSEFELLESSKAP: dict[str, PolarsType] = {
    "kommuneNr": pl.String,
    "helsefellesskap": pl.String,
}
POPULATION: dict[str, PolarsType] = {
    "kommuneNr": pl.String,
    "date": pl.Date,
    "sex": pl.String,
    "age_group": pl.String,
    "population": pl.Int64,
}
"""Columns and types of the tables of a release."""

ADDED = (
    "reporter_name",
    "health_trust",
    "region",
    "home_municipality",
    "home_county",
    "catchment_trust",
    "catchment_hospital",
    "age_group",
    "reference_release",
)
"""The columns that `Reference.enrich` adds, in this order."""

KEYS = ("reporter", "komNrHjem", "bydel", "age_years")
"""The columns that `Reference.enrich` looks up, where they are."""

_HOME = ("home_municipality", "home_county", "catchment_trust", "catchment_hospital")
_OLDEST = 9  # decades: 90 and above are one group
_AGE_GROUPS = {**{d: f"{d * 10}-{d * 10 + 9}" for d in range(_OLDEST)}, _OLDEST: "90+"}
AGE_GROUPS = tuple(_AGE_GROUPS.values())
SEXES = ("1", "2")
"""Of code list 3101, those that a table of population tells apart."""


@dataclass(frozen=True)
class Reference:
    """One release of the reference tables, ready for use. Made by `build`."""

    release: str
    reporters: pl.DataFrame
    """`reporter`, reporter_name, health_trust, region."""
    homes: pl.DataFrame
    """`komNrHjem` (every code ever in force), home_municipality, home_county, catchment_trust, catchment_hospital."""
    districts: pl.DataFrame
    """`komNrHjem`, `bydel`, and the catchment where it is the district's own."""

    def enrich(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` (rows and their order unchanged) with the columns of `ADDED`.

        Needs `reporter`; uses `komNrHjem`, `bydel` and `age_years` where they are, and gives nulls where they are not.
        What no table knows is null: an unknown reporter, a municipality that is not in force and was split (it has no
        one successor), a place without a catchment.
        """
        keys = [name for name in KEYS if name in frame.columns]
        found = frame[keys].join(self.reporters, on="reporter", how="left", maintain_order="left")
        if "komNrHjem" in keys:
            found = found.join(self.homes, on="komNrHjem", how="left", maintain_order="left")
        if "bydel" in keys and len(self.districts):
            found = found.join(self.districts, on=["komNrHjem", "bydel"], how="left", maintain_order="left")
        finished = {expr.meta.output_name(): expr for expr in self._finished(found.columns)}
        return frame.hstack(found.select(finished.get(name, pl.col(name)) for name in ADDED))

    def _finished(self, columns: list[str]) -> list[pl.Expr]:
        nothing = pl.lit(None, pl.String)
        age = nothing
        if "age_years" in columns:
            years = pl.col("age_years")
            decade = (pl.when(years >= 0).then(years) // 10).clip(upper_bound=_OLDEST)
            age = decade.replace_strict(_AGE_GROUPS, return_dtype=pl.String)
        finished = [age.alias("age_group"), pl.lit(self.release).alias("reference_release")]
        if "home_municipality" not in columns:
            finished += [nothing.alias(name) for name in _HOME]
        if "_district_trust" in columns:
            finished += [
                pl.coalesce("_district_trust", "catchment_trust").alias("catchment_trust"),
                pl.coalesce("_district_hospital", "catchment_hospital").alias("catchment_hospital"),
            ]
        return finished


def build(release: str, units: pl.DataFrame, municipalities: pl.DataFrame, catchment: pl.DataFrame) -> Reference:
    """The tables of a release (columns as `UNITS`, `MUNICIPALITIES`, `CATCHMENT`) made ready for `enrich`."""
    reporters = units.select(
        pl.col("orgnr").alias("reporter"), pl.col("name").alias("reporter_name"), "health_trust", "region"
    )
    current = _made_current(municipalities)
    catchment = catchment.select(
        pl.col("kommune").replace(dict(current.iter_rows())).alias("kommune"),
        "bydel",
        pl.col("health_trust").alias("catchment_trust"),
        pl.col("hospital").alias("catchment_hospital"),
    ).unique(["kommune", "bydel"], keep="first", maintain_order=True)
    counties = municipalities.select(pl.col("code").alias("home_municipality"), pl.col("county").alias("home_county"))
    whole = catchment.filter(pl.col("bydel").is_null()).drop("bydel")
    homes = current.join(counties, on="home_municipality", how="left").join(
        whole, left_on="home_municipality", right_on="kommune", how="left"
    )
    return Reference(release, reporters, homes, _districts(current, catchment.drop_nulls("bydel")))


def _made_current(municipalities: pl.DataFrame) -> pl.DataFrame:
    """`komNrHjem` → `home_municipality`, through all renumberings; codes without one last successor are left out."""
    successors = dict(municipalities.select("code", "successor").iter_rows())
    in_force = set(municipalities.filter(pl.col("valid_to").is_null())["code"])

    def last(code: str) -> str | None:
        seen = {code}
        while code not in in_force:
            following = successors.get(code)
            if following is None or following in seen:
                return None
            seen.add(code := following)
        return code

    found = {code: end for code in municipalities["code"] if (end := last(code)) is not None}
    return pl.DataFrame(
        {"komNrHjem": list(found), "home_municipality": list(found.values())},
        schema={"komNrHjem": pl.String, "home_municipality": pl.String},
    )


def _districts(current: pl.DataFrame, catchment: pl.DataFrame) -> pl.DataFrame:
    """Districts by the present and by all former codes of their municipality, with which their own codes begin."""
    former = current.join(catchment, left_on="home_municipality", right_on="kommune", how="inner")
    renumbered = pl.concat_str(pl.col("komNrHjem"), pl.col("bydel").str.slice(4)).alias("bydel")
    return (
        pl.concat([former, former.with_columns(renumbered)])
        .select(
            "komNrHjem",
            "bydel",
            pl.col("catchment_trust").alias("_district_trust"),
            pl.col("catchment_hospital").alias("_district_hospital"),
        )
        .unique(["komNrHjem", "bydel"], keep="first", maintain_order=True)
    )
