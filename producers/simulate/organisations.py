"""Who reports: the health trusts, then as many made-up municipalities, practices and clinics as are asked for.

The list does not depend on the seed: reporter number 5 is the same in every simulation of the same size. Made-up
organisation numbers have a valid control digit (modulus 11) and begin with 80, as no unit in our reference tables does.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from producers.simulate.hospitals import TRUSTS
from producers.simulate.people import PLACES
from producers.simulate.values import Ints
from schemas.codes import municipalities

Kind = Literal["trust", "municipality", "gp", "emergency", "health_station", "dental", "physio", "specialist"]

_LARGE: Final = {"0301": 40, "4601": 16, "5001": 12, "1103": 8, "3201": 6, "4204": 5, "3301": 4, "3107": 3, "5501": 3}
"""Municipalities with more than one place of living, roughly by inhabitants."""

_ROUND: Final[tuple[Kind, ...]] = (
    *("municipality", "gp", "health_station", "gp", "emergency"),
    *("municipality", "gp", "specialist", "physio", "dental"),
)
"""After the trusts, reporters come in rounds of this order; when the municipalities run out, practices take over."""

_NAMES: Final[dict[Kind, str]] = {
    "municipality": "{} kommune",
    "gp": "{} legesenter {}",
    "emergency": "{} legevakt {}",
    "health_station": "{} helsestasjon {}",
    "dental": "{} tannklinikk {}",
    "physio": "{} fysioterapi {}",
    "specialist": "{} spesialistklinikk {}",
}
_SYSTEMS: Final[dict[Kind, tuple[tuple[str, str, str], ...]]] = {
    "trust": (("Nordlys Journal AS", "Nordlys EPJ", "26.1"), ("Fjell Helse AS", "Fjell PAS", "7.4.2")),
    "municipality": (("Kommunedata AS", "Omsorg Pluss", "2026.1"), ("Bygda IT AS", "Hjemme", "12.0")),
    "gp": (("Praksis AS", "Praksis EPJ", "5.3"), ("Fastlegen IT AS", "Notat", "2.18")),
    "emergency": (("Praksis AS", "Praksis Vakt", "5.3"),),
    "health_station": (("Bygda IT AS", "Helsestasjon", "12.0"),),
    "dental": (("Tannsystem AS", "Dental", "9.1"),),
    "physio": (("Praksis AS", "Praksis Fysio", "5.2"),),
    "specialist": (("Klinikkdata AS", "Spesialist", "3.0"),),
}
_NO_COUNTY: Final = ("21", "22", "23", "25", "26", "88", "90", "99")
_SERIES: Final = 80_000_000
_WEIGHTS: Final = (3, 2, 7, 6, 5, 4, 3, 2)


class Organisations(NamedTuple):
    """Everyone who reports.

    `reporters`: one row each, in order: orgnr, name, kind, vendor, product, version, komNr.
    `home`: municipality number of every place of living (`producers.simulate.people`).
    `near`: the places that patients come from, reporter by reporter; those of a reporter are `near_count` places from
    `near_first` on.
    """

    reporters: pl.DataFrame
    home: pl.Series
    near: Ints
    near_first: Ints
    near_count: Ints

    def places(self, rng: np.random.Generator, reporters: Ints) -> Ints:
        """For each of `reporters` (numbers) a place that its patients come from."""
        chosen: Ints = self.near_first[reporters] + rng.integers(0, self.near_count[reporters])
        return self.near[chosen]

    def of(self, *kinds: Kind) -> Ints:
        """Numbers of the reporters of some kinds."""
        chosen = self.reporters.get_column("kind").is_in(kinds)
        return np.flatnonzero(chosen.to_numpy())


def organisations(count: int, on: date) -> Organisations:
    """`count` reporters, at most half of them trusts, and the municipalities that are in force on a day."""
    names = _in_force(on)
    by_size = sorted(names, key=lambda code: (-_LARGE.get(code, 1), code))
    home = _homes(by_size)
    places = {code: np.flatnonzero(home == code) for code in names}
    trusts = min(len(TRUSTS), (count + 1) // 2)

    rows: list[tuple[str, str, Kind, tuple[str, str, str], str]] = []
    near: list[Ints] = []
    for i, trust in enumerate(TRUSTS[:trusts]):
        rows.append((trust.orgnr, trust.name, "trust", _system("trust", i), ""))
        near.append(np.flatnonzero([code.startswith(trust.counties) for code in home]))
    orgnrs = _orgnrs(count - trusts)
    municipal = 0
    for i, orgnr in enumerate(orgnrs):
        kind = _ROUND[i % len(_ROUND)]
        if kind == "municipality" and municipal == len(by_size):
            kind = "gp"
        if kind == "municipality":
            code = by_size[municipal]
            municipal += 1
        else:
            code = str(home[i * 7 % PLACES])
        rows.append((orgnr, _NAMES[kind].format(names[code], i), kind, _system(kind, i), code))
        near.append(places[code])
    counts = np.array([len(places) for places in near], np.int64)
    return Organisations(
        _frame(rows), pl.Series(home.tolist()), np.concatenate(near), np.cumsum(counts) - counts, counts
    )


def _in_force(on: date) -> dict[str, str]:
    """Code and name of the ordinary municipalities: not the special codes for Svalbard, abroad and unknown."""
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= on)
    open_ = pl.col("valid_to").is_null() | (pl.col("valid_to") >= on)
    table = municipalities().filter(begun & open_ & ~pl.col("county").is_in(_NO_COUNTY)).sort("code")
    return dict(table.select("code", "name").iter_rows())


def _homes(by_size: list[str]) -> npt.NDArray[np.str_]:
    """The municipality of each place: every one at least once, the rest of the places to the large ones."""
    wanted = [code for code in by_size for _ in range(_LARGE.get(code, 1))]
    spare = PLACES - len(wanted)
    assert spare >= 0
    return np.array([*wanted, *by_size[:spare]])


def _orgnrs(count: int) -> list[str]:
    """The first valid numbers of the series."""
    body = _SERIES + np.arange(count * 2 + 20)
    digits = body[:, None] // 10 ** np.arange(7, -1, -1) % 10
    control = -(digits @ np.array(_WEIGHTS)) % 11
    valid = body[control < 10] * 10 + control[control < 10]
    return [str(number) for number in valid[:count]]


def _system(kind: Kind, number: int) -> tuple[str, str, str]:
    systems = _SYSTEMS[kind]
    return systems[number % len(systems)]


def _frame(rows: list[tuple[str, str, Kind, tuple[str, str, str], str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "orgnr": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "vendor": [row[3][0] for row in rows],
            "product": [row[3][1] for row in rows],
            "version": [row[3][2] for row in rows],
            "komNr": [row[4] for row in rows],
        }
    )
