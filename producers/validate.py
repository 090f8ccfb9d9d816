"""The stream's own verdict on events before they are sent.

Events are encoded as the publisher encodes them and decoded as the stream decodes them; then the same rules are asked.
Identifiers are judged as they are here, before they are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import polars as pl

from producers.encode import encode
from producers.types import Event, Item, PatientId, Read
from schemas.catalog import latest
from schemas.columnar import decode
from schemas.errors import Invalid
from schemas.identity import facts, relaxed_at
from schemas.patient import PatientOpener, clear
from schemas.rules import evaluate, evaluate_identity
from schemas.rules.identity import PatientField
from schemas.types import Family, Problem, Profile, raw_topic
from schemas.wire import LARGEST_EVENT, TOO_LARGE

_BATCH: Final = 2_000
"""Events judged at once: enough that the rules' fixed cost vanishes, little enough to hold."""
_PATIENT_FIELDS: Final[tuple[PatientField, ...]] = ("patient", "prior_patient")
_OPENER: Final = PatientOpener({}, profile="dev")
"""Takes identifiers apart as the stream does; here they are in clear, whatever the profile."""


def validate(events: Sequence[Event], *, profile: Profile, now: datetime) -> list[list[Problem]]:
    """All problems of each event, in the order of the events; an empty list for one without any.

    Vectorised: a few thousand events at a time is best. Never raises for what the events hold.
    """
    found = problems_of(events, profile=profile, now=now)
    return [found.get(index, []) for index in range(len(events))]


def problems_of(events: Sequence[Event], *, profile: Profile, now: datetime) -> dict[int, list[Problem]]:
    """As `validate`, but only the events with problems, by their position."""
    by_family: dict[Family, list[int]] = {}
    for index, event in enumerate(events):
        by_family.setdefault(event.family, []).append(index)
    found: dict[int, list[Problem]] = {}
    for family, rows in by_family.items():
        judged = _judge(family, [events[row] for row in rows], profile, now)
        found.update({rows[at]: problems for at, problems in judged.items() if problems})
    return dict(sorted(found.items()))


def judged(
    items: Iterable[tuple[str, Item]], *, profile: Profile, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[tuple[str, Item, list[Problem]]]:
    """Source, item and what the rules find in the item's events, in order. Works in batches, so an item comes out
    only when enough have come in, or at the end."""
    batch: list[tuple[str, Item]] = []
    waiting = 0
    for source, item in items:
        batch.append((source, item))
        waiting += len(item.events) if isinstance(item, Read) else 1
        if waiting >= _BATCH:
            yield from _with_problems(batch, profile, clock())
            batch, waiting = [], 0
    yield from _with_problems(batch, profile, clock())


def _with_problems(
    batch: Sequence[tuple[str, Item]], profile: Profile, now: datetime
) -> Iterator[tuple[str, Item, list[Problem]]]:
    events = [event for _, item in batch if isinstance(item, Read) for event in item.events]
    found = iter(validate(events, profile=profile, now=now))
    for source, item in batch:
        own = [next(found) for _ in item.events] if isinstance(item, Read) else []
        yield source, item, [problem for problems in own for problem in problems]


def _judge(family: Family, events: Sequence[Event], profile: Profile, now: datetime) -> dict[int, list[Problem]]:
    found: dict[int, list[Problem]] = {}
    values: list[bytes] = []
    at: list[int] = []
    for index, event in enumerate(events):
        try:
            message = encode(event, _plain(event.patient), _plain(event.prior_patient))
        except Invalid as invalid:
            found[index] = invalid.problems
            continue
        if len(message.value) > LARGEST_EVENT:
            found[index] = [TOO_LARGE]
            continue
        values.append(message.value)
        at.append(index)
    decoded = decode(latest(raw_topic(family)), values)
    found.update({at[row]: [problem] for row, problem in decoded.bad})
    rows = [at[row] for row in decoded.frame.get_column("_row").to_list()]
    _merge(found, rows, _by_rules(decoded.frame, family, profile, now))
    for field in _PATIENT_FIELDS:
        people = [(place, person) for place, row in enumerate(rows) if (person := getattr(events[row], field))]
        if people:
            places = [place for place, _ in people]
            judged = _identities(decoded.frame[places], family, [p for _, p in people], field, profile, now)
            _merge(found, [rows[place] for place in places], judged)
    return found


def _plain(patient: PatientId | None) -> bytes | None:
    """The identifier as it stands in the frame that the rules see; it goes nowhere else."""
    return clear(patient.type_id, patient.number) if patient else None


def _by_rules(frame: pl.DataFrame, family: Family, profile: Profile, now: datetime) -> Mapping[int, list[Problem]]:
    verdict = evaluate(frame, family, profile=profile, now=now)
    return verdict.problems(verdict.with_problems.arg_true().to_list())


def _identities(
    frame: pl.DataFrame,
    family: Family,
    people: Sequence[PatientId],
    field: PatientField,
    profile: Profile,
    now: datetime,
) -> Mapping[int, list[Problem]]:
    held = _OPENER.open_many([clear(person.type_id, person.number) for person in people], [b""] * len(people))
    verdict = evaluate_identity(
        frame,
        family,
        types=held.types,
        problems=held.problems,
        facts=facts(held.types, held.numbers, relaxed_at(frame.get_column("occurred_at"), now)),
        profile=profile,
        field=field,
    )
    return verdict.problems(verdict.with_problems.arg_true().to_list())


def _merge(found: dict[int, list[Problem]], rows: Sequence[int], judged: Mapping[int, list[Problem]]) -> None:
    for place, problems in judged.items():
        found.setdefault(rows[place], []).extend(problems)
