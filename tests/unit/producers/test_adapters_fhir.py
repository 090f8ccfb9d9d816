from __future__ import annotations

import copy
import re
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from adapter_samples import FNR, REPORTER, bundle, codes, dumps, events, fields, one, run
from fhir_samples import AT, adt, enclosing, notification, volven

from producers.adapters import fhir
from producers.types import PatientId, Read


def without(document: dict[str, Any], kind: str) -> dict[str, Any]:
    entries = [entry for entry in document["entry"] if entry["resource"]["resourceType"] != kind]
    return {**document, "entry": entries}


def test_an_admission_becomes_a_movement_and_an_episode() -> None:
    movement, episode = events(run(fhir.read, dumps(adt()), facilities={"Sykehus A": "974724960"}))

    wanted = {
        "subject_id": "V100/admit",
        "movement_type": "admit",
        "occurred_at": AT,
        "tjenesteenhetID": "MED1",
        "room": "12",
        "bed": "B",
        "unit": "974724960",
        "unit_name": "Sykehus A",
        "previous_ward": "KIR",
        "system_product": "EPR",
        "system_vendor": "Vendor",
    }
    assert {name: movement.record[name] for name in wanted} == wanted
    wanted = {
        "subject_id": "V100",
        "omsorgsniva": "1",
        "innmateHast": "1",
        "debitor": "1",
        "komNrHjem": "3222",
        "kjonn": "2",
        "fodselsar": 2005,
        "innDatoTid": datetime(2026, 3, 14, 8, 30, tzinfo=UTC),
    }
    assert {name: episode.record[name] for name in wanted} == wanted
    assert [code["kodeVerdi"] for code in episode.record["tilstander"]] == ["J189"]
    assert movement.patient == PatientId("1", FNR)
    for event in (movement, episode):
        assert not re.search(f"NORDMANN|KARI|Gata|Pneumoni|{FNR}", repr(event.record))


def test_the_official_lists_go_before_the_hl7_codes() -> None:
    document = adt(extension=[volven("8406", "2"), volven("8428", "5")])
    movement = events(run(fhir.read, dumps(document)))[0].record

    assert (movement["omsorgsniva"], movement["innmateHast"]) == ("2", "5")


def test_of_two_patients_the_one_of_the_encounter_is_told() -> None:
    """A newborn's bundle holds its mother, too."""
    mother = {
        "resourceType": "Patient",
        "id": "mother",
        "identifier": [{"system": "urn:local", "value": "M1"}],
        "gender": "male",
        "birthDate": "1980-01-01",
        "address": [{"extension": [volven("3402", "0301")]}],
    }
    document = adt()
    document["entry"].insert(1, {"resource": mother})
    episode = events(run(fhir.read, dumps(document)))[1]

    assert episode.patient == PatientId("1", FNR)
    assert {name: episode.record[name] for name in ("kjonn", "fodselsar", "komNrHjem")} == {
        "kjonn": "2",
        "fodselsar": 2005,
        "komNrHjem": "3222",
    }


def test_of_two_encounters_the_one_that_the_header_names_is_told() -> None:
    """The stay that a visit is part of comes along, of another patient, so that nothing fits by chance."""
    stay = {"resourceType": "Encounter", "id": "stay", "identifier": [{"value": "S1"}], "status": "finished"}
    other = {"resourceType": "Patient", "id": "other", "identifier": [{"system": "urn:local", "value": "O1"}]}
    for document, name, subject in ((adt(), "Encounter/e", "V100/admit"), (notification(), "Encounter/t", "T%2F17")):
        header = next(e["resource"] for e in document["entry"] if e["resource"]["resourceType"] == "MessageHeader")
        header["focus"] = [{"reference": "Patient/nobody"}, {"reference": name}]
        document["entry"] = [
            {"resource": {**stay, "subject": {"reference": "Patient/other"}}},
            {"resource": other},
            *document["entry"],
        ]
        event = events(run(fhir.read, dumps(document)))[0]

        assert event.record["subject_id"].startswith(subject)
        assert event.patient == PatientId("1", FNR)


def test_a_merge_by_linkage_and_by_patient_link() -> None:
    def person(kind: str, number: str) -> dict[str, Any]:
        resource = {"type": "Patient", "identifier": {"system": "urn:lab", "value": number}}
        return {"type": kind, "resource": resource}

    linkage = {"resourceType": "Linkage", "item": [person("source", "77"), person("historical", "12")]}
    base = without(without(adt("A40"), "Encounter"), "Patient")
    by_linkage = {**base, "entry": [*base["entry"], {"resource": linkage}]}
    by_link = copy.deepcopy(adt("A40"))
    patient = next(e["resource"] for e in by_link["entry"] if e["resource"]["resourceType"] == "Patient")
    patient["link"] = [{"type": "replaces", "other": {"identifier": {"system": "urn:lab", "value": "12"}}}]

    event = one(run(fhir.read, dumps(by_linkage)))
    assert (event.patient, event.prior_patient) == (
        PatientId("9", f"{REPORTER}/urn:lab/77"),
        PatientId("9", f"{REPORTER}/urn:lab/12"),
    )
    assert one(run(fhir.read, dumps(by_link))).prior_patient == PatientId("9", f"{REPORTER}/urn:lab/12")
    assert codes(run(fhir.read, dumps(base))) == ["ADT-03+ADT-04"]


def test_a_discharged_patient_was_where_he_was_last() -> None:
    left = adt("A03", location=[{"status": "completed", "location": {"reference": "Location/B"}}])
    pending = adt("A05", location=[{"status": "completed", "location": {"reference": "Location/B"}}])

    assert events(run(fhir.read, dumps(left)))[0].record["bed"] == "B"
    assert events(run(fhir.read, dumps(pending)))[0].record["bed"] is None


def test_no_place_is_guessed_among_several() -> None:
    both = [{"status": "active", "location": {"reference": f"Location/{name}"}} for name in ("B", "KIR")]

    assert events(run(fhir.read, dumps(adt(location=both))))[0].record["tjenesteenhetID"] is None


def test_circular_locations_end() -> None:
    document = adt()
    for entry in document["entry"]:
        if entry["resource"].get("id") == "Sykehus A":
            entry["resource"]["partOf"] = {"reference": "Location/B"}

    assert codes(run(fhir.read, dumps(document))) == ["read"]


def test_one_document_an_array_and_lines() -> None:
    first, second = adt(), adt("A60")
    pretty = orjson.dumps(first, option=orjson.OPT_INDENT_2)

    assert codes(run(fhir.read, pretty)) == ["read"]
    assert codes(run(fhir.read, b"\xef\xbb\xbf" + pretty)) == ["read"]
    assert codes(run(fhir.read, orjson.dumps([first, second], option=orjson.OPT_INDENT_2))) == ["read", "NR-A60"]
    assert codes(run(fhir.read, dumps(first, second) + b"\n\n" + dumps(first))) == ["read", "NR-A60", "read"]


def test_a_broken_line_costs_one_answer() -> None:
    good = dumps(adt())

    assert codes(run(fhir.read, good + b"\n" + good[:500] + b"\n" + good)) == ["read", "FHIR-01", "read"]
    assert codes(run(fhir.read, good[:500] + b"\n" + good)) == ["FHIR-01", "read"]
    assert codes(run(fhir.read, good[:500])) == ["FHIR-01"]


def test_documents_above_the_limit() -> None:
    long = dumps(adt(text={"div": "x" * 5000}))
    pretty = orjson.dumps(adt(text={"div": "x" * 5000}), option=orjson.OPT_INDENT_2)
    short = dumps(notification())

    assert codes(run(fhir.read, short + b"\n" + long + b"\n" + short, max_item_bytes=4000)) == [
        "read",
        "SRC-03",
        "read",
    ]
    assert codes(run(fhir.read, pretty, max_item_bytes=4000)) == ["SRC-03"]


def test_iso_8859_1_is_read() -> None:
    document = adt()
    document["entry"][1]["resource"]["name"] = "Sykehus Å"

    assert codes(run(fhir.read, dumps(document).decode().encode("iso-8859-1"))) == ["read"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"resourceType": "Patient"}, "FHIR-02"),
        ({"resourceType": "Bundle"}, "FHIR-02"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Encounter"}}]}, "FHIR-03"),
        (bundle([{"resourceType": "MessageHeader", "eventCoding": {"code": "Q"}}]), "FHIR-07"),
        (bundle([{"resourceType": "MessageHeader", "eventCoding": "A01"}]), "FHIR-03"),
        (3, "FHIR-02"),
    ],
)
def test_what_is_no_message(document: Any, code: str) -> None:
    assert codes(run(fhir.read, dumps(document))) == [code]


def test_formatting_does_not_change_the_id_and_the_national_number_does_not_enter_it() -> None:
    plain = events(run(fhir.read, dumps(adt())))[0].event_id
    pretty = events(run(fhir.read, orjson.dumps(adt(), option=orjson.OPT_INDENT_2)))[0].event_id
    other_person = events(run(fhir.read, dumps(adt()).replace(FNR.encode(), b"15870550151")))[0].event_id
    other_ward = events(run(fhir.read, dumps(adt()).replace(b"MED1", b"MED2")))[0].event_id

    assert plain == pretty == other_person != other_ward


def test_a_started_service() -> None:
    event = one(run(fhir.read, dumps(enclosing(notification()))))

    wanted = {
        "event_id": "e86318da-b16b-4023-8e7a-d129b6835feb",
        "previous_event_id": "00000000-0000-0000-0000-000000000000",
        "sequence": 1,
        "subject_id": "T%2F17/TjenesteStart",
        "action": "report",
        "model_version": "56.0.0",
        "legal_basis": "kpr",
        "statusNotifikasjon": "N",
        "notifikasjonRef": None,
        "hendelse": "TjenesteStart",
        "tjenesteType": "15",
        "tjenesteID": "T/17",
        "tjenesteOrgNr": "974724960",
        "hendelseDato": date(2026, 2, 1),
        "hendelseRegTid": datetime(2026, 2, 2, 8, 0, tzinfo=UTC),
        "registered_at": datetime(2026, 2, 2, 11, 0, tzinfo=UTC),
        "kommuneNr": "3222",
        "bydel": "030105",
        "system_vendor": "Leverandør",
    }
    assert {name: event.record[name] for name in wanted} == wanted
    assert event.patient == PatientId("1", FNR)


def test_a_chain_with_a_change_and_a_cancel() -> None:
    first, second, third = (f"{n}86318da-b16b-4023-8e7a-d129b6835feb" for n in "abc")
    pause = {"type": {"coding": [{"code": "midlertidigStoppID"}]}, "value": "S1"}
    ids = notification()["entry"][2]["resource"]["identifier"]
    chain = enclosing(
        notification(guid=first),
        notification("M", guid=second, previous=first, related=first, number="2"),
        notification(guid=third, previous=second, number="5", identifier=[*ids, pause]),
        notification("C", guid=third.replace("c8", "d8"), previous=third, related=first, number="6"),
    )
    records = [event.record for event in events(run(fhir.read, dumps(chain)))]

    assert [r["action"] for r in records] == ["report", "amend", "report", "cancel"]
    assert [r["sequence"] for r in records] == [1, 2, 5, 6]
    assert [r["previous_event_id"] for r in records][1:] == [r["event_id"] for r in records][:-1]
    assert [r["notifikasjonRef"] for r in records] == [None, first, None, first]
    assert {r["subject_id"] for r in records} == {"T%2F17/TjenesteStart", "T%2F17/TjenesteStart/S1"}


@pytest.mark.parametrize(
    ("status", "hendelse"),
    [
        ("arrived", "TjenesteStart"),
        ("onleave", "MidlertidigStoppFra"),
        ("planned", "MidlertidigStoppTil"),
        ("finished", "TjenesteSlutt"),
        ("entered-in-error", "TjenesteutforerEndret"),
    ],
)
def test_the_five_occurrences(status: str, hendelse: str) -> None:
    document = notification()
    service = document["entry"][2]["resource"]
    service["status"] = status
    service["identifier"].append({"type": {"coding": [{"code": "midlertidigStoppID"}]}, "value": "S1"})

    assert one(run(fhir.read, dumps(document))).record["hendelse"] == hendelse


def test_a_pause_needs_the_id_that_ties_it_to_its_end() -> None:
    document = notification()
    document["entry"][2]["resource"]["status"] = "onleave"

    assert fields(run(fhir.read, dumps(document))) == ["Encounter.identifier midlertidigStoppID"]


def test_incomplete_notifications_name_what_is_missing() -> None:
    """Like the two examples that are published with the implementation guide."""
    alone = without(without(notification(), "Encounter"), "Patient")
    only_municipality = without(enclosing(), "MessageHeader")

    items = run(fhir.read, dumps(alone) + b"\n" + dumps(only_municipality) + b"\n" + dumps(enclosing()))

    assert codes(items) == ["FHIR-04+FHIR-04", "NR-K", "NR-K"]
    assert fields(items) == ["Encounter", "Patient.identifier"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"identifier": {"value": "not a guid"}}, "FHIR-06", "Bundle.identifier"),
        ({"identifier": {}}, "FHIR-04", "Bundle.identifier"),
        ({"timestamp": "yesterday"}, "FHIR-05", "Bundle.timestamp"),
        ({"timestamp": None}, "FHIR-04", "Bundle.timestamp"),
        ({"link": [{"relation": "previous", "url": "x/y"}]}, "FHIR-06", "Bundle.link"),
    ],
)
def test_damaged_envelopes_of_notifications(change: dict[str, Any], code: str, field: str) -> None:
    items = run(fhir.read, dumps({**notification(), **change}))

    assert (codes(items), fields(items)) == ([code], [field])


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"status": "cancelled"}, "FHIR-08", "Encounter.status"),
        ({"period": {}}, "FHIR-04", "Encounter.period.start"),
        ({"period": {"start": "2026-02-30"}}, "FHIR-05", "Encounter.period.start"),
        ({"participant": []}, "FHIR-04", "Encounter.participant.period.start"),
    ],
)
def test_damaged_services(change: dict[str, Any], code: str, field: str) -> None:
    document = notification()
    document["entry"][2]["resource"].update(change)
    items = run(fhir.read, dumps(document))

    assert (codes(items), fields(items)) == ([code], [field])


def test_a_number_that_is_none_is_left_out_and_told() -> None:
    (item,) = run(fhir.read, dumps(notification(number="0.1.0")))

    assert isinstance(item, Read)
    assert [(repair.code, repair.field) for repair in item.repairs] == [("FHIR-09", "MessageDefinition.version")]
    assert item.events[0].record["sequence"] is None


def test_the_reporter_may_be_found_by_the_municipality() -> None:
    document = dumps(enclosing(notification()))

    found = run(fhir.read, document, reporter=None, facilities={"3222": "974724960"})
    assert one(found).record["reporter"] == "974724960"
    assert codes(run(fhir.read, document, reporter=None)) == ["SRC-06"]
