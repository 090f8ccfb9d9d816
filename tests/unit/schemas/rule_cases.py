"""One event per way of breaking each rule: a valid event of a family, with changes, and the one rule they break."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from frames import NOW, valid_event

_BEGUN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_FUTURE = NOW + timedelta(days=400)
_TOO_EARLY = datetime(1850, 1, 1, tzinfo=UTC)
_GUID = str(uuid.UUID(int=9))


@dataclass(frozen=True)
class Case:
    """`also`: further rules that the same change breaks by their nature."""

    family: str
    code: str
    field: str
    changes: Mapping[str, Any]
    also: frozenset[str] = field(default_factory=frozenset)

    @property
    def id(self) -> str:
        return f"{self.code}-{self.family}-{self.field}"


def _case(family: str, code: str, name: str, value: Any, also: str = "", **more: Any) -> Case:
    return Case(family, code, name, {name: value} | more, frozenset(also.split()))


def _element(family: str, code: str, path: str, value: Any, **more: Any) -> Case:
    """The first element of an array with one field changed (and `more` of its fields)."""
    array, name = path.split(".")
    first, *rest = valid_event(family)[array]
    return Case(family, code, path, {array: [first | {name: value} | more, *rest]})


CASES: tuple[Case, ...] = (
    _case("episode", "ENV-01", "event_id", "not a uuid"),
    _case("capacity", "ENV-01", "event_id", str(uuid.UUID(int=0))),
    _case("episode", "ENV-02", "reporter", "983974679"),
    _case("service", "ENV-02", "reporter", "183974678"),
    _case("episode", "MSG-01", "model_version", "1.0"),
    _case("capacity", "MSG-01", "model_version", ""),
    _case("movement", "MSG-08", "system_vendor", ""),
    _case("movement", "ENV-03", "action", "delete"),
    _case("referral", "ENV-04", "legal_basis", "gdpr"),
    _case("capacity", "ENV-05", "declared_known_at", NOW + timedelta(minutes=6)),
    _case("consultation", "ENV-06", "occurred_at", _TOO_EARLY),
    _case("consultation", "ENV-06", "sent_at", datetime(2250, 1, 1, tzinfo=UTC), "ENV-13"),
    _case("episode", "ENV-07", "innDatoTid", _TOO_EARLY, "EPI-05 EPI-18 PAT-03"),
    _element("episode", "ENV-07", "tidspunkter.tidspunkt", _TOO_EARLY, typeTidspunkt="1"),
    _element("episode", "ENV-07", "prosedyrer.utfortDatoTid", _TOO_EARLY),
    _case("episode", "ENV-08", "epikriseDato", date(2210, 1, 1)),
    _element("referral", "ENV-08", "utsettelser.utsettDato", date(2210, 1, 1)),
    _case("episode", "ENV-09", "subject_id", ""),
    _case("episode", "ENV-09", "subject_id", "x" * 201),
    _case("episode", "ENV-10", "revision", -1),
    _case("movement", "ENV-11", "previous_event_id", "17"),
    _case("movement", "ENV-11", "sequence", -1),
    _case("referral", "ENV-12", "occurred_at", _FUTURE),
    _case("capacity", "ENV-13", "registered_at", _FUTURE),
    _case("episode", "ENV-13", "sent_at", NOW + timedelta(minutes=6)),
    _case("capacity", "IDE-05", "patient", b"\x001:x"),
    _case("episode", "IDE-06", "patient", None),
    _case("episode", "EPI-03", "innDatoTid", None),
    _case("episode", "EPI-04", "utDatoTid", _BEGUN - timedelta(hours=1), "EPI-13 MOV-04"),
    _case("episode", "EPI-05", "innDatoTid", datetime(1989, 1, 1, tzinfo=UTC), "EPI-18"),
    _case("movement", "EPI-05", "innDatoTid", _FUTURE),
    _case("episode", "EPI-06", "omsorgsniva", "7"),
    _case("episode", "EPI-07", "innmateHast", "2"),
    _case("episode", "EPI-08", "debitor", "2"),
    _case("episode", "EPI-09", "komNrHjem", "1102", bydel=None),
    _case("episode", "EPI-09", "komNrHjem", "301", bydel=None),
    _case("episode", "EPI-10", "bydel", "030101"),
    _case("referral", "EPI-10", "bydel", "460150"),
    _case("movement", "EPI-10", "bydel", "030101", komNrHjem="1101"),
    _case("episode", "EPI-11", "fraSted", "4"),
    _case("episode", "EPI-11", "episodeFag", "50"),
    _case("episode", "EPI-11", "polkonAktivitet", "9"),
    _case("episode", "EPI-12", "utDatoTid", None, omsorgsniva="2"),
    _case("episode", "EPI-12", "utDatoTid", None, omsorgsniva="1", innDatoTid=datetime(2024, 1, 1, tzinfo=UTC)),
    _case("episode", "EPI-13", "omsorgsniva", "1", utDatoTid=_BEGUN + timedelta(hours=2), tidspunkter=[]),
    _case("episode", "EPI-14", "omsorgsniva", "3"),
    _case("episode", "EPI-18", "utDatoTid", _BEGUN, innDatoTid=datetime(2023, 1, 1, tzinfo=UTC), tidspunkter=[]),
    _case("episode", "EPI-20", "tilstander", []),
    _case("episode", "EPI-20", "tilstander", [valid_event("episode")["tilstander"][1]]),
    _case("episode", "EPI-21", "epikriseDato", date(2026, 3, 3)),
    _case("episode", "EPI-22", "debitor", None),
    _case("episode", "EPI-23", "kontaktType", "4"),
    _element("episode", "EPI-24", "tidspunkter.typeTidspunkt", "5"),
    _element("episode", "MOV-04", "tidspunkter.tidspunkt", _BEGUN - timedelta(minutes=1)),
    _case("episode", "PAT-02", "kjonn", "3"),
    _case("episode", "PAT-03", "fodselsar", 2027),
    _case("episode", "PAT-03", "fodselsar", 1899),
    _case("movement", "MOV-01", "utDatoTid", _BEGUN - timedelta(hours=1)),
    _case("movement", "MOV-05", "movement_type", "walk"),
    _case("movement", "MOV-06", "occurred_at", datetime(1989, 8, 18, tzinfo=UTC), bydel=None),
    _case("movement", "MOV-06", "occurred_at", NOW + timedelta(minutes=6)),
    _case("movement", "MOV-07", "omsorgsniva", "7"),
    _case("movement", "MOV-07", "komNrHjem", "0000", bydel=None),
    _case("movement", "MOV-08", "tjenesteenhetID", None, unit=None),
    _case("referral", "REF-01", "henvID", None),
    _case("referral", "REF-01", "henvisningsperiodeID", ""),
    _case("referral", "REF-02", "mottaksDato", None),
    _case(
        "referral",
        "REF-02",
        "mottaksDato",
        date(2026, 3, 11),
        vurdDato=None,
        utsettelser=[],
    ),
    _case("referral", "REF-03", "ansienDato", date(2026, 2, 3)),
    _case("referral", "REF-04", "vurdDato", date(2026, 2, 17)),
    _case("referral", "REF-04", "vurdDato", date(2026, 2, 1)),
    _case("referral", "REF-05", "fristStartBehandling", None),
    _case("referral", "REF-06", "ventetidSluttKode", None),
    _case("referral", "REF-06", "ventetidSluttDato", date(2026, 2, 1)),
    _case("referral", "REF-07", "ventetidSluttDato", date(2026, 3, 9), ansienDato=date(2016, 3, 1)),
    _case("referral", "REF-08", "fagomrade", "999x"),
    _case("referral", "REF-08", "rettTilHelsehjelp", "4"),
    _case("referral", "REF-08", "frittBehandlingsvalg", "3"),
    _element("referral", "REF-10", "utsettelser.utsettKode", "2"),
    _element("referral", "REF-10", "utsettelser.utsettDato", date(2026, 2, 1)),
    _element("referral", "REF-10", "utsettelser.utsettDato", None),
    _case("referral", "REF-11", "komNrHjem", "1201", bydel=None),
    _case("referral", "REF-12", "frittBehandlingsvalg", None),
    _case("service", "KPR-01", "statusNotifikasjon", "X"),
    _case("service", "KPR-01", "statusNotifikasjon", None),
    _case("service", "KPR-02", "sequence", None),
    _case("service", "KPR-03", "notifikasjonRef", None, statusNotifikasjon="M", action="amend"),
    _case("service", "KPR-04", "hendelse", "Start"),
    _case("service", "KPR-04", "hendelse", None),
    _case("service", "KPR-05", "tjenesteType", "10"),
    _case("service", "KPR-07", "midlertidigStoppID", None, hendelse="MidlertidigStoppFra"),
    _case("service", "KPR-08", "hendelseDato", date(2026, 3, 2)),
    _case("service", "KPR-08", "hendelseRegTid", _BEGUN + timedelta(minutes=30)),
    _case("service", "KPR-09", "patient", None),
    _case("service", "KPR-11", "statusNotifikasjon", "C", notifikasjonRef=_GUID),
    _case("service", "KPR-12", "komNrHjem", "1858"),
    _case("service", "KPR-13", "tjenesteOrgNr", "983974679"),
    _case("service", "KPR-14", "tjenesteID", None),
    _case("service", "KPR-16", "hendelseGUID", "17"),
    _case("consultation", "HST-01", "datoTidStart", None),
    _case("consultation", "HST-02", "formKonsultasjon", None),
    _case("consultation", "HST-03", "datoTidSlutt", _BEGUN - timedelta(minutes=1)),
    _case("consultation", "HST-04", "datoTidStart", _FUTURE, datoTidSlutt=None),
    _case("consultation", "HST-05", "formKonsultasjon", "V"),
    _case("consultation", "HST-06", "anbefaltTypeKonsultasjon", None),
    _case("consultation", "KUH-03", "kontakttype", "9"),
    _case("consultation", "KUH-04", "kommuneNr", "5030"),
    _case("capacity", "CAP-01", "occupied", -1, "CAP-05"),
    _case("capacity", "CAP-01", "staffed", 21, "CAP-05"),
    _case("capacity", "CAP-01", "admissions", -1),
    _case("capacity", "CAP-01", "supply_days", -0.5),
    _case("capacity", "CAP-01", "supply_days", float("nan")),
    _element("capacity", "CAP-01", "on_call.response_minutes", -1),
    _case("capacity", "CAP-02", "occupied", 21, available=-6),
    _case("capacity", "CAP-02", "available", -1, occupied=16),
    _case("capacity", "CAP-03", "as_of", datetime(2026, 3, 5, 8, tzinfo=UTC)),
    _case("capacity", "CAP-05", "available", 4),
    _case("capacity", "CAP-06", "unit", ""),
    _case("capacity", "CAP-06", "resource", "sofa"),
    _case("capacity", "CAP-07", "status", "green"),
    _case("capacity", "CAP-08", "constraint", ["personnel", "weather"]),
    _element("capacity", "CAP-08", "blocked_reasons.reason", "weather"),
    _case("capacity", "CAP-09", "as_of", _FUTURE),
    _case("movement", "UNIT-02", "unit", "983974679"),
    _case("referral", "UNIT-09", "sector", "x"),
    _element("episode", "COD-01", "tilstander.kodeverk", "Z"),
    _element("episode", "COD-01", "prosedyrer.kodeVerdi", None),
    _element("consultation", "COD-01", "diagnoser.kodeverk", None),
    _element("episode", "COD-02", "tilstander.kodeVerdi", "S72.0"),
    _element("episode", "COD-03", "prosedyrer.kodeVerdi", "12345"),
    _element("consultation", "COD-04", "diagnoser.kodeVerdi", "A97.1"),
    _element("episode", "COD-07", "tilstander.kodeVersjon", "x" * 21),
    _case("episode", "COD-08", "episodeFag", "777", model_version="58.0.1"),
    Case(
        "referral",
        "COD-08",
        "utsettelser.utsettKode",
        {"model_version": "58.0.1", "utsettelser": [{"utsettKode": "77", "utsettDato": date(2026, 2, 20)}]},
    ),
    _case("service", "COD-08", "tjenesteType", "77", model_version="57.0.1"),
    _element("episode", "COD-09", "tilstander.akse", "7"),
)
