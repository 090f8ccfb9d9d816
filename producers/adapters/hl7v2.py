"""HL7 v2 ADT messages (v2.2 to v2.8) to movements and episodes.

Where a Norwegian sender puts the register's attributes: PV1-2 patient class (omsorgsniva), PV1-4 admission type
(innmateHast), PV1-20 payer (debitor, list 8426), PID-11.9 or PID-12 home municipality (komNrHjem, four digits),
PV1-44 and PV1-45 start and end of the stay, DG1-3 with coding system ICD-10, PR1-3 with NCSP, NCMP or NCRP. Names,
addresses and free text are not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

from producers import times
from producers.adapters import adt
from producers.adapters.hl7_frames import Frame, frames
from producers.adapters.hl7_message import Message, Segment, decode
from producers.adapters.triggers import NOT_IN_TABLE, TRIGGERS, Unreported
from producers.answers import problem
from producers.identity import text_digest
from producers.types import Bad, Context, Item, NotReportable, Read, SendingSystem
from schemas.errors import Invalid
from schemas.types import Problem

_WANTED: Final = frozenset({"MSH", "SFT", "EVN", "PID", "MRG", "PV1", "DG1", "PR1"})
_TRIGGER: Final = re.compile(r"[A-Z]\d{2}", re.ASCII)
_TYPE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_FOUR_DIGITS: Final = re.compile(r"\d{4}", re.ASCII)
_PAYER: Final = re.compile(r"\d{1,2}", re.ASCII)
_PRIORITY: Final = re.compile(r"\d{1,4}", re.ASCII)
_UNRANKED: Final = 10_000
"""Behind every rank that DG1-15 can give."""

_NAMES: Final = {
    "facility": "MSH-4",
    "visit": "PV1-19",
    "patient": "PID-3",
    "prior_patient": "MRG-1",
    "occurred_at": "EVN-6, EVN-2, MSH-7",
    "happened": "EVN-6",
}
_ICD10: Final = frozenset({"I10", "ICD10", "ICD-10", "2.16.578.1.12.4.1.1.7110"})
_PROCEDURES: Final = {"NCSP": "K", "NCSP-N": "K", "NCMP": "M", "NCRP": "R", "2.16.578.1.12.4.1.1.7270": "R"}
"""Coding system of PR1-3 to list 8410."""


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One item per message. Positions count the messages of the stream from 1."""
    for number, frame in enumerate(frames(stream, context.max_item_bytes), start=1):
        try:
            yield _item(number, frame, context)
        except Invalid as error:
            yield Bad(number, error.problems)


def _item(number: int, frame: Frame, context: Context) -> Item:
    if frame.fault:
        raise Invalid([problem(frame.fault, "BTS" if frame.fault == "HL7-05" else "MSH")])
    text = decode(frame.segments)
    message = Message(text, _WANTED)
    header = message.segments[0]
    event = message.first("EVN")
    kind = header.value(9)
    trigger = header.value(9, 2) or (event.value(1) if event else None)
    if kind is None or trigger is None or not _TYPE.fullmatch(kind) or not _TRIGGER.fullmatch(trigger):
        raise Invalid([problem("HL7-03", "MSH-9")])
    if kind != "ADT":
        return NotReportable(number, f"NR-{kind}", f"{kind} messages tell of no movement and no stay")
    rule = TRIGGERS.get(trigger, NOT_IN_TABLE)
    if isinstance(rule, Unreported):
        return NotReportable(number, f"NR-{trigger}", f"{trigger} is not a reportable event: {rule.reason}")
    people = [found for segment in message.segments for found in _people(segment)]
    digest = text_digest(text, adt.national_numbers(people))
    parts, repairs = _parts(message, trigger, digest)
    found: list[Problem] = []
    made = []
    for part in parts:
        try:
            made += adt.events(part, rule, context)
        except Invalid as error:
            found += error.problems
    if found:
        raise Invalid(found)
    return Read(number, made, repairs)


def _parts(message: Message, trigger: str, digest: str) -> tuple[list[adt.Adt], list[Problem]]:
    """One part per patient: a merge may name several pairs, A17 two patients who change places. Several MRG under one
    PID are several parts too: former identifiers of one patient, or with A45 the visits that become theirs."""
    header = message.segments[0]
    times_found = _Times()
    event = message.first("EVN")
    happened = times_found.required(event, 6, "EVN-6")
    recorded = times_found.required(event, 2, "EVN-2")
    sent = times_found.required(header, 7, "MSH-7")
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.name == "PID" or (segment.name in ("MRG", "PV1", "DG1", "PR1") and not groups):
            groups.append([])
        elif segment.name == "MRG" and any(before.name == "MRG" for before in groups[-1]):
            groups.append([person for person in groups[-1] if person.name == "PID"])
        if groups:
            groups[-1].append(segment)
    parts = []
    for index, group in enumerate(groups or [[]]):
        part = adt.Adt(
            trigger=trigger,
            identity=("hl7v2", header.value(3), header.value(4), header.value(10), digest, str(index)),
            names=_NAMES,
            system=_system(message),
            facility=header.value(4),
            facility_ids=tuple(name for name in (header.value(4), header.value(4, 2)) if name),
            occurred_at=happened or recorded or sent,
            happened_given=happened is not None,
            registered_at=recorded or sent,
        )
        _fill(part, {segment.name: segment for segment in reversed(group)}, group, times_found)
        parts.append(part)
    if times_found.problems:
        raise Invalid(times_found.problems)
    return parts, times_found.repairs


class _Times:
    """Reads time stamps and remembers those that cannot be read: in what an event hangs on they refuse the message,
    elsewhere the attribute is left out and told of."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.repairs: list[Problem] = []

    def required(self, segment: Segment | None, number: int, name: str) -> datetime | None:
        return self._read(segment, number, name, "ADT-06", self.problems)

    def optional(self, segment: Segment | None, number: int, name: str) -> datetime | None:
        return self._read(segment, number, name, "ADT-08", self.repairs)

    def _read(
        self, segment: Segment | None, number: int, name: str, code: str, found: list[Problem]
    ) -> datetime | None:
        text = segment.value(number) if segment else None
        if text is None:
            return None
        try:
            return times.parse_hl7(text)
        except ValueError:
            found.append(problem(code, name))
            return None


def _system(message: Message) -> SendingSystem:
    header, software = message.segments[0], message.first("SFT")
    return SendingSystem(
        vendor=(software and software.value(1)) or "unknown",
        product=(software and software.value(3)) or header.value(3) or "unknown",
        version=(software and software.value(2)) or "unknown",
    )


def _fill(part: adt.Adt, first: dict[str, Segment], group: list[Segment], found: _Times) -> None:
    """Takes from a patient's segments what they tell. `first`: the first segment of each name."""
    person, visit, merge = first.get("PID"), first.get("PV1"), first.get("MRG")
    if person:
        part.identifiers = _identifiers(person, 3)
        part.stay["komNrHjem"] = _municipality(person)
        # The year as it is written: a day of birth has no zone, whatever a sender writes behind it.
        born = found.optional(person, 7, "PID-7")
        part.episode["fodselsar"] = int((person.value(7) or "")[:4]) if born else None
        part.episode["kjonn"] = adt.KJONN.get(person.value(8) or "")
        if person.value(30) == "Y" and part.trigger == "A03":
            part.episode["utTilstand"] = "2"
    if merge:
        part.prior_identifiers = _identifiers(merge, 1) or _identifiers(merge, 4)
    if visit:
        part.visit = visit.value(19)
        part.place, part.previous = _place(visit, 3), _place(visit, 6)
        part.pending = _place(visit, 42) if visit.value(42) else None
        part.patient_class = visit.value(2)
        part.stay["omsorgsniva"] = adt.OMSORGSNIVA.get(part.patient_class or "")
        part.stay["innmateHast"] = adt.INNMATE_HAST.get(visit.value(4) or "")
        part.stay["innDatoTid"] = found.optional(visit, 44, "PV1-44")
        part.stay["utDatoTid"] = found.optional(visit, 45, "PV1-45")
        payer = visit.value(20) or ""
        part.episode["debitor"] = payer if _PAYER.fullmatch(payer) else None
    part.episode["tilstander"] = _diagnoses([segment for segment in group if segment.name == "DG1"])
    part.episode["prosedyrer"] = _procedures([segment for segment in group if segment.name == "PR1"], found)


def _people(segment: Segment) -> list[adt.Identifier]:
    """Every identifier of a person that a segment we read has, present or former, old fields included."""
    numbers = {"PID": (2, 3, 4), "MRG": (1, 4)}.get(segment.name, ())
    return [found for number in numbers for found in _identifiers(segment, number)]


def _identifiers(segment: Segment, number: int) -> list[adt.Identifier]:
    found = []
    for repetition in segment.repetitions(number):
        text = segment.part(repetition)
        authorities = (segment.part(repetition, 4), segment.part(repetition, 4, 2), segment.part(repetition, 5))
        if text:
            found.append(adt.Identifier(text, tuple(name for name in authorities if name)))
    return found


def _municipality(person: Segment) -> str | None:
    for text in (person.value(11, 9), person.value(12)):
        if text and _FOUR_DIGITS.fullmatch(text):
            return text
    return None


def _place(visit: Segment, number: int) -> adt.Place:
    ward, room, bed, facility = (visit.value(number, component) for component in (1, 2, 3, 4))
    return adt.Place(ward, room, bed, facility, visit.value(number, 4, 2))


def _code(segment: Segment, systems: Collection[str]) -> tuple[str, str] | None:
    """Code and system that the third field gives, as identifier or as alternate: the first of a known system."""
    for identifier, system in ((1, 3), (4, 6)):
        code, named = segment.value(3, identifier), (segment.value(3, system) or "").upper()
        if code and named in systems:
            return code, named
    return None


def _diagnoses(segments: list[Segment]) -> list[dict[str, Any]]:
    """ICD-10 codes only, the one of the highest priority (DG1-15) first; that is the main condition."""
    coded = [found[0] for segment in sorted(segments, key=_rank) if (found := _code(segment, _ICD10))]
    return [
        {
            "tilstNr": str(index),
            "kodeNr": "1",
            "akse": None,
            "kodeverk": "D",
            "kodeVersjon": None,
            "kodeVerdi": code.replace(".", ""),
        }
        for index, code in enumerate(coded, start=1)
    ]


def _rank(diagnosis: Segment) -> int:
    """DG1-15 as a number: 1 is the main condition. 0 means that it has no rank (table 0359), as if it were empty."""
    priority = diagnosis.value(15) or ""
    return (int(priority) if _PRIORITY.fullmatch(priority) else 0) or _UNRANKED


def _procedures(segments: list[Segment], found: _Times) -> list[dict[str, Any]]:
    return [
        {
            "kodeverk": _PROCEDURES[coded[1]],
            "kodeVerdi": coded[0],
            "utfortDatoTid": found.optional(segment, 5, "PR1-5"),
        }
        for segment in segments
        if (coded := _code(segment, _PROCEDURES))
    ]
