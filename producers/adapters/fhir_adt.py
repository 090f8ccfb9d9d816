"""FHIR R4 bundles that carry an ADT message: MessageHeader.eventCoding is the trigger, Encounter the visit.

Official attributes are taken where a coding names their Norwegian list (`urn:oid:2.16.578.1.12.4.1.1.NNNN`), else from
the HL7 codes: Encounter.class (omsorgsniva), Encounter.priority or type (innmateHast). When it happened is said by the
Provenance that names the activity, else by the bundle's timestamp.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from producers import times
from producers.adapters import adt
from producers.adapters.fhir_bundle import (
    VOLVEN,
    Bundle,
    Json,
    child,
    children,
    code_of,
    codings,
    text,
    volven_extension,
)
from producers.adapters.fhir_places import places
from producers.adapters.triggers import NOT_IN_TABLE, TRIGGERS, Reported, Unreported
from producers.answers import problem
from producers.identity import text_digest
from producers.types import Context, Item, NotReportable, Read, SendingSystem
from schemas.errors import Invalid
from schemas.types import Problem

_NAMES: Final = {
    "facility": "MessageHeader.sender",
    "visit": "Encounter.identifier",
    "patient": "Patient.identifier",
    "prior_patient": "Linkage.item, Patient.link",
    "occurred_at": "Provenance.occurredDateTime, Bundle.timestamp",
    "happened": "Provenance.occurredDateTime",
}
_CLASS: Final[Mapping[str, str]] = {"IMP": "I", "ACUTE": "I", "NONAC": "I", "AMB": "O", "EMER": "E", "PRENC": "P"}
"""v3-ActCode to HL7 table 0004. Short stay (SS) is no class of that table; it is day care below."""
_PRIORITY: Final[Mapping[str, str]] = {"EM": "1", "UR": "1", "A": "1", "R": "4", "EL": "4"}
"""v3-ActPriority to 8428."""
_GENDER: Final[Mapping[str, str]] = {"male": "1", "female": "2", "unknown": "0", "other": "9"}
_ICD10: Final = frozenset({"http://hl7.org/fhir/sid/icd-10", VOLVEN + "7110"})
_NCRP: Final = frozenset({VOLVEN + "7270"})


def item(position: int, bundle: Bundle, trigger: str, context: Context) -> Item:
    """What the bundle becomes. Raises Invalid with everything that is missing."""
    rule = TRIGGERS.get(trigger, NOT_IN_TABLE)
    if isinstance(rule, Unreported):
        return NotReportable(position, f"NR-{trigger}", f"{trigger} is not a reportable event: {rule.reason}")
    reader = _Reader(bundle, trigger, rule)
    message = reader.message()
    if reader.problems:
        raise Invalid(reader.problems)
    return Read(position, adt.events(message, rule, context), reader.repairs)


def system_of(header: Json | None) -> SendingSystem:
    """Vendor, product and version from MessageHeader.source."""
    source = child(header, "source")
    return SendingSystem(
        vendor=text(source, "contact", "value") or "unknown",
        product=text(source, "name") or text(source, "software") or "unknown",
        version=text(source, "version") or "unknown",
    )


def identifiers(nodes: list[Json]) -> list[adt.Identifier]:
    """Identifier elements as the ADT model has them; HNR and others may be told by the type only."""
    found = []
    for node in nodes:
        number = text(node, "value")
        if number:
            authorities = [text(node, "system"), *(code for _, code in codings(child(node, "type")))]
            found.append(adt.Identifier(number, tuple(name for name in authorities if name)))
    return found


class _Reader:
    def __init__(self, bundle: Bundle, trigger: str, rule: Reported) -> None:
        self._bundle = bundle
        self._rule = rule
        self._trigger = trigger
        self._header = bundle.first("MessageHeader")
        self._encounter = bundle.focus("Encounter") or {}
        self._subject = child(self._encounter, "subject")
        self._patient = bundle.resolve(self._subject, "Patient") or bundle.first("Patient") or {}
        self.problems: list[Problem] = []
        self.repairs: list[Problem] = []

    def message(self) -> adt.Adt:
        happened, recorded = self._provenance()
        sent = self._time(self._bundle.raw, "timestamp", "Bundle.timestamp", "ADT-06")
        name, ids = self._facility()
        patient, prior = self._patients()
        message = adt.Adt(
            trigger=self._trigger,
            identity=("fhir", text(self._bundle.raw, "identifier", "value"), self._digest([*patient, *prior])),
            names=_NAMES,
            system=system_of(self._header),
            facility=name,
            facility_ids=ids,
            occurred_at=happened or recorded or sent,
            happened_given=happened is not None,
            registered_at=recorded or sent,
            visit=self._visit(),
            identifiers=patient,
            prior_identifiers=prior,
        )
        message.place, message.previous, message.pending = places(
            self._bundle, self._encounter, left=self._rule.movement == "discharge"
        )
        self._stay(message)
        self._person(message)
        message.episode["tilstander"] = self._diagnoses()
        message.episode["prosedyrer"] = self._procedures()
        return message

    def _digest(self, people: list[adt.Identifier]) -> str:
        try:
            plain = orjson.dumps(self._bundle.raw, option=orjson.OPT_SORT_KEYS).decode()
            return text_digest(plain, adt.national_numbers(people))
        except orjson.JSONEncodeError:  # nested deeper than any bundle is
            raise Invalid([problem("FHIR-01", "Bundle")]) from None

    def _time(self, node: Any, name: str, field: str, code: str) -> datetime | None:
        value = text(node, name)
        if value is None:
            return None
        try:
            return times.parse_fhir(value)
        except ValueError:
            (self.repairs if code == "ADT-08" else self.problems).append(problem(code, field))
            return None

    def _provenance(self) -> tuple[datetime | None, datetime | None]:
        """When it happened and was recorded (EVN-6, EVN-2). A Provenance with a source entity tells of the message."""
        nodes = self._bundle.all("Provenance")
        for node in [node for node in nodes if not children(node, "entity")] or nodes[:1]:
            happened = self._time(node, "occurredDateTime", "Provenance.occurredDateTime", "ADT-06")
            recorded = self._time(node, "recorded", "Provenance.recorded", "ADT-06")
            if happened or recorded:
                return happened, recorded
        return None, None

    def _facility(self) -> tuple[str | None, tuple[str, ...]]:
        sender = self._bundle.resolve(child(self._header, "sender"), "Organization") or {}
        ids = [text(node, "value") for node in children(sender, "identifier")]
        name = text(sender, "name") or text(self._header, "sender", "display")
        known = tuple(found.removeprefix("urn:oid:") for found in (*ids, name) if found)
        return name or (known[0] if known else None), known

    def _visit(self) -> str | None:
        nodes = children(self._encounter, "identifier")
        numbered = [node for node in nodes if any(code == "VN" for _, code in codings(child(node, "type")))]
        return next((value for node in (*numbered, *nodes) if (value := text(node, "value"))), None) or text(
            self._encounter, "id"
        )

    def _patients(self) -> tuple[list[adt.Identifier], list[adt.Identifier]]:
        now = identifiers(children(self._patient, "identifier") or children(self._subject, "identifier"))
        prior: list[adt.Identifier] = []
        for link in children(self._patient, "link"):
            if text(link, "type") == "replaces":
                other = child(link, "other")
                prior += identifiers(children(self._bundle.resolve(other, "Patient") or other, "identifier"))
        for node in (linked for linkage in self._bundle.all("Linkage") for linked in children(linkage, "item")):
            resource = child(node, "resource")
            found = identifiers(children(self._bundle.resolve(resource, "Patient") or resource, "identifier"))
            if text(resource, "type") in (None, "Patient"):
                if text(node, "type") == "historical":
                    prior += found
                elif not now:
                    now = found
        return now, prior

    def _stay(self, message: adt.Adt) -> None:
        encounter = self._encounter
        act = text(encounter, "class", "code") or ""
        message.patient_class = _CLASS.get(act)
        urgencies = [_PRIORITY[code] for _, code in codings(child(encounter, "priority")) if code in _PRIORITY]
        admission = code_of(child(encounter, "type"), frozenset({"http://terminology.hl7.org/CodeSystem/v2-0007"}))
        level = "2" if act == "SS" else adt.OMSORGSNIVA.get(message.patient_class or "")
        period = child(encounter, "period")
        message.stay |= {
            "omsorgsniva": volven_extension(encounter, "8406") or level,
            "innmateHast": volven_extension(encounter, "8428")
            or (urgencies[0] if urgencies else adt.INNMATE_HAST.get(admission or "")),
            "innDatoTid": self._time(period, "start", "Encounter.period.start", "ADT-08"),
            "utDatoTid": self._time(period, "end", "Encounter.period.end", "ADT-08"),
        }
        message.episode["debitor"] = volven_extension(encounter, "8426")

    def _person(self, message: adt.Adt) -> None:
        patient = self._patient
        address = child(patient, "address")
        districts = (address, child(address, "_district"))
        message.stay["komNrHjem"] = next((code for at in districts if (code := volven_extension(at, "3402"))), None)
        message.stay["bydel"] = next((code for at in districts if (code := volven_extension(at, "3403"))), None)
        born = self._time(patient, "birthDate", "Patient.birthDate", "ADT-08")
        message.episode["fodselsar"] = born.astimezone(times.OSLO).year if born else None
        message.episode["kjonn"] = _GENDER.get(text(patient, "gender") or "")
        if patient.get("deceasedBoolean") is True and self._trigger == "A03":
            message.episode["utTilstand"] = "2"

    def _diagnoses(self) -> list[dict[str, Any]]:
        """ICD-10 codes only, by rank; the first is the main condition."""
        ranked = sorted(children(self._encounter, "diagnosis"), key=_rank)
        found = (self._bundle.resolve(child(node, "condition"), "Condition") for node in ranked)
        codes = [code for node in found if node and (code := code_of(child(node, "code"), _ICD10))]
        return [
            {
                "tilstNr": str(index),
                "kodeNr": "1",
                "akse": None,
                "kodeverk": "D",
                "kodeVersjon": None,
                "kodeVerdi": code.replace(".", ""),
            }
            for index, code in enumerate(codes, start=1)
        ]

    def _procedures(self) -> list[dict[str, Any]]:
        return [
            {
                "kodeverk": "R",
                "kodeVerdi": code,
                "utfortDatoTid": self._time(node, "performedDateTime", "Procedure.performedDateTime", "ADT-08"),
            }
            for node in self._bundle.all("Procedure")
            if (code := code_of(child(node, "code"), _NCRP))
        ]


def _rank(diagnosis: Json) -> int:
    rank = diagnosis.get("rank")
    return rank if isinstance(rank, int) else 1 << 30
