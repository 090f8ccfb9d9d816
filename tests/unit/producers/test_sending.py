"""The account: every item ends as exactly one of published, not reportable, invalid, failed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producers.delivery import DeliveryReport, Reports
from producers.encode import Message
from producers.sending import Sending
from producers.types import Bad, Event, NotReportable, Read
from schemas.errors import Invalid
from schemas.types import Problem, Severity

REFUSES = Problem("X-01", Severity.REJECT, "unit", "wrong")
WARNS = Problem("X-02", Severity.WARN, "unit", "odd")
UNFIT = Problem("WIRE-07", Severity.FATAL, "unit", "unfit")


def event(event_id: str, fits: bool = True) -> Event:
    return Event("movement", {"event_id": event_id, "fits": fits})


def pack(event: Event) -> Message:
    if not event.record["fits"]:
        raise Invalid([UNFIT])
    return Message("raw.movement", b"", b"", event.event_id)


def test_an_item_is_sent_whole_or_not_at_all():
    sending = Sending(pack)
    assert len(sending.take("f", Read(1, [event("a"), event("b")]), [WARNS])) == 2
    assert sending.take("f", Read(2, [event("c"), event("d")]), [REFUSES]) == []
    assert sending.take("f", Read(3, [event("e"), event("g", fits=False)]), []) == []
    assert sending.take("f", Bad(4, [UNFIT]), []) == []
    assert sending.take("f", NotReportable(5, "NR-1", "not reportable"), []) == []
    sending.on_report(DeliveryReport("a", "raw.movement", 0, 7))
    sending.on_report(DeliveryReport("b", "raw.movement", 0, 8))
    sending.end("over")
    account = sending.account
    assert (account.report.read, account.published, account.failed) == (5, 1, 0)
    assert (account.report.invalid, account.report.not_reportable, account.report.events) == (3, 1, 2)
    assert [(p.position, p.code) for p in account.report.problems] == [
        (1, "X-02"), (2, "X-01"), (3, "WIRE-07"), (4, "WIRE-07"),
    ]  # fmt: skip
    assert [(a.position, a.code) for a in account.answers] == [(5, "NR-1")]
    assert account.coordinates.runs() == [("raw.movement", 0, 7, 8)]


def test_one_undelivered_event_fails_its_item():
    sending = Sending(pack)
    sending.take("f", Read(1, [event("a"), event("b")]), [])
    sending.on_report(DeliveryReport("a", "raw.movement", error="no answer"))
    assert sending.account.failed == 0
    sending.on_report(DeliveryReport("b", "raw.movement", 0, 3))
    assert (sending.account.failed, sending.account.published) == (1, 0)
    (told,) = sending.account.answers
    assert (told.source, told.position, told.code, told.message) == ("f", 1, "PUB-02", "no answer")


def test_what_is_never_reported_has_failed():
    sending = Sending(pack)
    sending.take("f", Read(1, [event("a"), event("b")]), [])
    sending.take("f", Read(2, [event("c")]), [])
    sending.on_report(DeliveryReport("a", "raw.movement", 0, 0))
    sending.end("broken off")
    assert (sending.account.failed, sending.account.published) == (2, 0)
    assert [told.message for told in sending.account.answers] == ["broken off", "broken off"]
    assert len(sending.account.coordinates) == 1


items = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=3)),
        st.just(("bad", [])),
        st.just(("not", [])),
    ),
    max_size=12,
)


@given(items, st.data())
def test_the_account_always_adds_up(made, data):
    """Ids repeat, also while they are under way; any of them may fail or stay without a report."""
    sending, under_way = Sending(pack), []
    for number, (kind, events) in enumerate(made, start=1):
        if kind == "read":
            problems = data.draw(st.sampled_from([[], [WARNS], [REFUSES]]))
            under_way += sending.take("f", Read(number, [event(i, fits) for i, fits in events]), problems)
        else:
            item = Bad(number, [UNFIT]) if kind == "bad" else NotReportable(number, "NR-1", "")
            assert sending.take("f", item, []) == []
        while under_way and data.draw(st.booleans()):
            message = under_way.pop(0)
            fails = data.draw(st.booleans())
            sending.on_report(
                DeliveryReport(message.event_id, message.topic, error="no")
                if fails
                else DeliveryReport(message.event_id, message.topic, 0, 0)
            )
    sending.end("over")
    account = sending.account
    assert account.report.read == len(made)
    assert (
        account.report.read
        == account.published + account.report.not_reportable + account.report.invalid + account.failed
    )
    assert account.published >= 0
    assert sending._open == {}


def test_reports_are_kept_up_to_a_bound_and_the_loss_is_said_once(caplog):
    reports = Reports(kept=3)
    reports.add(DeliveryReport(str(n), "raw.movement", 0, n) for n in range(10))
    assert [report.event_id for report in reports.take()] == ["7", "8", "9"]
    assert caplog.text.count("delivery reports are not collected") == 1
    assert reports.take() == []


def test_kept_reports_of_undelivered_events_are_logged(caplog):
    Reports().add([DeliveryReport("1", "raw.movement", error="refused")])
    assert "event not delivered" in caplog.text
