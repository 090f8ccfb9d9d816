"""From spool to broker: order, acknowledgements, stalls, and any mixture of faults and crashes against a list."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from confluent_kafka import KafkaError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from producer_fakes import Broker, message

from producers.delivery import DeliveryReport
from producers.relay import Relay
from producers.spool import Spool
from schemas.errors import Rejected, Retryable

MIB = 1024 * 1024


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "s.sqlite", MIB)


def test_delivers_in_order_and_reports_where_it_is(spool):
    broker, reports = Broker(), []
    relay = Relay(spool, broker.connect, reports.extend)
    spool.append([message(n) for n in range(3)])
    while relay.step(0):
        pass
    assert broker.ids == ["event-0", "event-1", "event-2"]
    assert reports == [DeliveryReport(f"event-{n}", "raw.movement", 0, n) for n in range(3)]
    assert len(spool) == 0


def test_never_has_more_in_flight_than_the_window(spool):
    broker = Broker(takes=0)
    relay = Relay(spool, broker.connect, lambda _: None, window_messages=7)
    spool.append([message(n) for n in range(50)])
    for _ in range(5):
        relay.step(0)
    assert relay.in_flight == 7
    by_bytes = Relay(spool, broker.connect, lambda _: None, window_bytes=100)
    for _ in range(20):
        by_bytes.step(0)
    assert by_bytes.in_flight == 5


def test_a_message_the_broker_refuses_is_reported_and_kept_but_holds_nobody_up(spool):
    broker, reports = Broker(refuses={message(1).value}), []
    relay = Relay(spool, broker.connect, reports.extend)
    spool.append([message(n) for n in range(3)])
    while relay.step(0):
        pass
    assert broker.ids == ["event-0", "event-2"]
    assert [r.event_id for r in reports if not r.delivered] == ["event-1"]
    assert "MSG_SIZE_TOO_LARGE" in next(r.error for r in reports if r.error)
    path = spool.path
    spool.close()
    again = Spool(path, MIB)
    assert [m.event_id for _, m in again.read(0, 10, MIB)] == ["event-1"]


def test_another_error_stalls_and_begins_again_with_the_oldest(spool):
    broker, reports = Broker(), []
    relay = Relay(spool, broker.connect, reports.extend)
    spool.append([message(n) for n in range(3)])
    broker.error = KafkaError.TOPIC_AUTHORIZATION_FAILED
    with pytest.raises(Retryable, match="TOPIC_AUTHORIZATION_FAILED"):
        relay.step(0)
    assert (reports, len(spool)) == ([], 3)
    assert "TOPIC_AUTHORIZATION_FAILED" in relay.problem
    broker.error = None
    while relay.step(0):
        pass
    assert broker.ids == ["event-0", "event-1", "event-2"]
    assert broker.producers == 2
    assert relay.problem is None


def test_a_full_queue_of_the_client_is_waited_for(spool):
    broker = Broker(takes=0)
    relay = Relay(spool, broker.connect, lambda _: None)
    spool.append([message(n, size=0) for n in range(1500)])
    relay.step(0)
    relay.step(0)
    assert relay.in_flight == 1000
    broker.takes = None
    while relay.step(0):
        pass
    assert broker.ids == [f"event-{n}" for n in range(1500)]


def test_a_full_disk_while_taking_out_loses_no_report(spool, monkeypatch):
    broker, reports = Broker(), []
    relay = Relay(spool, broker.connect, reports.extend)
    spool.append([message(1)])

    def no_room(places: list[int]) -> None:
        raise Rejected("the spool is full")

    with monkeypatch.context() as patch:
        patch.setattr(spool, "remove", no_room)
        with pytest.raises(Rejected):
            relay.step(0)
    assert reports == []
    relay.step(0)
    assert [r.event_id for r in reports] == ["event-1"]
    assert broker.ids == ["event-1"]
    assert len(spool) == 0


class SpoolAndBroker(RuleBasedStateMachine):
    """What was taken is a list; the broker's log, each id counted once, must be that list's beginning, always."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.generation = 0
        self.broker = Broker(takes=0)
        self.taken: list[str] = []
        self.reported: list[str] = []
        self._open(self.folder / "0.sqlite")

    def _open(self, path: Path) -> None:
        self.spool = Spool(path, MIB)
        self.relay = Relay(self.spool, self.broker.connect, self._on_reports, window_messages=5)

    def _on_reports(self, reports: list[DeliveryReport]) -> None:
        self.reported += [r.event_id for r in reports]

    def _step(self) -> None:
        for _ in range(3):
            try:
                self.relay.step(0)
            except Retryable:
                assert self.broker.error is not None

    @rule(count=st.integers(1, 8), size=st.sampled_from([0, 100, 60_000]))
    def publish(self, count: int, size: int) -> None:
        first = len(self.taken)
        messages = [message(first + n, size=size) for n in range(count)]
        try:
            self.spool.append(messages)
        except Rejected:
            assert len(self.spool) > 0
        else:
            self.taken += [m.event_id for m in messages]

    @rule(takes=st.integers(1, 12))
    def deliver(self, takes: int) -> None:
        self.broker.takes = takes
        self._step()
        self.broker.takes = 0

    @rule(takes=st.integers(1, 4))
    def deliver_but_hide_the_acknowledgement(self, takes: int) -> None:
        self.broker.takes, self.broker.hides_acknowledgements = takes, True
        self._step()
        self.broker.takes, self.broker.hides_acknowledgements = 0, False
        self.relay.close()  # an acknowledgement does not come later on the same connection: it is gone

    @rule()
    def fail(self) -> None:
        self.broker.takes, self.broker.error = 1, KafkaError.TOPIC_AUTHORIZATION_FAILED
        self._step()
        self.broker.takes, self.broker.error = 0, None

    @rule()
    def step_without_broker(self) -> None:
        self._step()

    @rule()
    def close_and_open(self) -> None:
        self.relay.close()
        self.spool.close()
        self._open(self.spool.path)

    @rule()
    def crash(self) -> None:
        """What a killed process leaves: the files as they are at this moment."""
        self.generation += 1
        path = self.folder / f"{self.generation}.sqlite"
        for suffix in ("", "-wal"):
            if (file := Path(f"{self.spool.path}{suffix}")).exists():
                shutil.copy(file, f"{path}{suffix}")
        self.spool.close()
        self._open(path)

    @precondition(lambda self: hasattr(self, "taken"))
    @invariant()
    def the_log_is_the_beginning_of_what_was_taken(self) -> None:
        assert self.broker.first_seen == self.taken[: len(self.broker.first_seen)]
        assert set(self.reported) <= set(self.broker.ids)
        assert len(self.spool) >= len(self.taken) - len(self.broker.first_seen)

    def teardown(self) -> None:
        if not hasattr(self, "taken"):
            return
        self.broker.takes = None
        while self.relay.step(0):
            pass
        assert self.broker.first_seen == self.taken
        assert len(self.spool) == 0
        self.spool.close()
        shutil.rmtree(self.folder)


SpoolAndBroker.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSpoolAndBroker = SpoolAndBroker.TestCase
