"""Valid events of every family as small frames, with the columns and types of a decoded batch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from schemas.patient import clear
from schemas.rules.columns import raw_columns

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""The clock of the tests: all valid events happened before it."""

_BEGUN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_ENDED = datetime(2026, 3, 4, 13, tzinfo=UTC)

SYNTHETIC = "01819012300"
"""Stands where a test needs the bytes of `patient`, and no valid number."""

_CONTENT: Mapping[str, Mapping[str, Any]] = {
    "episode": {
        "henvisningsperiodeID": "hp-1",
        "unit": "983974678",
        "unit_name": "Stavanger universitetssjukehus",
        "sector": "som",
        "innDatoTid": _BEGUN,
        "utDatoTid": _ENDED,
        "omsorgsniva": "1",
        "innmateHast": "1",
        "debitor": "1",
        "komNrHjem": "1103",
        "bydel": "110304",
        "episodeFag": "050",
        "fraSted": "1",
        "tilSted": "1",
        "inntilstand": "1",
        "utTilstand": "1",
        "epikriseDato": date(2026, 3, 4),
        "fodselsar": 1950,
        "kjonn": "2",
        "tidspunkter": [{"typeTidspunkt": "2", "tidspunkt": _ENDED - timedelta(hours=3)}],
        "tilstander": [
            {
                "tilstNr": "1",
                "kodeNr": "1",
                "akse": None,
                "kodeverk": "D",
                "kodeVersjon": "2026",
                "kodeVerdi": "S720",
            },
            {
                "tilstNr": "2",
                "kodeNr": "1",
                "akse": None,
                "kodeverk": "D",
                "kodeVersjon": "2026",
                "kodeVerdi": "I10",
            },
        ],
        "prosedyrer": [{"kodeverk": "K", "kodeVerdi": "NFB20", "utfortDatoTid": _BEGUN + timedelta(hours=6)}],
    },
    "movement": {
        "episode_id": "visit-1",
        "movement_type": "admit",
        "unit": "983974678",
        "tjenesteenhetID": "post-3",
        "sector": "som",
        "patient_class": "I",
        "omsorgsniva": "1",
        "innmateHast": "1",
        "komNrHjem": "0301",
        "bydel": "030101",
        "innDatoTid": _BEGUN,
    },
    "referral": {
        "henvisningsperiodeID": "hp-1",
        "henvID": "hv-1",
        "unit": "983974678",
        "sector": "vop",
        "mottaksDato": date(2026, 2, 2),
        "ansienDato": date(2026, 2, 2),
        "henvType": "10",
        "henvVurd": "2",
        "henvFraTjeneste": "28",
        "frittBehandlingsvalg": "2",
        "debitor": "1",
        "komNrHjem": "4601",
        "bydel": "460103",
        "fagomrade": "320",
        "vurdDato": date(2026, 2, 9),
        "pakkeforlop": "2",
        "rettTilHelsehjelp": "3",
        "fristStartBehandling": date(2026, 5, 1),
        "ventetidSluttDato": date(2026, 3, 9),
        "ventetidSluttKode": "1",
        "utsettelser": [{"utsettKode": "1", "utsettDato": date(2026, 2, 20)}],
    },
    "service": {
        "sequence": 7,
        "previous_event_id": str(uuid.UUID(int=7)),
        "statusNotifikasjon": "N",
        "hendelse": "TjenesteStart",
        "tjenesteType": "15",
        "tjenesteID": "t-1",
        "tjenesteOrgNr": "983974678",
        "hendelseDato": date(2026, 3, 1),
        "hendelseRegTid": _BEGUN,
        "hendelseGUID": str(uuid.UUID(int=8)),
        "kommuneNr": "1857",
        "komNrHjem": "1857",
    },
    "consultation": {
        "tjenestetype": "9",
        "unit": "983974678",
        "datoTidStart": _BEGUN,
        "datoTidSlutt": _BEGUN + timedelta(minutes=20),
        "kontakttype": "3",
        "formKonsultasjon": "I",
        "anbefaltTypeKonsultasjon": "4M",
        "kommuneNr": "5001",
        "komNrHjem": "5001",
        "diagnoser": [{"kodeverk": "H", "kodeVersjon": None, "kodeVerdi": "A97"}],
        "takster": ["2ad"],
    },
    "capacity": {
        "unit": "983974678",
        "as_of": datetime(2026, 3, 10, 7, tzinfo=UTC),
        "origin": "reported",
        "resource": "icu_bed",
        "category": "adult",
        "physical": 20,
        "staffed": 16,
        "occupied": 12,
        "available": 3,
        "blocked": 1,
        "blocked_reasons": [{"reason": "personnel", "count": 1}],
        "surge_24h": 4,
        "status": "regular",
        "status_counts": [{"status": "regular", "count": 1}],
        "constraint": ["personnel"],
        "on_call": [{"role": "anaesthetist", "count": 2, "response_minutes": 30}],
        "staff_absent": [{"cause": "illness", "count": 3}],
        "supply_days": 12.5,
        "admissions": 4,
        "late": False,
    },
}


def valid_event(family: str, **changes: Any) -> dict[str, Any]:
    """A record of `raw.<family>` that breaks no rule, with `changes`. Fields not spoken of are null or empty."""
    person = family not in ("capacity",)
    record: dict[str, Any] = {
        name: ([] if isinstance(kind, pl.List) else None) for name, kind in raw_columns(family).items()
    }
    record |= {
        "event_id": str(uuid.uuid4()),
        "reporter": "983974678",
        "system_vendor": "vendor",
        "system_product": "EPR",
        "system_version": "1.2",
        "model_version": {"capacity": "1.0", "service": "56.0.0", "consultation": "56.0.0"}.get(family, "53.1.3"),
        "subject_id": "subject-1",
        "revision": 0,
        "action": "report",
        "occurred_at": _BEGUN,
        "registered_at": _BEGUN + timedelta(minutes=5),
        "sent_at": _BEGUN + timedelta(minutes=6),
        "legal_basis": {"capacity": "beredskap", "service": "kpr", "consultation": "kpr"}.get(family, "npr"),
        "patient": clear("1", SYNTHETIC) if person else None,
    }
    return record | dict(_CONTENT[family]) | changes


def frame(family: str, records: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Records as a decoded batch: the raw schema's columns and types, and `_row`."""
    columns = raw_columns(family)
    data = {name: pl.Series(name, [record[name] for record in records], kind) for name, kind in columns.items()}
    return pl.DataFrame(data).with_columns(pl.Series("_row", range(len(records)), pl.UInt32))


def valid_frame(family: str, rows: int = 1, **changes: Any) -> pl.DataFrame:
    """A batch of valid events, all with `changes`."""
    return frame(family, [valid_event(family, **changes) for _ in range(rows)])
