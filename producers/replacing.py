"""A delivery that is all there is of a period (NPR's delivery type B): what it says wins, what it does not say goes.

Versions of a subject are ordered by revision, and an event id counts once. So a subject of the delivery whose newest
stored version is another one (an amendment, a cancellation, an older content that comes again) is sent with a revision
above that, under an id that follows from both; and a subject of the period that the delivery does not name is
cancelled. All of it follows from the delivery and from what is stored: the same delivery again changes nothing.

Source: NPR reporting model: a delivery of type B replaces its period, one of type E adds to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from producers.adapters.envelope import envelope
from producers.identity import event_id
from producers.times import OSLO
from producers.types import Context, Event, Item, Read
from schemas.catalog import latest
from schemas.errors import Fatal
from schemas.types import FAMILIES, Family, raw_topic

_AT_ONCE: Final = 500
"""Subjects that one question names."""
_STORED: Final = """
    SELECT subject_id, newest.1, newest.2
    FROM
    (
        SELECT
            subject_id,
            argMax((toString(event_id), revision), (revision, known_at, source_offset)) AS newest
        FROM accepted_{family}
        WHERE reporter = {{reporter:String}} AND subject_id IN {{subjects:Array(String)}}
        GROUP BY subject_id
    )
"""
_OF_PERIOD: Final = """
    SELECT {columns}
    FROM {family}_current
    WHERE reporter = {{reporter:String}}
        AND toDate32(toTimeZone(occurred_at, 'Europe/Oslo')) BETWEEN {{first:Date32}} AND {{last:Date32}}
"""

Subject = tuple[Family, str]
"""Of one reporter: family and subject_id."""


class Asks(Protocol):
    """`runtime.warehouse.Reader`, as far as it is used here."""

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]: ...
    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


class Period(NamedTuple):
    """Days of the Norwegian calendar, both included. An event is of the day on which it occurred."""

    first: date
    last: date


class Version(NamedTuple):
    """A version of a subject."""

    event_id: str
    revision: int


class Replacing:
    """One delivery of one reporter that replaces a period. First `note` every item, then `compare`; then send every
    item as `placed`, and when all are delivered `cancels`."""

    def __init__(self, warehouse: Asks, period: Period) -> None:
        self._warehouse = warehouse
        self._period = period
        self._delivered: dict[Subject, Version] = {}
        """The newest version of each subject: the one with the highest revision, the last of equal ones."""
        self._of_period = False
        """Whether any event of the delivery is of the days that it replaces."""
        self._raise: dict[Subject, int] = {}
        self.cancels: list[Read] = []

    def note(self, item: Item) -> None:
        """An item of the delivery."""
        for event in item.events if isinstance(item, Read) else ():
            known = self._delivered.get(_subject(event))
            if known is None or _revision(event) >= known.revision:
                self._delivered[_subject(event)] = Version(event.event_id, _revision(event))
            day = event.record["occurred_at"].astimezone(OSLO).date()
            self._of_period = self._of_period or self._period.first <= day <= self._period.last

    def compare(self, context: Context) -> None:
        """Asks for what is stored. `context`: its `reporter` is whose days they are; `now`, `as_of` and `system` go
        into the cancellations. Raises what the warehouse raises, and Fatal when no event is of the period: a mistyped
        year would otherwise cancel all that was reported of it."""
        assert context.reporter
        if self._delivered and not self._of_period:
            first, last = self._period
            raise Fatal(
                f"nothing was sent: no event of the input is of the days from {first} to {last}, so that everything "
                "reported of them would be cancelled. Is the period right?"
            )
        families: dict[Family, list[str]] = {}
        for family, name in self._delivered:
            families.setdefault(family, []).append(name)
        for family, names in families.items():
            self._raise |= shifts(self._delivered, self._stored(family, names, context.reporter))
            self.cancels += [
                Read(position, [event])
                for position, event in enumerate(self._missing(family, set(names), context), len(self.cancels) + 1)
            ]

    def placed(self, item: Item) -> Item:
        """The item with the revisions of its events above what is stored, and their ids with them."""
        if not isinstance(item, Read):
            return item
        return replace(item, events=[_raised(event, self._raise.get(_subject(event), 0)) for event in item.events])

    def _stored(self, family: Family, names: Sequence[str], reporter: str) -> dict[Subject, Version]:
        """The newest stored version of each of the subjects that has one, cancelled ones too."""
        found: dict[Subject, Version] = {}
        for start in range(0, len(names), _AT_ONCE):
            asked = {"reporter": reporter, "subjects": names[start : start + _AT_ONCE]}
            for name, *version in self._warehouse.rows(_STORED.format(family=family), asked):
                found[family, name] = Version(*version)
        return found

    def _missing(self, family: Family, names: Collection[str], context: Context) -> Iterator[Event]:
        """A cancellation of every stored subject of the period that is not in the delivery."""
        own = _own_fields(family)
        columns = ", ".join(("subject_id", "revision", "occurred_at", "toString(event_id) AS event_id", *own))
        asked = {"reporter": context.reporter, "first": self._period.first, "last": self._period.last}
        for row in self._warehouse.records(_OF_PERIOD.format(family=family, columns=columns), asked):
            if row["subject_id"] not in names:
                yield _cancel(family, row, own, context)


def shifts(delivered: Mapping[Subject, Version], stored: Mapping[Subject, Version]) -> dict[Subject, int]:
    """By how much the revisions of a subject's events are raised so that they win over what is stored; subjects whose
    events go as they are have none."""
    found = {}
    for subject, known in stored.items():
        version = delivered[subject]
        if known.event_id == version.event_id:
            continue
        before = known.revision - version.revision
        sent_before = before > 0 and known.event_id == _raised_id(version.event_id, before)
        found[subject] = before if sent_before else known.revision + 1
    return found


def _cancel(family: Family, row: Mapping[str, Any], own: Sequence[str], context: Context) -> Event:
    """Of a stored subject: `row` has its subject_id, revision, occurred_at, event_id and `own` fields."""
    assert context.reporter
    revision = row["revision"] + 1
    record = envelope(
        context,
        family,
        reporter=context.reporter,
        event_id=event_id(context.reporter, None, "replaced", family, row["subject_id"], revision),
        subject_id=row["subject_id"],
        occurred_at=row["occurred_at"],
        registered_at=context.now,
        action="cancel",
    )
    told = {name: row[name] for name in own}
    if family == "service":  # list 7316: C cancels the notification that it refers to
        told |= {"statusNotifikasjon": "C", "notifikasjonRef": row["event_id"]}
    return Event(family, {**record, **told, "revision": revision})


def _own_fields(family: Family) -> tuple[str, ...]:
    """The family's own fields without a default: its schema asks for them even in a cancellation."""
    of_all = set.intersection(*(set(_without_default(one)) for one in FAMILIES))
    return tuple(name for name in _without_default(family) if name not in of_all)


def _without_default(family: Family) -> list[str]:
    return [field["name"] for field in latest(raw_topic(family)).definition["fields"] if "default" not in field]


def _subject(event: Event) -> Subject:
    return event.family, event.record["subject_id"]


def _revision(event: Event) -> int:
    return int(event.record.get("revision", 0))


def _raised(event: Event, by: int) -> Event:
    if not by:
        return event
    record = {**event.record, "revision": _revision(event) + by, "event_id": _raised_id(event.event_id, by)}
    return replace(event, record=record)


def _raised_id(given: str, by: int) -> str:
    return event_id("", None, "raised", given, by)
