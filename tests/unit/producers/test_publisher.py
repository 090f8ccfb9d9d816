"""The vendor's class: what is taken, what is refused, what is reported."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from producer_fakes import Broker

from producers import Event, PatientId, Publisher
from producers.settings import ProducerSettings
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas import golden
from schemas.catalog import latest
from schemas.errors import Fatal, Invalid, Rejected, Retryable
from schemas.patient import PatientOpener
from schemas.slow import decode_one
from schemas.wire import unframe

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
REPORTER = "983971636"
PERSON = PatientId(*golden.load("raw.movement")[0]["patient"][1:].decode().split(":"))


@pytest.fixture
def broker(monkeypatch) -> Broker:
    """The fake names messages by their content; here it is given the event id."""
    broker = Broker()
    monkeypatch.setattr("producer_fakes.id_of", lambda value: decode(value)["event_id"])
    return broker


@pytest.fixture
def publisher(home, broker):
    with Publisher(
        reporter=REPORTER, system=("Vendor", "Product", "1"), connect=broker.connect, clock=lambda: NOW
    ) as p:
        yield p


def decode(value: bytes) -> dict:
    schema_id, datum = unframe(value)
    (schema,) = (latest(f"raw.{f}") for f in ("capacity", "movement") if latest(f"raw.{f}").id == schema_id)
    return decode_one(schema, datum)


def capacity(publisher: Publisher, number: int = 0, **more) -> Event:
    return publisher.event(
        "capacity",
        **{
            "subject_id": f"{REPORTER}/bed/adult/{number}", "occurred_at": NOW, "unit": REPORTER, "as_of": NOW,
            "origin": "reported", "resource": "bed", "category": "adult", "staffed": 12, "occupied": 9, "late": False,
            **more,
        },
    )  # fmt: skip


def movement(publisher: Publisher, patient: PatientId | None) -> Event:
    record = golden.load("raw.movement")[0]
    content = {
        name: value
        for name, value in record.items()
        if name not in ("patient", "prior_patient", "event_id", "reporter", "subject_id", "occurred_at")
        and not name.startswith("system_")
    }
    content |= {"occurred_at": NOW, "registered_at": NOW, "sent_at": NOW, "innDatoTid": NOW, "utDatoTid": None}
    return publisher.event("movement", subject_id="V1/admit", patient=patient, **content)


def test_an_event_arrives_with_its_envelope_and_is_reported(publisher, broker):
    event = capacity(publisher)
    publisher.publish(event)
    (report,) = publisher.flush(10)
    assert (report.event_id, report.topic, report.partition, report.offset) == (event.event_id, "raw.capacity", 0, 0)
    assert report.delivered
    (message,) = broker.log
    sent = decode(message.value)
    assert message.key == f"{REPORTER}:{REPORTER}/bed/adult/0".encode()
    assert (sent["reporter"], sent["system_vendor"], sent["action"], sent["legal_basis"]) == (
        REPORTER, "Vendor", "report", "beredskap",
    )  # fmt: skip
    assert publisher.flush(10) == []


def test_an_identifier_leaves_only_sealed(publisher, broker, home):
    event = movement(publisher, PERSON)
    publisher.publish(event)
    publisher.flush(10)
    sealed = decode(broker.log[0].value)["patient"]
    keys = ensure_keys(home, load(PrivacySettings, home))
    opener = PatientOpener({keys.registry_public.key_id: keys.registry_private_pem}, profile="prod")
    assert opener.open(sealed, event.event_id) == (PERSON.type_id, PERSON.number)
    assert not any(PERSON.number.encode() in file.read_bytes() for file in (home / "spool").iterdir())


def test_in_clear_only_under_dev_and_only_when_asked_for(home, broker, monkeypatch):
    settings = load(ProducerSettings, home, patient_in_clear=True)
    with Publisher(reporter=REPORTER, connect=broker.connect, settings=settings, clock=lambda: NOW) as p:
        p.publish(movement(p, PERSON))
        p.flush(10)
    assert decode(broker.log[0].value)["patient"] == b"\x001:" + PERSON.number.encode()
    monkeypatch.setenv("HELSEPULS_PRIVACY_PROFILE", "test")
    with pytest.raises(Fatal, match="in clear are for the dev profile only"):
        Publisher(connect=broker.connect, settings=settings)


def test_prod_without_its_key_does_not_start(home, broker, monkeypatch):
    monkeypatch.setenv("HELSEPULS_PRIVACY_PROFILE", "prod")
    with pytest.raises(Fatal, match="set registry_public_key"):
        Publisher(connect=broker.connect)


def test_an_invalid_event_is_refused_with_all_its_problems(publisher, broker):
    with pytest.raises(Invalid) as caught:
        publisher.publish(capacity(publisher, reporter="123456789", action="destroy"))
    assert {problem.field for problem in caught.value.problems} >= {"reporter", "action"}
    publisher.flush(10)
    assert broker.log == []


def test_of_a_list_the_valid_ones_go_and_the_others_are_reported(publisher, broker):
    good, bad = capacity(publisher), capacity(publisher, 1, action="destroy")
    ill = capacity(publisher, 2, no_such_field=1)
    publisher.publish_all([bad, good, ill])
    reports = {report.event_id: report for report in publisher.flush(10)}
    assert broker.ids == [good.event_id]
    assert reports[good.event_id].delivered
    assert "action" in {problem.field for problem in reports[bad.event_id].problems}
    assert [problem.code for problem in reports[ill.event_id].problems] == ["WIRE-07"]
    assert reports[ill.event_id].error == "invalid: WIRE-07"


def test_a_family_that_does_not_exist_is_told_with_those_that_do(publisher):
    with pytest.raises(Fatal, match="there is no family 'movements': give one of episode, movement"):
        publisher.event("movements", subject_id="x", occurred_at=NOW)


def test_without_validation_the_stream_judges(home, broker):
    with Publisher(reporter=REPORTER, connect=broker.connect, validate=False) as p:
        p.publish(capacity(p, action="destroy"))
        assert [report.delivered for report in p.flush(10)] == [True]


def test_a_time_without_zone_and_a_missing_reporter_are_refused(home, broker):
    with Publisher(connect=broker.connect) as p:
        with pytest.raises(Fatal, match="no reporter"):
            capacity(p)
        with pytest.raises(Invalid, match="without a zone"):
            p.publish(capacity(p, reporter=REPORTER, occurred_at=datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(("length", "code"), [(1_000_000, "WIRE-09"), (999_500, "PUB-01")])
def test_too_large_is_invalid(publisher, length, code):
    """By the rule of the stream, and a little before it: Kafka's framing has to fit, too."""
    with pytest.raises(Invalid, match=rf"{code}.*larger than the \d+ bytes"):
        publisher.publish(capacity(publisher, unit_name="x" * length))


def test_a_full_spool_is_rejected_and_takes_again_when_the_broker_is_back(home, broker):
    broker.takes = 0
    settings = load(ProducerSettings, home, spool_max_bytes=1 << 20, close_timeout_seconds=5)
    with Publisher(reporter=REPORTER, connect=broker.connect, settings=settings, validate=False) as p:
        taken = []
        full = None
        while full is None:
            events = [capacity(p, n, unit_name="x" * 5000) for n in range(20)]
            try:
                p.publish_all(events)
                taken += [event.event_id for event in events]
            except Rejected as rejected:
                full = rejected
        assert "offer the same again" in str(full)
        broker.takes = None
        p.flush(10)
        p.publish_all(events)
        p.flush(10)
    assert broker.ids == taken + [event.event_id for event in events]


def test_events_wait_in_the_spool_for_the_next_publisher(home, broker):
    broker.takes = 0
    settings = load(ProducerSettings, home, close_timeout_seconds=0.1)
    with Publisher(reporter=REPORTER, connect=broker.connect, settings=settings, clock=lambda: NOW) as p:
        events = [capacity(p, n) for n in range(3)]
        for event in events:
            p.publish(event)
        with pytest.raises(Retryable, match=r"3 events wait in the spool .*They are kept"):
            p.flush(0.1)
    assert broker.log == []
    broker.takes = None
    with Publisher(reporter=REPORTER, connect=broker.connect) as p:
        assert [report.event_id for report in p.flush(10)] == [event.event_id for event in events]
    assert broker.ids == [event.event_id for event in events]


def test_a_callback_gets_every_report_and_its_failure_is_raised(home, broker):
    seen = []
    with Publisher(reporter=REPORTER, connect=broker.connect, on_report=seen.append, clock=lambda: NOW) as p:
        event = capacity(p)
        p.publish(event)
        assert p.flush(10) == []
    assert [report.event_id for report in seen] == [event.event_id]

    def fails(report):
        raise ZeroDivisionError

    with Publisher(reporter=REPORTER, connect=broker.connect, on_report=fails, clock=lambda: NOW) as p:
        p.publish(capacity(p))
        with pytest.raises(ZeroDivisionError):
            p.flush(10)
    assert len(broker.log) == 2


def test_several_threads_publish_at_once(home, broker):
    with Publisher(reporter=REPORTER, connect=broker.connect, validate=False) as p:
        mine = {n: [capacity(p, n) for _ in range(30)] for n in range(4)}
        threads = [threading.Thread(target=lambda n=n: [p.publish(event) for event in mine[n]]) for n in mine]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(p.flush(10)) == 120
    for events in mine.values():
        ids = [event.event_id for event in events]
        assert [i for i in broker.ids if i in set(ids)] == ids


def test_without_a_spool_nothing_is_written_to_disk(home, broker):
    with Publisher(reporter=REPORTER, connect=broker.connect, spool=None, clock=lambda: NOW) as p:
        event = capacity(p)
        p.publish(event)
        assert [report.event_id for report in p.flush(10)] == [event.event_id]
    assert not (home / "spool").exists()


def test_without_a_spool_a_broker_that_takes_nothing_is_retryable(home, broker):
    broker.takes = 0
    settings = load(ProducerSettings, home, ack_timeout_seconds=0.2, close_timeout_seconds=0)
    with Publisher(reporter=REPORTER, connect=broker.connect, spool=None, settings=settings, validate=False) as p:
        events = [capacity(p) for _ in range(1001)]  # one more than the fake client's queue holds
        with pytest.raises(Retryable, match="takes no more events"):
            p.publish_all(events)
        with pytest.raises(Retryable, match="1000 events were not acknowledged"):
            p.flush(0.1)


def test_two_publishers_of_one_name_are_refused(publisher, broker):
    with pytest.raises(Fatal, match="give each publisher its own spool name"):
        Publisher(reporter=REPORTER, connect=broker.connect)
    with Publisher(reporter=REPORTER, connect=broker.connect, spool="other", clock=lambda: NOW) as other:
        other.publish(capacity(other))
        assert len(other.flush(10)) == 1


def test_a_spool_that_breaks_while_running_ends_the_publisher(home, broker, monkeypatch):
    p = Publisher(reporter=REPORTER, connect=broker.connect, clock=lambda: NOW)
    monkeypatch.setattr("producers.spool._checksum", lambda seq, message: 0)
    p.publish(capacity(p))
    monkeypatch.undo()
    monkeypatch.setenv("HELSEPULS_HOME", str(home))
    with pytest.raises(Fatal, match="checksum"):
        p.flush(10)
    with pytest.raises(Fatal, match="checksum"):
        p.publish(capacity(p))


def test_the_clock_gives_the_times(publisher, broker):
    publisher.publish(capacity(publisher, occurred_at=NOW - timedelta(hours=1)))
    publisher.flush(10)
    sent = decode(broker.log[0].value)
    assert sent["registered_at"] == sent["sent_at"] == int(NOW.timestamp() * 1000)
    assert Path(publisher._settings.spool_dir).is_dir()


def test_what_is_settled_has_been_reported(home, broker, monkeypatch):
    """A flush that begins between the removal from the spool and the report must wait for the report."""
    from producers.delivery import Reports

    begun, plain = threading.Event(), Reports.add

    def slow(reports, given):
        begun.set()
        threading.Event().wait(0.3)
        plain(reports, given)

    monkeypatch.setattr(Reports, "add", slow)
    with Publisher(reporter=REPORTER, connect=broker.connect, validate=False) as p:
        event = capacity(p)
        p.publish(event)
        assert begun.wait(10)
        assert [report.event_id for report in p.flush(10)] == [event.event_id]


def test_flush_within_a_callback_is_refused_instead_of_waiting_for_itself(home, broker):
    with Publisher(reporter=REPORTER, connect=broker.connect, validate=False, on_report=lambda _: p.flush()) as p:
        p.publish(capacity(p))
        with pytest.raises(Fatal, match="would wait for itself"):
            p.flush(10)


@pytest.mark.parametrize("spool", ["publisher", None])
def test_a_closed_publisher_takes_nothing_and_may_be_closed_again(home, broker, spool):
    with Publisher(reporter=REPORTER, connect=broker.connect, spool=spool, clock=lambda: NOW) as publisher:
        publisher.publish(capacity(publisher))
        assert publisher.close() == 0
        for take in (lambda: publisher.publish(capacity(publisher, 1)), lambda: publisher.publish_all([])):
            with pytest.raises(Fatal, match="was closed"):
                take()
        assert publisher.close() == 0
        assert [report.delivered for report in publisher.flush()] == [True]
    assert len(broker.log) == 1


@pytest.mark.parametrize("spool", ["publisher", None])
def test_the_copy_of_a_forked_process_is_told_so_and_hangs_on_nothing(home, broker, spool):
    with Publisher(reporter=REPORTER, connect=broker.connect, spool=spool, clock=lambda: NOW) as publisher:
        event = capacity(publisher)
        told, tell = os.pipe()
        if (child := os.fork()) == 0:
            signal.alarm(20)
            for call in (lambda: publisher.publish(event), lambda: publisher.flush(5), publisher.close):
                try:
                    os.write(tell, f"{call()};".encode())
                except Fatal as refusal:
                    os.write(tell, f"{refusal.args[0].partition(':')[0]};".encode())
            os._exit(0)
        os.close(tell)
        with os.fdopen(told) as answers:
            said = answers.read().split(";")
        os.waitpid(child, 0)
        assert said == ["this publisher was made before the process was forked"] * 2 + ["0", ""]
        publisher.publish(event)
        assert [report.delivered for report in publisher.flush(20)] == [True]
