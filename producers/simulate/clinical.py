"""The array fields of events, encoded: conditions, diagnoses, tariffs, points in time."""

from __future__ import annotations

from functools import cache

from producers.simulate.datums import array
from schemas.catalog import latest
from schemas.plan import Node, plan
from schemas.types import Family

_READY_FOR_DISCHARGE = "2"


@cache
def _field(family: Family, name: str) -> Node:
    return dict(plan(latest(f"raw.{family}")))[name]


def main_condition(code: str, system: str | None = "D") -> bytes:
    """`tilstander` of an episode: one main condition with one code (ICD-10 without dot)."""
    condition = {"tilstNr": "1", "kodeNr": "1", "kodeverk": system, "kodeVersjon": "2026", "kodeVerdi": code}
    return array([condition], _field("episode", "tilstander"))


def ready_for_discharge(at: int | None) -> bytes:
    """`tidspunkter` of an episode: when the patient was ready for discharge, if so far."""
    times = [] if at is None else [{"typeTidspunkt": _READY_FOR_DISCHARGE, "tidspunkt": at}]
    return array(times, _field("episode", "tidspunkter"))


def diagnosis(code: str) -> bytes:
    """`diagnoser` of a consultation: one ICPC-2 code."""
    return array([{"kodeverk": "H", "kodeVersjon": "2", "kodeVerdi": code}], _field("consultation", "diagnoser"))


def no_diagnosis() -> bytes:
    return array([], _field("consultation", "diagnoser"))


def tariffs(*codes: str) -> bytes:
    """`takster` of a consultation."""
    return array(codes, _field("consultation", "takster"))
