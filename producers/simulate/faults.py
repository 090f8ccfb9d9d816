"""The faults that events are sent with on purpose, each with the rules it breaks: those and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import polars as pl

from producers.simulate import people
from producers.simulate.clinical import diagnosis, main_condition
from producers.simulate.config import HOUR_MS, MINUTE_MS
from schemas.types import FAMILIES, Family, Severity

Change = Callable[[pl.DataFrame], dict[str, pl.Expr | pl.Series]]


class Fault(NamedTuple):
    """`change` gives the columns that are wrong, from events that are right."""

    family: Family
    codes: tuple[str, ...]
    severity: Severity
    """The worst of its codes."""
    change: Change

    @property
    def refused(self) -> bool:
        return self.severity.refuses


def _value(**fields: str) -> Change:
    """The same wrong value in every event."""
    return lambda _events: {name: pl.lit(value) for name, value in fields.items()}


def _missing(field: str) -> Change:
    return lambda _events: {field: pl.when(pl.lit(value=False)).then(pl.col(field))}


def _octets(field: str, value: bytes) -> Change:
    return lambda _events: {field: pl.lit(value)}


def _wrong_control_digit(field: str) -> Change:
    last = (pl.col(field).str.slice(8).cast(pl.Int64) + 1) % 10
    return lambda _events: {field: pl.concat_str(pl.col(field).str.slice(0, 8), last)}


def _number_in_clear(events: pl.DataFrame) -> dict[str, pl.Expr | pl.Series]:
    persons = events.get_column("_person").to_numpy()
    return {"unit_name": pl.lit("Post 3, pasient ") + people.numbers(persons)}


def _spoil_number(_events: pl.DataFrame) -> dict[str, pl.Expr | pl.Series]:
    """The patient's number gets a wrong last digit when it is protected."""
    return {"_spoilt": pl.lit(value=True)}


def _negative_beds(_events: pl.DataFrame) -> dict[str, pl.Expr | pl.Series]:
    return {"occupied": pl.lit(-1, pl.Int64), "available": pl.col("staffed") + 1 - pl.col("blocked")}


_F, _E, _R, _W = Severity.FATAL, Severity.REJECT, Severity.REPAIR, Severity.WARN

_ANY: Final[tuple[tuple[str, Severity, Change], ...]] = (
    ("MSG-01", _F, _value(model_version="12.0.0")),
    ("ENV-01", _E, lambda _events: {"event_id": pl.col("event_id").str.replace_all("-", "")}),
    ("ENV-02", _E, _wrong_control_digit("reporter")),
    ("ENV-03", _E, _value(action="update")),
    ("ENV-04", _E, _value(legal_basis="annet")),
    ("MSG-08", _W, _value(system_version="")),
)
_OWN: Final[dict[Family, tuple[tuple[str, Severity, Change], ...]]] = {
    "episode": (
        ("IDE-01", _E, _spoil_number),
        ("PAT-05", _W, lambda _events: {"kjonn": pl.when(kjonn="1").then(pl.lit("2")).otherwise(pl.lit("1"))}),
        ("IDE-03", _F, _number_in_clear),
        ("EPI-06", _E, _value(omsorgsniva="5")),
        ("EPI-07", _E, _value(innmateHast="7")),
        ("EPI-09", _E, _value(komNrHjem="1234")),
        ("COD-01", _E, _octets("tilstander", main_condition("I500", system=None))),
        ("EPI-11", _R, _value(episodeFag="ABC")),
        ("PAT-02", _R, _value(kjonn="7")),
        ("UNIT-09", _R, _value(sector="kir")),
        ("EPI-22", _W, _missing("debitor")),
        ("COD-02", _W, _octets("tilstander", main_condition("I50.0"))),
    ),
    "movement": (
        ("IDE-01", _E, _spoil_number),
        ("IDE-03", _F, _number_in_clear),
        ("MOV-01", _E, lambda _events: {"utDatoTid": pl.col("innDatoTid") - HOUR_MS}),
        ("MOV-05", _E, _value(movement_type="flytting")),
        ("MOV-07", _R, _value(innmateHast="7")),
        ("UNIT-09", _R, _value(sector="kir")),
    ),
    "referral": (
        ("IDE-01", _E, _spoil_number),
        ("IDE-03", _F, _number_in_clear),
        ("REF-01", _E, _missing("henvID")),
        ("REF-08", _R, _value(fagomrade="ABC")),
        ("REF-11", _R, _value(komNrHjem="1234")),
        ("REF-03", _W, lambda _events: {"ansienDato": pl.col("mottaksDato") + 1}),
        ("REF-12", _W, _missing("frittBehandlingsvalg")),
    ),
    "service": (
        ("KPR-01", _F, _value(statusNotifikasjon="X")),
        ("KPR-04", _E, _value(hendelse="TjenesteSlettet")),
        ("KPR-05", _E, _value(tjenesteType="77")),
        ("KPR-09", _E, _missing("_person")),
        ("KPR-12", _R, _value(komNrHjem="1234")),
        ("KPR-13", _W, _wrong_control_digit("tjenesteOrgNr")),
    ),
    "consultation": (
        ("IDE-01", _E, _spoil_number),
        ("IDE-03", _F, _number_in_clear),
        ("HST-01", _E, _missing("datoTidStart")),
        ("HST-03", _E, lambda _events: {"datoTidSlutt": pl.col("datoTidStart") - 10 * MINUTE_MS}),
        ("KUH-03", _R, _value(kontakttype="8")),
        ("KUH-04", _R, _value(komNrHjem="1234")),
        ("COD-04", _W, _octets("diagnoser", diagnosis("R7"))),
    ),
    "capacity": (
        ("CAP-01", _E, _negative_beds),
        ("CAP-06", _E, _value(resource="seng")),
        ("CAP-07", _R, _value(status="open")),
        ("CAP-05", _W, lambda _events: {"available": pl.col("available") + 1}),
    ),
}

FAULTS: Final[tuple[Fault, ...]] = tuple(
    Fault(family, (code,), severity, change) for family in FAMILIES for code, severity, change in (*_ANY, *_OWN[family])
)
"""All of them; an event's `_fault` is its fault's place here."""

OF_FAMILY: Final[dict[Family, tuple[int, ...]]] = {
    family: tuple(i for i, fault in enumerate(FAULTS) if fault.family == family) for family in FAMILIES
}
