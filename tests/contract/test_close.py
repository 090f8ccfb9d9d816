"""The daily close over the real engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from stored import Warehouse, notify

from monitoring import metrics
from schemas.errors import Fatal, Retryable
from schemas.types import FAMILIES
from sinks import close_views, relations
from sinks.close import Closer
from sinks.close_views import days_of, falls_on

DAY = date(2026, 5, 13)
CLOSED_AT = datetime(2026, 5, 14, 4, 0, tzinfo=UTC)  # 06:00 in Oslo
LATER = CLOSED_AT + timedelta(hours=3)
AT = time(6)
BEGAN = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
CONTACT: dict[str, Any] = {"reporter": "983971636", "unit": "u", "omsorgsniva": "3", "patient_key": None}


def closer(warehouse: Warehouse, now: datetime = CLOSED_AT) -> Closer:
    return Closer(warehouse.client, AT, lambda: now)


def contact(warehouse: Warehouse, subject: str, began: datetime = BEGAN, **changes: Any) -> None:
    told = {"occurred_at": began, "innDatoTid": began, "utDatoTid": None, "received_at": began}
    warehouse.accept("episode", **{**CONTACT, **told, "subject_id": subject, **changes})


def stored(warehouse: Warehouse) -> list[Any]:
    closes = warehouse.rows("SELECT day, view, rows, hash, closed_at FROM closes ORDER BY day, view")
    return [closes, warehouse.rows("SELECT * FROM npr_contacts_daily_closed ORDER BY ALL")]


def test_a_closed_day_is_the_running_view_of_that_moment(warehouse: Warehouse) -> None:
    contact(warehouse, "1")
    contact(warehouse, "2")
    contact(warehouse, "other day", BEGAN - timedelta(days=1))
    found = closer(warehouse).close(DAY)
    assert all(one.new for one in found)
    assert {one.view: one.rows for one in found}["npr_contacts_daily"] == 1
    [running] = warehouse.rows("SELECT * FROM npr_contacts_daily WHERE day = '2026-05-13'")
    [closed] = warehouse.rows("SELECT * EXCEPT closed_at FROM npr_contacts_daily_closed WHERE day = '2026-05-13'")
    assert closed == {"closed_on": DAY, **running, "as_known_at": CLOSED_AT.replace(tzinfo=None)}
    [told] = warehouse.rows("SELECT * FROM closes WHERE view = 'npr_contacts_daily'")
    assert (told["rows"], told["closed_at"]) == (1, CLOSED_AT.replace(tzinfo=None))
    assert (told["rules_releases"], told["reference_releases"]) == (["test"], ["test"])
    assert [tuple(r.values()) if isinstance(r, dict) else tuple(r) for r in told["input_ranges"]] == [
        ("accepted.episode", 0, 0, 2)
    ]


def in_bed(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    told = "difference, late, amended, changed_at"
    return warehouse.tuples(
        f"SELECT {told} FROM register_changes WHERE view = 'npr_stays_daily' AND column = 'in_bed' AND day = '{DAY}'"
    )


def test_a_late_stay_is_the_reason_for_each_of_its_days(warehouse: Warehouse) -> None:
    """A stay from three days before to three days after the closed day, told when it was over: one more lay there."""
    stay = {"omsorgsniva": "1"}
    contact(warehouse, "known", BEGAN - timedelta(days=5), **stay)
    closer(warehouse).close(DAY)
    told = BEGAN + timedelta(days=4)
    ends = BEGAN + timedelta(days=3)
    contact(warehouse, "late", BEGAN - timedelta(days=3), **stay, utDatoTid=ends, received_at=told)
    assert in_bed(warehouse) == [(1, 1, 0, told.replace(tzinfo=None))]


def test_a_late_discharge_is_the_reason_for_the_days_after_it(warehouse: Warehouse) -> None:
    """Left two days before the closed day, told a day after its close: nobody lay there, and the row is gone."""
    stay = {"reporter": "983971636", "episode_id": "v", "patient_class": "I", "utDatoTid": None}
    came, left = BEGAN - timedelta(days=4), BEGAN - timedelta(days=2)
    told = CLOSED_AT + timedelta(days=1)
    warehouse.accept("movement", **stay, subject_id="v/1", movement_type="admit", occurred_at=came, received_at=came)
    closer(warehouse).close(DAY)
    warehouse.accept(
        "movement", **stay, subject_id="v/2", movement_type="discharge", occurred_at=left, received_at=told
    )
    assert in_bed(warehouse) == [(-1, 1, 0, told.replace(tzinfo=None))]


def test_a_late_end_of_an_episode_is_the_reason_for_the_days_after_it(warehouse: Warehouse) -> None:
    """Closed as lying there; a corrected episode says two days later that it had ended the day before."""
    stay = {"omsorgsniva": "1", "innDatoTid": BEGAN - timedelta(days=2)}
    contact(warehouse, "over", BEGAN - timedelta(days=2), **stay)
    closer(warehouse).close(DAY)
    told = {"utDatoTid": BEGAN - timedelta(days=1), "received_at": BEGAN + timedelta(days=2)}
    contact(warehouse, "over", BEGAN - timedelta(days=2), revision=1, action="amend", **stay, **told)
    assert in_bed(warehouse) == [(-1, 0, 1, told["received_at"].replace(tzinfo=None))]


@pytest.mark.parametrize(("what", "days", "difference"), [("TjenesteStart", -3, 1), ("TjenesteSlutt", -1, -1)])
def test_a_late_notification_of_an_acute_bed_is_the_reason_for_the_days_after_it(
    warehouse: Warehouse, what: str, days: int, difference: int
) -> None:
    """Somebody lay in a municipal acute bed since five days before, or did not; a start of three days before the closed
    day, or an end of the day before it, is told a day after its close."""
    kind = {"tjenesteType": "25", "kommuneNr": "0301"}
    if what == "TjenesteSlutt":
        notify(warehouse, "k", "TjenesteStart", DAY - timedelta(days=5), **kind)
    closer(warehouse).close(DAY)
    told = CLOSED_AT + timedelta(days=1)
    notify(warehouse, "k", what, DAY + timedelta(days=days), **kind, received_at=told)
    changes = "SELECT difference, late, amended, changed_at FROM register_changes"
    occupied = f"{changes} WHERE view = 'kpr_kad_daily' AND column = 'occupied' AND day = '{DAY}'"
    assert warehouse.tuples(occupied) == [(difference, 1, 0, told.replace(tzinfo=None))]


def test_a_late_notification_of_another_service_concerns_its_own_day(warehouse: Warehouse) -> None:
    closer(warehouse).close(DAY)
    notify(warehouse, "s", "TjenesteStart", DAY - timedelta(days=3), received_at=CLOSED_AT + timedelta(days=1))
    days = set(warehouse.values("SELECT arrayJoin(days) FROM register_events WHERE family = 'service'"))
    assert DAY - timedelta(days=3) in days
    assert DAY - timedelta(days=2) not in days


def test_acute_beds_of_years_that_are_filled_in_concern_no_day_that_was_never_closed(warehouse: Warehouse) -> None:
    """A stay of ten years ago, told now: its own day, and those since the first close."""
    closer(warehouse).close(DAY)
    began = date(2016, 5, 13)
    told = CLOSED_AT + timedelta(days=1)
    notify(warehouse, "k", "TjenesteStart", began, tjenesteType="25", occurred_at=told, received_at=told)
    days = warehouse.values("SELECT arrayJoin(arraySort(days)) FROM register_events WHERE family = 'service'")
    assert days == [began, DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]


def test_every_daily_view_is_closed(warehouse: Warehouse) -> None:
    names = warehouse.values(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(name, '_daily') "
        "AND NOT startsWith(name, 'explain_') ORDER BY name"
    )
    assert [one.view for one in closer(warehouse).close(DAY)] == names
    for name in names:
        assert warehouse.values(f"SELECT count() FROM {name}_closed") == [0]


def test_closing_again_changes_nothing_and_says_so(warehouse: Warehouse) -> None:
    contact(warehouse, "1")
    first = closer(warehouse).close(DAY)
    before = stored(warehouse)
    contact(warehouse, "2", received_at=LATER)
    again = closer(warehouse, LATER).close(DAY)
    assert [(one.hash, one.closed_at) for one in again] == [(one.hash, one.closed_at) for one in first]
    assert not any(one.new for one in again)
    assert stored(warehouse) == before


def test_a_day_without_events_is_closed_with_no_rows(warehouse: Warehouse) -> None:
    assert {one.rows for one in closer(warehouse).close(DAY)} == {0}
    assert closer(warehouse).days() == [DAY]
    assert closer(warehouse).missed() == []


def test_what_changes_a_closed_day_is_told(warehouse: Warehouse) -> None:
    """Closed: 3 contacts, all open. After: one comes late, one gets an end, one is cancelled: still 3, one ended."""
    for subject in ("1", "2", "3"):
        contact(warehouse, subject)
    closer(warehouse).close(DAY)
    assert warehouse.rows("SELECT * FROM register_changes") == []
    contact(warehouse, "4", received_at=LATER)
    contact(warehouse, "2", received_at=LATER, revision=1, action="amend", utDatoTid=BEGAN + timedelta(hours=1))
    contact(warehouse, "3", received_at=LATER, revision=1, action="cancel")
    contact(warehouse, "9", BEGAN + timedelta(days=1), received_at=LATER)  # of another day
    assert warehouse.values("SELECT contacts FROM npr_contacts_daily WHERE day = '2026-05-13'") == [3]
    rows = warehouse.rows("SELECT * FROM register_changes WHERE view = 'npr_contacts_daily' ORDER BY column")
    assert [(r["column"], r["closed_value"], r["value"], r["difference"]) for r in rows] == [
        ("ended", 0, 1, 1),
        ("open", 3, 2, -1),
    ]
    assert {(r["day"], r["late"], r["amended"], r["cancelled"]) for r in rows} == {(DAY, 1, 1, 1)}
    assert '"reporter":"983971636"' in rows[0]["grain"]
    assert warehouse.values("SELECT open FROM npr_contacts_daily_closed") == [3]


def test_a_row_that_came_and_one_that_went(warehouse: Warehouse) -> None:
    contact(warehouse, "1", unit="a")
    closer(warehouse).close(DAY)
    contact(warehouse, "1", unit="b", revision=1, action="amend", received_at=LATER)
    rows = warehouse.rows(
        "SELECT * FROM register_changes WHERE view = 'npr_contacts_daily' AND column = 'contacts' ORDER BY difference"
    )
    assert [(r["closed_value"], r["value"], r["difference"]) for r in rows] == [(1, None, -1), (None, 1, 1)]


class Breaking:
    """A client that fails after, or before, its n-th insert."""

    def __init__(self, client: Any, at: int, *, after: bool) -> None:
        self._client = client
        self._left = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def insert_arrow(self, table: str, content: Any, **more: Any) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise InterruptedError
        self._client.insert_arrow(table, content, **more)
        if self._left == 0:
            raise InterruptedError


@pytest.fixture
def two_views(warehouse: Warehouse) -> int:
    """Rows in two daily views: two inserts of rows and one of the close, at least."""
    contact(warehouse, "1")
    warehouse.accept("service", subject_id="s", hendelseDato=DAY, occurred_at=BEGAN, received_at=BEGAN)
    counted = Breaking(warehouse.client, -1, after=False)
    Closer(counted, AT, lambda: CLOSED_AT).close(DAY)
    return -1 - counted._left


def emptied(warehouse: Warehouse) -> None:
    for table in ("log_closes", "log_closed_rows"):
        warehouse.client.command(f"TRUNCATE TABLE {table}")


def test_interrupted_anywhere_it_is_no_close_or_a_whole_one(warehouse: Warehouse, two_views: int) -> None:
    whole = stored(warehouse)
    assert two_views >= 3
    for number in range(1, two_views + 1):
        for after in (False, True):
            emptied(warehouse)
            with pytest.raises(InterruptedError):
                Closer(Breaking(warehouse.client, number, after=after), AT, lambda: CLOSED_AT).close(DAY)
            complete = number == two_views and after
            assert stored(warehouse) == (whole if complete else [[], []])
            again = closer(warehouse).close(DAY)
            assert all(one.new is not complete for one in again)
            assert stored(warehouse) == whole


def test_rows_of_an_interrupted_attempt_are_not_seen_when_the_figures_changed(warehouse: Warehouse) -> None:
    contact(warehouse, "1", unit="a")
    with pytest.raises(InterruptedError):
        Closer(Breaking(warehouse.client, 1, after=True), AT, lambda: CLOSED_AT).close(DAY)
    contact(warehouse, "1", unit="b", revision=1, action="amend")
    closer(warehouse).close(DAY)
    assert warehouse.values("SELECT unit FROM npr_contacts_daily_closed") == ["b"]


class Overtaken:
    """A client whose closing insert is late: another process closes the day before it."""

    def __init__(self, client: Any, other: Closer) -> None:
        self._client = client
        self._other = other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def insert_arrow(self, table: str, content: Any, **more: Any) -> None:
        if table == "log_closes":
            self._other.close(DAY)
        self._client.insert_arrow(table, content, **more)


def test_of_two_that_close_at_the_same_time_the_first_to_be_stored_counts(warehouse: Warehouse) -> None:
    """Not the one that began first: what was stored before it may have been read."""
    contact(warehouse, "1", unit="a")
    other = closer(warehouse, LATER)
    found = Closer(Overtaken(warehouse.client, other), AT, lambda: CLOSED_AT).close(DAY)
    assert {one.closed_at for one in found} == {LATER}
    assert warehouse.values("SELECT DISTINCT closed_at FROM closes") == [LATER.replace(tzinfo=None)]
    warehouse.client.command("OPTIMIZE TABLE log_closes FINAL")
    assert warehouse.values("SELECT DISTINCT closed_at FROM npr_contacts_daily_closed") == [LATER.replace(tzinfo=None)]


def test_days_of_23_and_25_hours(warehouse: Warehouse) -> None:
    """29 March 2026 lasts from 23:00 to 22:00 UTC, 25 October from 22:00 to 23:00."""
    for day, first, last in (
        (date(2026, 3, 29), "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z"),
        (date(2026, 10, 25), "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"),
    ):
        begin, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
        for name, began in (
            ("before", begin - timedelta(seconds=1)),
            ("begin", begin),
            ("end", end),
            ("after", end + timedelta(seconds=1)),
        ):
            contact(warehouse, f"{day}/{name}", began)
        closer(warehouse, end + timedelta(hours=12)).close(day)
        assert warehouse.values(f"SELECT contacts FROM npr_contacts_daily_closed WHERE day = '{day}'") == [2]


def test_missed_days_and_days_that_are_not_over(warehouse: Warehouse) -> None:
    assert closer(warehouse).days() == [DAY]
    closer(warehouse).close(DAY)
    after = closer(warehouse, CLOSED_AT + timedelta(days=3))
    assert after.days() == [date(2026, 5, 14), date(2026, 5, 15), date(2026, 5, 16)]
    assert closer(warehouse).days() == [DAY]
    for day in (date(2026, 5, 14), date(2026, 6, 1)):
        with pytest.raises(Fatal, match="cannot be closed yet"):
            closer(warehouse).days(day)


def test_a_day_that_is_closed_by_hand_hides_none_before_it(warehouse: Warehouse) -> None:
    closer(warehouse).close(DAY)
    after = closer(warehouse, CLOSED_AT + timedelta(days=4))
    after.close(date(2026, 5, 17))
    left = [date(2026, 5, 14), date(2026, 5, 15), date(2026, 5, 16)]
    assert after.missed() == after.days() == left
    for day in left:
        after.close(day)
    assert after.missed() == []
    assert after.days() == [date(2026, 5, 17)]
    assert metrics.CLOSE_LAST_DAY._value.get() == datetime(2026, 5, 17, tzinfo=UTC).timestamp()


def test_a_failure_of_the_engine_says_nothing_of_the_content(warehouse: Warehouse) -> None:
    warehouse.client.command("RENAME TABLE log_closed_rows TO log_closed_rows_away")
    contact(warehouse, "1")
    try:
        with pytest.raises((Fatal, Retryable)) as told:
            closer(warehouse).close(DAY)
    finally:
        warehouse.client.command("RENAME TABLE log_closed_rows_away TO log_closed_rows")
    assert "983971636" not in str(told.value)


def test_a_view_that_gains_a_column_keeps_its_closed_days(warehouse: Warehouse) -> None:
    """The column is unknown in days closed before, and is no change of them."""
    contact(warehouse, "1")
    closer(warehouse).close(DAY)
    views = {view.name: view.statement for view in relations.load(str(warehouse.client.database))}
    made_anew = ("npr_contacts_daily_closed", "closed_figures")
    grown = views["npr_contacts_daily"].replace("count() AS contacts,", "count() AS contacts, count() + 1 AS more,")
    try:
        for statement in (grown, *(views[name] for name in made_anew)):
            warehouse.client.command(close_views.filled(statement, lambda view: described(warehouse, view)))
        assert warehouse.values("SELECT more FROM npr_contacts_daily") == [2]
        assert warehouse.rows("SELECT contacts, more FROM npr_contacts_daily_closed") == [{"contacts": 1, "more": None}]
        assert warehouse.rows("SELECT * FROM register_changes") == []
    finally:
        for name in ("npr_contacts_daily", *made_anew):
            warehouse.client.command(close_views.filled(views[name], lambda view: described(warehouse, view)))


def described(warehouse: Warehouse, view: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in warehouse.client.query(f"DESCRIBE TABLE {view}").result_rows]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_event_falls_on_each_of_its_days_and_on_no_other(warehouse: Warehouse, family: str) -> None:
    """Two ways of saying it: the arrays that changes are told by, and the conditions that a close asks with."""
    for number, hours in enumerate((0, 9, 11, 40)):
        warehouse.accept(family, subject_id=str(number), occurred_at=BEGAN + timedelta(hours=hours))
    days = warehouse.values(f"SELECT DISTINCT arrayJoin({days_of(family)}) AS d FROM log_accepted_{family} ORDER BY d")
    assert len(days) >= 2
    for day in [*days, days[-1] + timedelta(days=1)]:
        [(listed, asked)] = warehouse.client.query(
            f"SELECT groupArrayIf(subject_id, has({days_of(family)}, toDate32('{day}'))), "
            f"groupArrayIf(subject_id, {falls_on(family, str(day))}) FROM log_accepted_{family}"
        ).result_rows
        assert sorted(listed) == sorted(asked)
        assert bool(listed) == (day in days)
