"""An ADT message, whatever its syntax, and the events it becomes. HL7 v2 and FHIR both come through here.

A message always gives a `movement`. An `episode` goes with it when the message tells the level of care (omsorgsniva)
and when the stay began: without the first it is not known whether there is a stay or contact to report at all (a
pre-admission, an emergency that may end either way), and without the second the register refuses it (EPI-03). Payer,
urgency and home municipality are often not in a sender's ADT; the register takes an episode without them and says so
(EPI-22), so they do not hold it back here either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from producers import times
from producers.adapters.envelope import envelope, subject_part
from producers.adapters.triggers import Reported
from producers.answers import problem
from producers.identity import event_id
from producers.types import Context, Event, PatientId, SendingSystem
from schemas.errors import Invalid
from schemas.types import Problem

OMSORGSNIVA: Final[Mapping[str, str]] = {"I": "1", "D": "2", "O": "3", "R": "3"}
"""HL7 table 0004 (patient class) to 8406. Emergency, pre-admission, obstetrics and "not applicable" do not tell
whether the patient stays the night: they give none."""

INNMATE_HAST: Final[Mapping[str, str]] = {
    "A": "1",
    "E": "1",
    "L": "1",
    "U": "1",
    "C": "4",
    "R": "4",
    "1": "1",
    "4": "4",
    "5": "5",
}
"""HL7 table 0007 (admission type) to 8428, and 8428's own codes. A newborn (N) is neither acute nor planned."""

KJONN: Final[Mapping[str, str]] = {"M": "1", "F": "2", "U": "0", "O": "9", "A": "9", "N": "9"}
"""HL7 table 0001 (administrative sex) to 3101."""

PATIENT_TYPES: Final[Mapping[str, str]] = {
    "2.16.578.1.12.4.1.4.1": "1",
    "2.16.578.1.12.4.1.4.2": "2",
    "2.16.578.1.12.4.1.4.3": "12",
    "2.16.578.1.12.4.1.4.5": "10",
    "FNR": "1",
    "DNR": "2",
    "HNR": "3",
    "FHN": "12",
    "DUF": "10",
}
"""Who assigned an identifier, as OID or as code of list 8116, to the type of list 9032."""


@dataclass(frozen=True, slots=True)
class Place:
    ward: str | None = None
    room: str | None = None
    bed: str | None = None
    facility: str | None = None
    facility_id: str | None = None
    """Its OID or the like, where it is given beside the name or without one."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One of a patient's identifiers as the message has it. `authorities`: every name, OID and code of who gave it."""

    number: str
    authorities: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Identifier(authorities={self.authorities!r})"


@dataclass(slots=True, kw_only=True, repr=False)
class Adt:
    """One patient's part of an ADT message. `names` tells what the format calls a field, for answers."""

    trigger: str
    identity: tuple[str | None, ...]
    """What makes the message itself: ids of the sender's, and a digest of its text."""
    names: Mapping[str, str]
    system: SendingSystem
    facility: str | None = None
    facility_ids: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    happened_given: bool = False
    """Whether the message says itself when it happened (EVN-6), and not only when it was recorded or sent."""
    registered_at: datetime | None = None
    visit: str | None = None
    identifiers: Sequence[Identifier] = ()
    prior_identifiers: Sequence[Identifier] = ()
    place: Place = Place()
    pending: Place | None = None
    previous: Place = Place()
    patient_class: str | None = None
    stay: dict[str, Any] = field(default_factory=dict)
    """Register attributes that `movement` and `episode` share, by their official names."""
    episode: dict[str, Any] = field(default_factory=dict)
    """Attributes of `episode` alone."""


def events(adt: Adt, rule: Reported, context: Context) -> list[Event]:
    """The message's events, the movement first. Raises Invalid with everything that is missing."""
    reporter, problems = _reporter(adt, context)
    problems += _missing(adt, rule)
    if problems or reporter is None or adt.occurred_at is None:
        raise Invalid(problems)
    patient = patient_id(adt.identifiers, reporter)
    prior = patient_id(adt.prior_identifiers, reporter) if rule.merges else None

    def record(family: Any, subject_id: str, action: str) -> dict[str, Any]:
        assert adt.occurred_at is not None
        return envelope(
            context,
            family,
            reporter=reporter,
            event_id=event_id(reporter, context.as_of, *adt.identity, adt.trigger, family),
            subject_id=subject_id,
            occurred_at=adt.occurred_at,
            registered_at=adt.registered_at or adt.occurred_at,
            action=action,
            system=adt.system,
        )

    movement = record("movement", _subject(adt, rule), "cancel" if rule.cancels else "report")
    if rule.merges:  # each stands for itself: no later one may take its place
        movement["subject_id"] = f"merge/{movement['event_id']}"
    movement |= _movement(adt, rule, context)
    found = [Event("movement", movement, patient, prior)]
    content = _episode(adt, rule)
    known = content.get("omsorgsniva") and (rule.episode == "cancel" or content.get("innDatoTid"))
    if rule.episode != "none" and known:
        action = {"report": "report", "cancel": "cancel"}.get(rule.episode, "amend")
        episode = record("episode", subject_part(adt.visit or ""), action)
        found.append(Event("episode", episode | _unit(adt, adt.place, context) | content, patient))
    return found


def national_numbers(identifiers: Iterable[Identifier]) -> set[str]:
    """Numbers that some authority of the state gave, for `producers.identity.text_digest`."""
    return {found.number for found in identifiers if any(_type(name) for name in found.authorities)}


def patient_id(identifiers: Sequence[Identifier], reporter: str) -> PatientId | None:
    """The national identifier if there is one, else the first local one, made the reporter's own.

    Two local registers of one reporter may give the same number to two people, so who gave it stays with it.
    """
    for identifier in identifiers:
        for authority in identifier.authorities:
            type_id = _type(authority)
            if type_id:
                return PatientId(type_id, identifier.number)
    if not identifiers:
        return None
    local = identifiers[0]
    return PatientId("9", "/".join([reporter, *local.authorities[:1], local.number]))


def _type(authority: str) -> str | None:
    return PATIENT_TYPES.get(authority.removeprefix("urn:oid:").upper())


def _reporter(adt: Adt, context: Context) -> tuple[str | None, list[Problem]]:
    known = [context.facilities[name] for name in adt.facility_ids if name in context.facilities]
    reporter = context.reporter or (known[0] if known else None)
    return reporter, [] if reporter else [problem("SRC-06", adt.names["facility"])]


def _missing(adt: Adt, rule: Reported) -> list[Problem]:
    numbers = {identifier.number for identifier in adt.identifiers}
    found: list[Problem] = []
    if adt.occurred_at is None:
        found.append(problem("ADT-05", adt.names["occurred_at"]))
    if rule.timed and rule.cancels and not adt.happened_given:
        found.append(problem("ADT-07", adt.names["happened"]))
    if not adt.visit and not rule.merges:
        found.append(problem("ADT-01", adt.names["visit"]))
    if adt.visit and adt.visit in numbers:
        found.append(problem("ADT-02", adt.names["visit"]))
    if rule.merges and not adt.identifiers:  # elsewhere the rules say what a missing identifier means
        found.append(problem("ADT-03", adt.names["patient"]))
    if rule.merges and not adt.prior_identifiers:
        found.append(problem("ADT-04", adt.names["prior_patient"]))
    return found


def _subject(adt: Adt, rule: Reported) -> str:
    parts = [subject_part(adt.visit or ""), rule.subject]
    if rule.timed and adt.occurred_at is not None:
        parts.append(times.iso(adt.occurred_at))
    return "/".join(parts)


def _unit(adt: Adt, place: Place, context: Context) -> dict[str, Any]:
    """The treatment unit of a place: by what names its facility, else that of the patient's place, else the sender."""
    named = [name for at in (place, adt.place) for name in (at.facility, at.facility_id) if name]
    unit = next((context.facilities[name] for name in (*named, *adt.facility_ids) if name in context.facilities), None)
    return {"unit": unit, "unit_name": named[0] if named else adt.facility}


def _movement(adt: Adt, rule: Reported, context: Context) -> dict[str, Any]:
    place = adt.pending if rule.pending and adt.pending else adt.place
    return (
        _unit(adt, place, context)
        | {
            "episode_id": adt.visit,
            "movement_type": rule.movement,
            "tjenesteenhetID": place.ward,
            "room": place.room,
            "bed": place.bed,
            "previous_ward": adt.previous.ward,
            "previous_room": adt.previous.room,
            "previous_bed": adt.previous.bed,
            "patient_class": adt.patient_class,
        }
        | adt.stay
        | ({"utDatoTid": None} if rule.episode == "reopen" else {})
    )


def _episode(adt: Adt, rule: Reported) -> dict[str, Any]:
    content = adt.stay | adt.episode
    if rule.episode == "report" and content.get("innDatoTid") is None:
        content["innDatoTid"] = adt.occurred_at
    if rule.movement == "discharge" and not rule.cancels and content.get("utDatoTid") is None:
        content["utDatoTid"] = adt.occurred_at
    if rule.episode == "reopen":
        content["utDatoTid"] = None
    return content
