"""Documents of FHIR as senders write them: a patient's movement (ADT), a municipality's notification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapter_samples import FNR, bundle

VOLVEN = "urn:oid:2.16.578.1.12.4.1.1."
AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def volven(code_list: str, code: str) -> dict[str, Any]:
    return {"url": "https://example.org/x", "valueCoding": {"system": VOLVEN + code_list, "code": code}}


def adt(trigger: str = "A01", **encounter: Any) -> dict[str, Any]:
    """A complete bundle of an inpatient in room 12, bed B of ward MED1."""

    def place(name: str, kind: str, within: str | None = None) -> dict[str, Any]:
        part = {"partOf": {"reference": f"Location/{within}"}} if within else {}
        kinds = {"coding": [{"code": kind}]}
        return {"resourceType": "Location", "id": name, "name": name, "physicalType": kinds, **part}

    resources = [
        {
            "resourceType": "MessageHeader",
            "eventCoding": {"code": trigger},
            "source": {"name": "EPR", "version": "1.2", "contact": {"value": "Vendor"}},
            "sender": {"reference": "Organization/org"},
        },
        {
            "resourceType": "Organization",
            "id": "org",
            "name": "Sykehus A",
            "identifier": [{"value": "urn:oid:1.2.3"}],
        },
        {"resourceType": "Provenance", "occurredDateTime": "2020-01-01T00:00:00Z", "entity": [{"role": "source"}]},
        {
            "resourceType": "Provenance",
            "occurredDateTime": "2026-03-14T10:00:00+01:00",
            "recorded": "2026-03-14T10:15:00+01:00",
        },
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [
                {"system": "urn:local", "value": "L1"},
                {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": FNR},
            ],
            "name": [{"family": "NORDMANN", "given": ["KARI"]}],
            "gender": "female",
            "birthDate": "2005-07-15",
            "address": [{"line": ["Gata 1"], "_district": {"extension": [volven("3402", "3222")]}}],
        },
        {
            "resourceType": "Encounter",
            "id": "e",
            "status": "in-progress",
            "class": {"code": "IMP"},
            "identifier": [{"value": "ALT"}, {"value": "V100", "type": {"coding": [{"code": "VN"}]}}],
            "subject": {"reference": "Patient/p"},
            "period": {"start": "2026-03-14T09:30:00+01:00"},
            "priority": {"coding": [{"code": "EM"}]},
            "extension": [volven("8426", "1")],
            "location": [
                {"status": "active", "location": {"reference": "Location/B"}},
                {"status": "completed", "location": {"reference": "Location/KIR"}},
            ],
            "diagnosis": [{"condition": {"reference": "Condition/c"}, "rank": 1}],
            **encounter,
        },
        place("B", "bd", "12"),
        place("12", "ro", "MED1"),
        place("MED1", "wa", "Sykehus A"),
        place("Sykehus A", "si"),
        place("KIR", "wa"),
        {
            "resourceType": "Condition",
            "id": "c",
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J18.9"}], "text": "Pneumoni"},
        },
    ]
    return bundle(resources, identifier={"value": "M1"}, timestamp="2026-03-14T10:16:00+01:00")


def notification(
    status: str = "N",
    *,
    guid: str = "e86318da-b16b-4023-8e7a-d129b6835feb",
    previous: str = "00000000-0000-0000-0000-000000000000",
    related: str = "00000000-0000-0000-0000-000000000000",
    number: str = "1",
    **encounter: Any,
) -> dict[str, Any]:
    """One minimelding notification: a service that starts."""
    url = "http://hddr.no/kpr-mm-iplos-i-kpr-bundle2/"
    resources = [
        {
            "resourceType": "MessageHeader",
            "id": "h",
            "eventCoding": {"code": status},
            "source": {"name": "EPJ", "software": "6.9.2", "version": "3.2.9", "contact": {"value": "Leverandør"}},
            "focus": [{"reference": "Encounter/t"}],
            "definition": "d",
        },
        {"resourceType": "MessageDefinition", "id": "d", "version": number},
        {
            "resourceType": "Encounter",
            "id": "t",
            "identifier": [
                {"type": {"coding": [{"code": "hendelseGUID"}]}, "value": "aa88951c-0b23-42ad-822d-260650878388"},
                {"type": {"coding": [{"code": "tjenesteID"}]}, "value": "T/17"},
            ],
            "status": "arrived",
            "class": {"code": "HH"},
            "serviceType": {"coding": [{"system": VOLVEN + "9151", "code": "15"}]},
            "period": {"start": "2026-02-02T09:00:00+01:00"},
            "participant": [{"period": {"start": "2026-02-01"}}],
            "subject": {"reference": "Patient/u"},
            "serviceProvider": {"reference": "Organization/o"},
            **encounter,
        },
        {
            "resourceType": "Organization",
            "id": "o",
            "identifier": [{"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "974724960"}],
        },
        {
            "resourceType": "Patient",
            "id": "u",
            "identifier": [
                {"system": "EPJ", "value": "9a8cc5b7-d5d0-4d71-83cb-60165acc4701"},
                {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "unspecified"},
                {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": FNR},
            ],
            "address": [{"_district": {"extension": [volven("3403", "030105")]}}],
        },
    ]
    links = [{"relation": "previous", "url": url + previous}, {"relation": "related", "url": url + related}]
    return bundle(resources, identifier={"value": guid}, timestamp="2026-02-02T12:00:00+01:00", link=links)


def enclosing(*notifications: dict[str, Any]) -> dict[str, Any]:
    """The message (K) of a municipality with its notifications."""
    resources = [
        {
            "resourceType": "MessageHeader",
            "id": "k",
            "eventCoding": {"code": "K"},
            "source": {"name": "EPJ", "version": "3.2.9", "contact": {"value": "Leverandør"}},
            "sender": {"reference": "Organization/kommune"},
        },
        {"resourceType": "Organization", "id": "kommune", "identifier": [{"system": VOLVEN + "3403", "value": "3222"}]},
    ]
    return bundle([*resources, *notifications], identifier={"value": "56.0.0"})
