"""Words shared by adapters, validation and publisher: what an input becomes on its way to the raw topics.

An adapter turns a binary stream into items, lazily and in constant memory. One item is one message, bundle, row or
line of the input, so that `read = published + not_reportable + invalid + failed` holds; one `Read` may hold several
events. Nothing in `position`, `code`, `field` or `message` is ever a value from the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from schemas.types import Family, Problem

if TYPE_CHECKING:
    from producers.mappings.types import CsvMapping

Position = str | int
"""Where in its source an item stands: the number of the message, row or line from 1, or a bundle's place."""


@dataclass(frozen=True, slots=True, repr=False)
class PatientId:
    """A patient's identifier in clear. `type_id` is from code list 9032 (1 fnr, 2 D, 3 H, 9 local, 10 DUF, 12 FH).

    A local number (type 9) is written `<reporter>/<id>`. The publisher seals it; its repr never shows the number.
    """

    type_id: str
    number: str

    def __repr__(self) -> str:
        return f"PatientId(type_id={self.type_id!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """One event before it is protected and encoded.

    `record` holds fields of `schemas.catalog.latest(f"raw.{family}")` except `patient` and `prior_patient`: every
    field without a default is there, one with a default may be absent. Times are aware datetimes in UTC, dates are
    `datetime.date`, arrays are lists of dicts, whole numbers are int.
    """

    family: Family
    record: dict[str, Any]
    patient: PatientId | None = None
    prior_patient: PatientId | None = None

    @property
    def event_id(self) -> str:
        return str(self.record["event_id"])

    @property
    def key(self) -> str:
        """The Kafka key: events of one subject of one reporter keep their order in one partition."""
        return f"{self.record['reporter']}:{self.record['subject_id']}"

    def __repr__(self) -> str:
        return f"Event(family={self.family!r}, event_id={self.record.get('event_id')!r})"


@dataclass(frozen=True, slots=True)
class Read:
    """An input that became events (at least one). `repairs`: attributes that were left out, and why."""

    position: Position
    events: list[Event]
    repairs: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NotReportable:
    """A sound input that tells of nothing the registers ask for."""

    position: Position
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Bad:
    """An input that cannot be used: every problem found in it, at least one. The next item is unaffected."""

    position: Position
    problems: list[Problem]


Item = Read | NotReportable | Bad


@dataclass(frozen=True, slots=True)
class SendingSystem:
    """Who made the data, where the input does not say it itself (leverandor, navnEPJ, versjonEPJ)."""

    vendor: str = "unknown"
    product: str = "unknown"
    version: str = "unknown"


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter must know besides the bytes. The same context and bytes give the same events and ids."""

    source: str
    """Name of the input as the user gave it (a path, or `-`): for messages only, never part of an identity."""
    now: datetime
    """The clock, aware: `sent_at` of the events, and the time of what has none."""
    reporter: str | None = None
    """Organisation number given by the caller; it goes before whatever the input or a mapping says."""
    facilities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Sending facility or unit name, as the sender writes it → organisation number."""
    as_of: datetime | None = None
    """Declared backfill: when this content was known. Goes to `declared_known_at` and into every event id."""
    mapping: CsvMapping | None = None
    """How columns become fields; needed by the CSV adapter only."""
    system: SendingSystem = SendingSystem()
    max_item_bytes: int = 50 * 1024 * 1024
    """A message, bundle or line above this is answered with one problem and skipped (NPR's own limit is 50 MB)."""


class Adapter(Protocol):
    """One format. Raises nothing on bad content: everything is answered as an item. Errors of the stream itself
    (OSError) pass through."""

    def __call__(self, stream: BinaryIO, context: Context) -> Iterator[Item]: ...
