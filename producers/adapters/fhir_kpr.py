"""The KPR minimelding (IPLOS 56.0.0) as FHIR R4 message bundles, to `service` events.

A notification is a bundle: `identifier` is its GUID (the event id, as its successors refer to it), `timestamp` the
notifikasjonTid, `link` previous and related the notifikasjonForrigeGUID and notifikasjonRef; MessageHeader.eventCoding
the status N, M, T or C; MessageDefinition.version the notifikasjonLopeNr; Encounter the service, whose status says
which of the five occurrences it is, `period.start` hendelseRegTid and `participant.period.start` hendelseDato. It may
come alone or inside the enclosing message (K), which names the municipality and the sending system.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from producers import times
from producers.adapters.adt import Identifier, national_numbers, patient_id
from producers.adapters.envelope import envelope, subject_part
from producers.adapters.fhir_adt import identifiers, system_of
from producers.adapters.fhir_bundle import VOLVEN, Bundle, Json, child, children, codings, text, volven_extension
from producers.answers import problem
from producers.types import Context, Event, Item, NotReportable, PatientId, Read
from schemas.errors import Invalid
from schemas.types import Problem

STATUSES: Final[Mapping[str, str]] = {"N": "report", "M": "amend", "T": "amend", "C": "cancel"}
"""List 7316 to the envelope's action."""

_HENDELSE: Final[Mapping[str, str]] = {
    "arrived": "TjenesteStart",
    "onleave": "MidlertidigStoppFra",
    "planned": "MidlertidigStoppTil",
    "finished": "TjenesteSlutt",
    "entered-in-error": "TjenesteutforerEndret",
}
"""Encounter.status to the occurrence, as the implementation guide has it."""
_PAUSES: Final = frozenset({"MidlertidigStoppFra", "MidlertidigStoppTil"})
_NO_GUID: Final = "00000000-0000-0000-0000-000000000000"
_MUNICIPALITY: Final = frozenset({VOLVEN + "3402", VOLVEN + "3403"})
"""The guide writes the municipality's number under the list of city districts (3403), for want of its own."""
_ORGANISATION: Final = frozenset({"urn:oid:2.16.578.1.12.4.1.4.101"})
_NATIONAL: Final = re.compile(r"\d{11,12}", re.ASCII)


def is_envelope(bundle: Bundle) -> bool:
    """Whether a bundle without event is the enclosing message: its profile says so, or it holds only organisations."""
    profiles = child(bundle.raw, "meta").get("profile")
    named = isinstance(profiles, list) and any("kpr-mm-iplos-i-kpr-bundle1" in str(profile) for profile in profiles)
    return named or bundle.kinds == {"Organization"} or "Bundle" in bundle.kinds


def item(position: int, bundle: Bundle, status: str, context: Context) -> Item:
    """What the bundle becomes. Raises Invalid with everything that is missing."""
    if status != "K":
        return _item(position, [_Notification(bundle, bundle, context)])
    inner = [Bundle(node) for node in bundle.all("Bundle")]
    if not inner:
        return NotReportable(
            position, "NR-K", "the enclosing message of a minimelding, without notifications: it tells of no service"
        )
    return _item(position, [_Notification(notification, bundle, context) for notification in inner])


def _item(position: int, notifications: list[_Notification]) -> Item:
    events = [event for notification in notifications if (event := notification.event())]
    problems = [found for notification in notifications for found in notification.problems]
    if problems:
        raise Invalid(problems)
    return Read(position, events, [found for notification in notifications for found in notification.repairs])


class _Notification:
    """One notification; `outer` is the enclosing message, or the notification itself when it came alone."""

    def __init__(self, bundle: Bundle, outer: Bundle, context: Context) -> None:
        self._bundle, self._outer, self._context = bundle, outer, context
        self._header = bundle.first("MessageHeader")
        self.problems: list[Problem] = []
        self.repairs: list[Problem] = []

    def event(self) -> Event | None:
        """The event, or None with `problems`."""
        status = text(self._header, "eventCoding", "code") or ""
        if status not in STATUSES:
            self.problems.append(problem("FHIR-03", "MessageHeader.eventCoding"))
        guid = self._guid(text(self._bundle.raw, "identifier", "value"), "Bundle.identifier")
        told = self._time(self._need(text(self._bundle.raw, "timestamp"), "Bundle.timestamp"), "Bundle.timestamp")
        municipality = self._municipality()
        reporter = self._reporter(municipality)
        content = self._service()
        content["statusNotifikasjon"] = status
        related = self._link("related")
        content["notifikasjonRef"] = None if related == _NO_GUID else related
        content["kommuneNr"] = municipality
        patient = self._patient(reporter or "", content)
        occurred = content.pop("occurred_at", None)
        if self.problems or not (guid and told and reporter and occurred and patient):
            return None
        record = envelope(
            self._context,
            "service",
            reporter=reporter,
            event_id=guid,
            subject_id="/".join(
                subject_part(part)
                for part in (content["tjenesteID"], content["hendelse"], content["midlertidigStoppID"])
                if part
            ),
            occurred_at=occurred,
            registered_at=told,
            action=STATUSES[status],
            system=system_of(self._outer.first("MessageHeader") or self._header),
            previous_event_id=self._link("previous"),
            sequence=self._sequence(),
        )
        return Event("service", record | content, patient)

    def _need(self, value: str | None, field: str) -> str | None:
        if value is None:
            self.problems.append(problem("FHIR-04", field))
        return value

    def _time(self, value: str | None, field: str) -> datetime | None:
        if value is None:
            return None
        try:
            return times.parse_fhir(value)
        except ValueError:
            self.problems.append(problem("FHIR-05", field))
            return None

    def _guid(self, value: str | None, field: str) -> str | None:
        if self._need(value, field) is None:
            return None
        try:
            return str(uuid.UUID(value))
        except ValueError:
            self.problems.append(problem("FHIR-06", field))
            return None

    def _link(self, relation: str) -> str | None:
        urls = [text(node, "url") for node in children(self._bundle.raw, "link") if text(node, "relation") == relation]
        return self._guid(urls[0].rstrip("/").rsplit("/", 1)[-1], "Bundle.link") if urls and urls[0] else None

    def _sequence(self) -> int | None:
        definition = self._bundle.resolve({"reference": text(self._header, "definition") or ""}, "MessageDefinition")
        number = text(definition or self._bundle.first("MessageDefinition"), "version")
        if number is None:
            return None
        if not re.fullmatch(r"\d{1,18}", number, re.ASCII):
            self.repairs.append(problem("FHIR-09", "MessageDefinition.version"))
            return None
        return int(number)

    def _municipality(self) -> str | None:
        for bundle in (self._bundle, self._outer):
            sender = bundle.resolve(child(bundle.first("MessageHeader"), "sender"), "Organization")
            for organisation in [sender] if sender else bundle.all("Organization"):
                number = _identifier(organisation, _MUNICIPALITY)
                if number:
                    return number
        return None

    def _reporter(self, municipality: str | None) -> str | None:
        known = self._context.reporter or self._context.facilities.get(municipality or "")
        if known is None:
            self.problems.append(problem("SRC-06", "MessageHeader.sender"))
        return known

    def _service(self) -> dict[str, Any]:
        encounter = self._bundle.focus("Encounter")
        if encounter is None:
            self.problems.append(problem("FHIR-04", "Encounter"))
            return {}
        happened = _HENDELSE.get(text(encounter, "status") or "")
        if happened is None:
            self.problems.append(problem("FHIR-08", "Encounter.status"))
        pause = _typed(encounter, "midlertidigStoppID")
        if happened in _PAUSES:
            self._need(pause, "Encounter.identifier midlertidigStoppID")
        registered = self._need(text(encounter, "period", "start"), "Encounter.period.start")
        start = self._need(text(encounter, "participant", "period", "start"), "Encounter.participant.period.start")
        occurred = self._time(start, "Encounter.participant.period.start")
        provider = self._bundle.resolve(child(encounter, "serviceProvider"), "Organization")
        return {
            "occurred_at": occurred,
            "hendelse": happened,
            "tjenesteType": next((code for _, code in codings(child(encounter, "serviceType"))), None),
            "tjenesteID": self._need(_typed(encounter, "tjenesteID"), "Encounter.identifier tjenesteID"),
            "tjenesteOrgNr": _identifier(provider or child(encounter, "serviceProvider"), _ORGANISATION),
            "hendelseDato": _day(occurred),
            "hendelseRegTid": self._time(registered, "Encounter.period.start"),
            "hendelseGUID": self._guid(_typed(encounter, "hendelseGUID"), "Encounter.identifier hendelseGUID"),
            "midlertidigStoppID": pause,
        }

    def _patient(self, reporter: str, content: dict[str, Any]) -> PatientId | None:
        subject = child(self._bundle.focus("Encounter"), "subject")
        patient = self._bundle.resolve(subject, "Patient") or self._bundle.first("Patient")
        found = _national_first(identifiers(children(patient, "identifier")))
        if not found:
            self.problems.append(problem("FHIR-04", "Patient.identifier"))
        district = child(patient, "address", "_district")
        content["bydel"] = volven_extension(district, "3403") or volven_extension(child(patient, "address"), "3403")
        content["komNrHjem"] = volven_extension(district, "3402") or volven_extension(child(patient, "address"), "3402")
        return patient_id(found, reporter)


def _national_first(found: list[Identifier]) -> list[Identifier]:
    """Senders write their own number of the user (brukerNr) under the national system, too: digits go before that."""

    national = national_numbers(found)
    return sorted(found, key=lambda one: not (one.number in national and _NATIONAL.fullmatch(one.number)))


def _typed(encounter: Json, name: str) -> str | None:
    """The identifier whose type (or system) has that name."""
    for node in children(encounter, "identifier"):
        if text(node, "system") == name or any(code == name for _, code in codings(child(node, "type"))):
            return text(node, "value")
    return None


def _identifier(resource: Json | None, systems: frozenset[str]) -> str | None:
    for node in children(resource, "identifier"):
        if text(node, "system") in systems:
            return text(node, "value")
    return None


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(times.OSLO).date() if moment else None
