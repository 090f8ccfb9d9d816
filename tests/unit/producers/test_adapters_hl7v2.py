from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from adapter_samples import FNR, REPORTER, codes, events, fields, hl7, one, pv1, run

from producers.adapters import hl7v2
from producers.adapters.triggers import TRIGGERS, Reported, Unreported
from producers.types import PatientId, Read

UTC_TEN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def test_admission_becomes_a_movement_and_an_episode() -> None:
    message = hl7(pv1=pv1(urgency="E", payer="1", start="20260314093000+0100"))
    movement, episode = events(run(hl7v2.read, message, facilities={"Sykehus A": "974724960"}))

    assert (movement.family, movement.record["subject_id"]) == ("movement", "V100/admit")
    assert movement.record["movement_type"] == "admit"
    assert movement.record["occurred_at"] == UTC_TEN
    assert movement.record["registered_at"] == datetime(2026, 3, 14, 9, 15, tzinfo=UTC)
    assert {name: movement.record[name] for name in ("tjenesteenhetID", "room", "bed", "unit_name", "unit")} == {
        "tjenesteenhetID": "MED1",
        "room": "12",
        "bed": "B",
        "unit_name": "Sykehus A",
        "unit": "974724960",
    }
    assert (episode.family, episode.record["subject_id"]) == ("episode", "V100")
    wanted = {
        "omsorgsniva": "1",
        "innmateHast": "1",
        "debitor": "1",
        "komNrHjem": "3222",
        "innDatoTid": datetime(2026, 3, 14, 8, 30, tzinfo=UTC),
        "utDatoTid": None,
        "fodselsar": 2005,
        "kjonn": "2",
    }
    assert {name: episode.record[name] for name in wanted} == wanted
    assert movement.patient == episode.patient == PatientId("1", FNR)


def test_nothing_that_names_a_person_enters_a_record() -> None:
    for event in events(run(hl7v2.read, hl7(after="NK1|1|NORDMANN^OLA\rNTE|1||Kari ringte"))):
        text = repr(event.record)
        assert not re.search(rf"NORDMANN|KARI|Kari|Gata|{FNR}", text)
        assert FNR not in repr(event)


@pytest.mark.parametrize(
    ("trigger", "kind", "subject", "action"),
    [
        ("A02", "transfer", "V100/transfer/2026-03-14T09:00:00Z", "report"),
        ("A03", "discharge", "V100/discharge", "report"),
        ("A04", "arrive", "V100/admit", "report"),
        ("A05", "pending_admit", "V100/pending_admit", "report"),
        ("A06", "class_change", "V100/class_change/2026-03-14T09:00:00Z", "report"),
        ("A11", "admit", "V100/admit", "cancel"),
        ("A12", "transfer", "V100/transfer/2026-03-14T09:00:00Z", "cancel"),
        ("A13", "discharge", "V100/discharge", "cancel"),
        ("A25", "pending_discharge", "V100/pending_discharge", "cancel"),
        ("A26", "pending_transfer", "V100/pending_transfer", "cancel"),
        ("A27", "pending_admit", "V100/pending_admit", "cancel"),
        ("A21", "leave_start", "V100/leave_start/2026-03-14T09:00:00Z", "report"),
        ("A53", "leave_end", "V100/leave_end/2026-03-14T09:00:00Z", "cancel"),
        ("A45", "update", "V100/update/2026-03-14T09:00:00Z", "report"),
    ],
)
def test_trigger_to_movement(trigger: str, kind: str, subject: str, action: str) -> None:
    movement = events(run(hl7v2.read, hl7(trigger)))[0].record

    assert (movement["movement_type"], movement["subject_id"], movement["action"]) == (kind, subject, action)


def test_every_cancel_hits_the_subject_of_a_report() -> None:
    reported = {(r.subject, r.timed) for r in TRIGGERS.values() if isinstance(r, Reported) and not r.cancels}
    cancelled = {(r.subject, r.timed) for r in TRIGGERS.values() if isinstance(r, Reported) and r.cancels}

    assert cancelled <= reported


def test_a_cancel_of_what_can_happen_twice_must_say_which() -> None:
    items = run(hl7v2.read, hl7("A12", evn="20260314101500+0100"))

    assert codes(items) == ["ADT-07"]
    assert fields(items) == ["EVN-6"]


@pytest.mark.parametrize("trigger", sorted(name for name, rule in TRIGGERS.items() if isinstance(rule, Unreported)))
def test_what_is_no_movement_is_answered(trigger: str) -> None:
    assert codes(run(hl7v2.read, hl7(trigger))) == [f"NR-{trigger}"]


def test_other_messages_and_unknown_triggers_are_answered() -> None:
    other = hl7().replace(b"ADT^A01^ADT_A01", b"ORU^R01")

    assert codes(run(hl7v2.read, other + hl7("A99"))) == ["NR-ORU", "NR-A99"]


def test_a_discharge_closes_the_episode_and_its_cancel_opens_it_again() -> None:
    closed = events(run(hl7v2.read, hl7("A03")))
    opened = events(run(hl7v2.read, hl7("A13", pv1=pv1(start="20260310", end="20260314"))))

    assert [event.record["action"] for event in closed] == ["report"]  # no start is told: no episode to close
    closed = events(run(hl7v2.read, hl7("A03", pv1=pv1(start="20260310"))))
    assert (closed[1].record["action"], closed[1].record["utDatoTid"]) == ("amend", UTC_TEN)
    assert (opened[1].record["action"], opened[1].record["utDatoTid"]) == ("amend", None)
    assert opened[0].record["utDatoTid"] is None


def test_a_cancelled_admission_cancels_the_episode() -> None:
    movement, episode = events(run(hl7v2.read, hl7("A11")))

    assert (movement.record["action"], episode.record["action"]) == ("cancel", "cancel")
    assert episode.record["subject_id"] == "V100"


@pytest.mark.parametrize("klass", ["P", "E", "B", "N", "U", "C", ""])
def test_no_episode_when_the_class_does_not_tell_the_level_of_care(klass: str) -> None:
    assert [event.family for event in events(run(hl7v2.read, hl7(pv1=pv1(klass=klass))))] == ["movement"]


def test_merge_ties_the_former_identifier_and_needs_no_visit() -> None:
    message = hl7("A40", pv1=None, pid3="77^^^LAB", after="MRG|12^^^LAB")
    event = one(run(hl7v2.read, message))

    assert event.record["movement_type"] == "merge"
    assert event.record["subject_id"] == f"merge/{event.event_id}"
    assert event.patient == PatientId("9", f"{REPORTER}/LAB/77")
    assert event.prior_patient == PatientId("9", f"{REPORTER}/LAB/12")
    with_visit = events(run(hl7v2.read, hl7("A40", pid3="77^^^LAB", after="MRG|12^^^LAB")))[0]
    assert with_visit.record["subject_id"] == f"merge/{with_visit.event_id}"
    assert codes(run(hl7v2.read, hl7("A40", pv1=None))) == ["ADT-04"]


def test_a_merge_of_several_pairs_becomes_several_events() -> None:
    pairs = "MRG|1^^^LAB\rPID|2||78^^^LAB\rMRG|2^^^LAB"
    found = events(run(hl7v2.read, hl7("A40", pv1=None, pid3="77^^^LAB", after=pairs)))

    assert [event.prior_patient.number for event in found if event.prior_patient] == [
        f"{REPORTER}/LAB/1",
        f"{REPORTER}/LAB/2",
    ]
    assert len({event.event_id for event in found}) == 2


def test_several_former_identifiers_of_one_patient_are_several_merges() -> None:
    found = events(run(hl7v2.read, hl7("A40", pv1=None, pid3="77^^^LAB", after="MRG|1^^^LAB\rMRG|2^^^LAB")))

    assert [(e.patient and e.patient.number, e.prior_patient and e.prior_patient.number) for e in found] == [
        (f"{REPORTER}/LAB/77", f"{REPORTER}/LAB/1"),
        (f"{REPORTER}/LAB/77", f"{REPORTER}/LAB/2"),
    ]
    assert len({event.event_id for event in found}) == 2


def test_every_visit_that_is_moved_to_the_patient_is_told() -> None:
    moved = f"MRG|12^^^LAB\rPV1|1|{pv1()}\rMRG|12^^^LAB\rPV1|2|{pv1(visit='V200')}"
    found = events(run(hl7v2.read, hl7("A45", pv1=None, after=moved)))

    assert [(e.record["episode_id"], e.patient) for e in found] == [
        ("V100", PatientId("1", FNR)),
        ("V200", PatientId("1", FNR)),
    ]


def test_two_patients_who_change_places_become_two_transfers() -> None:
    other = f"PID|2||99^^^LAB\rPV1|1|{pv1(place='KIR^2^A', visit='V200')}"
    found = events(run(hl7v2.read, hl7("A17", after=other)))

    assert [(e.record["episode_id"], e.record["tjenesteenhetID"]) for e in found] == [("V100", "MED1"), ("V200", "KIR")]


@pytest.mark.parametrize(
    ("pid3", "expected"),
    [
        (f"L1^^^LAB~{FNR}^^^&2.16.578.1.12.4.1.4.1&ISO", PatientId("1", FNR)),
        (f"{FNR}^^^^FNR", PatientId("1", FNR)),
        ("55870550070^^^&2.16.578.1.12.4.1.4.2&ISO", PatientId("2", "55870550070")),
        ("80000000000^^^&2.16.578.1.12.4.1.4.3&ISO", PatientId("12", "80000000000")),
        ("123456789012^^^^DUF", PatientId("10", "123456789012")),
        ("H1^^^^HNR", PatientId("3", "H1")),
        ("L1^^^LAB", PatientId("9", f"{REPORTER}/LAB/L1")),
        ("L1", PatientId("9", f"{REPORTER}/L1")),
        ('""', None),
        ("", None),
    ],
)
def test_patient_identifiers(pid3: str, expected: PatientId | None) -> None:
    assert events(run(hl7v2.read, hl7(pid3=pid3)))[0].patient == expected


def test_the_visit_must_be_there_and_be_no_identifier_of_the_patient() -> None:
    missing = run(hl7v2.read, hl7(pv1="I|MED1"))
    without = run(hl7v2.read, hl7(pv1=None))
    personal = run(hl7v2.read, hl7(pv1=pv1(visit=FNR)))

    assert [codes(missing), codes(without), codes(personal)] == [["ADT-01"], ["ADT-01"], ["ADT-02"]]
    assert fields(missing) == ["PV1-19"]


@pytest.mark.parametrize(
    ("trigger", "place", "pending", "unit", "name"),
    [
        ("A02", "MED1^^^Sykehus A", "KIR^^^Sykehus B", "983971636", "Sykehus A"),
        ("A15", "MED1^^^Sykehus A", "KIR^^^Sykehus B", "974724960", "Sykehus B"),
        ("A15", "MED1^^^Sykehus B", "KIR", "974724960", "Sykehus B"),
        ("A15", "MED1", "KIR", "983971636", "Sykehus A"),
        ("A02", "MED1^^^&1.2.9&ISO", "", "974724960", "1.2.9"),
        ("A02", "MED1^^^B&1.2.9&ISO", "", "974724960", "B"),
    ],
)
def test_the_unit_is_that_of_the_place_that_is_told(
    trigger: str, place: str, pending: str, unit: str, name: str
) -> None:
    facilities = {"Sykehus A": "983971636", "Sykehus B": "974724960", "1.2.9": "974724960"}
    written = hl7(trigger, pv1=pv1(place=place, pending=pending))
    record = events(run(hl7v2.read, written, facilities=facilities))[0].record

    assert (record["unit"], record["unit_name"]) == (unit, name)


def test_reporter_from_the_caller_or_from_the_sending_facility() -> None:
    told = events(run(hl7v2.read, hl7(), reporter=None, facilities={"1.2.3": "974724960"}))

    assert told[0].record["reporter"] == "974724960"
    assert codes(run(hl7v2.read, hl7(), reporter=None)) == ["SRC-06"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026", datetime(2025, 12, 31, 23, 0, tzinfo=UTC)),
        ("202603", datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        ("20260314", datetime(2026, 3, 13, 23, 0, tzinfo=UTC)),
        ("2026031410", datetime(2026, 3, 14, 9, 0, tzinfo=UTC)),
        ("202607141000", datetime(2026, 7, 14, 8, 0, tzinfo=UTC)),
        ("20260314100000.1234", datetime(2026, 3, 14, 9, 0, 0, 123000, tzinfo=UTC)),
        ("20260314100000+0215", datetime(2026, 3, 14, 10, 0, tzinfo=timezone(timedelta(minutes=135)))),
        ("20260314100000-0330", datetime(2026, 3, 14, 13, 30, tzinfo=UTC)),
    ],
)
def test_time_stamps_of_every_precision(written: str, meant: datetime) -> None:
    event = events(run(hl7v2.read, hl7(evn=f"||||{written}")))[0]

    assert event.record["occurred_at"] == meant


@pytest.mark.parametrize(
    "written", ["20261301", "20260230", "yesterday", "2026031425", "20260314100000+2500", "17000101"]
)
def test_an_unreadable_time_of_the_event_refuses_the_message(written: str) -> None:
    items = run(hl7v2.read, hl7(evn=f"||||{written}") + hl7(control="M2"))

    assert codes(items) == ["ADT-06", "read"]
    assert fields(items) == ["EVN-6"]


@pytest.mark.parametrize("born", ["2005", "200501", "20050101", "20050101000000+0200", "20051231235959-0500"])
def test_the_year_of_birth_is_the_one_that_is_written(born: str) -> None:
    pid = f"PID|1||{FNR}^^^^FNR||||{born}|F"

    assert events(run(hl7v2.read, hl7(pid=pid, pv1=pv1(start="20260314"))))[1].record["fodselsar"] == 2005


def test_an_unreadable_time_elsewhere_is_left_out_and_told() -> None:
    (item,) = run(hl7v2.read, hl7(pv1=pv1(start="x", end="20260314")))

    assert isinstance(item, Read)
    assert [(repair.code, repair.field) for repair in item.repairs] == [("ADT-08", "PV1-44")]
    assert item.events[0].record["innDatoTid"] is None


def test_event_time_falls_back_to_recording_and_sending() -> None:
    recorded = events(run(hl7v2.read, hl7(evn="20260314110000+0100")))[0].record["occurred_at"]
    sent = events(run(hl7v2.read, hl7(evn="", msh="20260314120000+0100")))[0].record["occurred_at"]

    assert (recorded.hour, sent.hour) == (10, 11)
    assert codes(run(hl7v2.read, hl7(evn="", msh=""))) == ["ADT-05"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_change_nothing(end: bytes, mark: bytes) -> None:
    plain = events(run(hl7v2.read, hl7()))
    written = mark + hl7().replace(b"\r", end)

    assert [e.event_id for e in events(run(hl7v2.read, written))] == [e.event_id for e in plain]


def test_many_messages_batches_and_mllp_in_one_stream() -> None:
    batch = b"FHS|^~\\&\rBHS|^~\\&\r" + hl7(control="1") + hl7(control="2") + b"BTS|2\rFTS|1\r"
    framed = b"".join(b"\x0b" + hl7(control=c) + b"\x1c\r" for c in "34") + b"\x0b" + hl7(control="5") + b"\x1c"

    items = run(hl7v2.read, batch + framed + hl7(control="6"))

    assert codes(items) == ["read"] * 6
    assert [item.position for item in items] == [1, 2, 3, 4, 5, 6]


def test_what_is_cut_is_told() -> None:
    assert codes(run(hl7v2.read, b"\x0b" + hl7())) == ["HL7-04"]
    assert codes(run(hl7v2.read, b"\x0b" + hl7() + b"\x0b" + hl7() + b"\x1c\r")) == ["HL7-04", "read"]
    assert codes(run(hl7v2.read, b"BHS|^~\\&\r" + hl7())) == ["read", "HL7-05"]


@pytest.mark.parametrize(
    ("fields", "encoding"), [("|", "^~\\&"), ("|", "^~\\&#"), ("|", "^~\\"), ("#", "@~\\&"), ("§", "^~\\&")]
)
def test_a_message_that_begins_in_the_line_of_another_is_read(fields: str, encoding: str) -> None:
    """As when files are joined of which one has no line end at its end."""
    text = hl7().decode().replace("|^~\\&|", f"|{encoding}|").replace("|", fields).replace("^", encoding[0])
    written = text.encode("iso-8859-1")

    assert codes(run(hl7v2.read, written.rstrip(b"\r") + written)) == ["HL7-04", "read"]


def test_signs_behind_the_letters_are_no_message() -> None:
    noted = hl7(after="NTE|1||MSH-- MSH------ MSH: MSH?!?! MSH|12-13 (MSH)...")

    assert codes(run(hl7v2.read, noted)) == ["read"]


def test_garbage_between_messages_costs_one_answer() -> None:
    assert codes(run(hl7v2.read, b"garbage\rmore\r" + hl7() + b"\x1c\rrest\r" + hl7())) == [
        "HL7-01",
        "read",
        "HL7-01",
        "read",
    ]


def test_headers_that_cannot_be_used() -> None:
    assert codes(run(hl7v2.read, b"MSH")) == ["HL7-02"]
    assert codes(run(hl7v2.read, b"MSH|^^^^|A\r")) == ["HL7-02"]
    assert codes(run(hl7v2.read, b"MSH|^~\\&|A\r")) == ["HL7-03"]
    only_in_evn = hl7().replace(b"ADT^A01^ADT_A01", b"ADT")
    assert codes(run(hl7v2.read, only_in_evn)) == ["read"]


def test_other_separators_and_escapes() -> None:
    other = hl7(pv1=pv1(place="MED\\T\\1^\\S\\^B")).decode()
    swapped = other.translate(str.maketrans({"|": "#", "^": "@"})).encode()
    record = events(run(hl7v2.read, swapped))[0].record

    assert (record["tjenesteenhetID"], record["room"], record["bed"]) == ("MED&1", "@", "B")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("V\\X2F\\1", "V/1"),
        ("F\\XC3B8\\de", "Føde"),
        ("F\\XF8\\de", "Føde"),
        ("MED\\X0D0A\\ 1\\.br\\", "MED 1"),
        ("\\X2\\\\X\\\\Z2F\\MED", "MED"),
    ],
)
def test_characters_in_hexadecimal(written: str, meant: str) -> None:
    assert events(run(hl7v2.read, hl7(pv1=pv1(place=written))))[0].record["tjenesteenhetID"] == meant


@pytest.mark.parametrize(
    ("declared", "written"), [("", "iso-8859-1"), ("8859/1", "iso-8859-1"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8")]
)
def test_character_sets(declared: str, written: str) -> None:
    text = hl7(pv1=pv1(place="Føde^^^Sykehus Å")).decode()
    text = text.replace("|P|2.5", f"|P|2.5||||||{declared}")
    record = events(run(hl7v2.read, text.encode(written)))[0].record

    assert (record["tjenesteenhetID"], record["unit_name"]) == ("Føde", "Sykehus Å")


def test_a_line_break_inside_a_field_does_not_break_the_message() -> None:
    message = hl7(after="NTE|1||first\rsecond line\rDG1|1||J18.9^Pneumoni^I10")
    episode = events(run(hl7v2.read, message))[1]

    assert [code["kodeVerdi"] for code in episode.record["tilstander"]] == ["J189"]


def test_codes_of_other_systems_are_not_taken() -> None:
    after = "DG1|1||422504002^Stroke^SCT\rDG1|2||I63.9^^ICD-10||||||||||||2\rDG1|3||G40.9^^I10||||||||||||1\r"
    after += "PR1|1||76164006^Biopsy^SCT\rPR1|2||JFB20^^NCSP||20260314"
    episode = events(run(hl7v2.read, hl7(pv1=pv1(start="20260314"), after=after)))[1].record

    assert [(c["tilstNr"], c["kodeverk"], c["kodeVerdi"]) for c in episode["tilstander"]] == [
        ("1", "D", "G409"),
        ("2", "D", "I639"),
    ]
    assert [(c["kodeverk"], c["kodeVerdi"]) for c in episode["prosedyrer"]] == [("K", "JFB20")]


def test_a_code_may_be_the_alternate_of_one_of_another_system() -> None:
    after = "DG1|1||422504002^Stroke^SCT^I63.9^Hjerneinfarkt^I10\rDG1|2||X1^^LOCAL^^^I10\r"
    after += "PR1|1||76164006^Biopsy^SCT^JFB20^^NCSP||x"
    (item,) = run(hl7v2.read, hl7(pv1=pv1(start="20260314"), after=after))
    assert isinstance(item, Read)
    episode = item.events[1].record

    assert [condition["kodeVerdi"] for condition in episode["tilstander"]] == ["I639"]
    assert [(done["kodeverk"], done["kodeVerdi"]) for done in episode["prosedyrer"]] == [("K", "JFB20")]
    assert [repair.field for repair in item.repairs] == ["PR1-5"]


@pytest.mark.parametrize(
    ("first", "second"), [("0", "1"), ("10", "9"), ("", "2"), ("x", "3"), ("0", "12"), ("02", "1")]
)
def test_the_diagnosis_of_the_highest_priority_is_the_main_condition(first: str, second: str) -> None:
    after = f"DG1|1||I63.9^^I10|{'|' * 11}{first}\rDG1|2||G40.9^^I10|{'|' * 11}{second}"
    episode = events(run(hl7v2.read, hl7(pv1=pv1(start="20260314"), after=after)))[1].record

    assert [condition["kodeVerdi"] for condition in episode["tilstander"]] == ["G409", "I639"]


def test_a_message_above_the_limit_is_skipped_and_the_next_read() -> None:
    long = hl7(after="NTE|1||" + "x" * 5000)
    lines = hl7(after="\r".join("NTE|1||abc" for _ in range(500)))

    assert codes(run(hl7v2.read, long + hl7() + lines + hl7(), max_item_bytes=2000)) == [
        "SRC-03",
        "read",
        "SRC-03",
        "read",
    ]


def test_ids_are_stable_and_tell_messages_apart() -> None:
    first, again = (events(run(hl7v2.read, hl7(), source=name))[0].event_id for name in ("a", "b"))
    same_control_id = events(run(hl7v2.read, hl7(pv1=pv1(place="KIR"))))[0].event_id
    other_reporter = events(run(hl7v2.read, hl7(), reporter="974724960"))[0].event_id
    declared = events(run(hl7v2.read, hl7(), as_of=datetime(2026, 1, 1, tzinfo=UTC)))[0]

    assert first == again
    assert len({first, same_control_id, other_reporter, declared.event_id}) == 4
    assert declared.record["declared_known_at"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_event_id_does_not_give_away_the_national_number() -> None:
    """With all else known, trying every number must not lead to the one of the message."""
    other = hl7().replace(FNR.encode(), b"15870550151")

    assert events(run(hl7v2.read, hl7()))[0].event_id == events(run(hl7v2.read, other))[0].event_id
