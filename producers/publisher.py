"""Publishing events from a program: typed events in, delivery reports out.

    from producers import PatientId, Publisher

    with Publisher(reporter="983971636", system=("Vendor", "Product", "1.0"), kafka={"bootstrap.servers": "…"}) as p:
        p.publish(p.event("capacity", subject_id="icu/bed/adult", occurred_at=now, unit="983971636", as_of=now,
                          origin="reported", resource="icu_bed", category="adult", staffed=12, occupied=9, late=False))
        for report in p.flush():
            print(report.event_id, report.partition, report.offset, report.error)

What `publish` promises when it returns: the event was valid, is encrypted where it must be, and is on disk (synced) in
the spool; it will reach the broker, in the order of the calls within a partition, whatever dies in between, as long as
the disk lives. It may reach it twice when a crash hides an acknowledgement: the stream answers the second as a
duplicate. Every `publish` costs one sync of the disk; `publish_all` costs one for the whole list.
Without a spool (`spool=None`) an event lives in memory until it is acknowledged: for sources that can be read again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from producers.adapters.envelope import MODEL_VERSIONS
from producers.client import Connect, connector
from producers.delivery import DeliveryReport, OnReport, Reports
from producers.encode import Message
from producers.pack import Packer
from producers.routes import Direct, Route, Spooled
from producers.settings import ProducerSettings
from producers.spool import Spool
from producers.types import Event, PatientId, SendingSystem
from producers.validate import problems_of
from runtime.home import find_home
from runtime.settings import KafkaSettings, PrivacySettings, load
from schemas.errors import Fatal, Invalid
from schemas.types import FAMILIES, LEGAL_BASIS, Family, Problem, raw_topic


class Publisher:
    """Sends events to the raw topics. Usable from several threads of the process that made it; one process per spool
    name.

    `home`: where settings, keys and spool are (default: $HELSEPULS_HOME, else the nearest `.helsepuls`).
    `reporter`, `system` (vendor, product, version): what `event` writes into every envelope.
    `kafka`: librdkafka keys over those of the settings. `spool`: name of the file under `<home>/spool`, None for none.
    `on_report`: called once for every event, on another thread; without it `flush` returns the reports.

    Raises Fatal when something that must be set is not, the spool is in use or damaged, or a key is missing; Retryable
    when no broker is set and no stack runs in the home.
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        reporter: str | None = None,
        system: SendingSystem | tuple[str, str, str] | None = None,
        kafka: Mapping[str, str] | None = None,
        spool: str | None = "publisher",
        validate: bool = True,
        on_report: OnReport | None = None,
        settings: ProducerSettings | None = None,
        connect: Connect | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        folder = find_home(home)
        self._settings = settings or load(ProducerSettings, folder)
        self._reporter = reporter
        self._system = system if isinstance(system, SendingSystem) else SendingSystem(*(system or ()))
        self._clock = clock
        self._reports = Reports(on_report)
        self._closed = False
        self._left = 0
        self._process = os.getpid()
        privacy = load(PrivacySettings, folder)
        self._profile = privacy.profile
        self._validate = validate
        broker = load(KafkaSettings, folder, config=dict(kafka) if kafka else None)
        self._packer = Packer(folder, self._settings, privacy, broker)
        self._route: Route
        if spool is None:
            patience = self._settings.ack_timeout_seconds
            self._route = Direct(connect or connector(broker, patience), self._reports, patience)
        else:
            connect = connect or connector(broker, 0)
            store = Spool(self._settings.spool_dir / f"{spool}.sqlite", self._settings.spool_max_bytes)
            self._route = Spooled(store, connect, self._reports)

    def event(
        self,
        family: Family,
        *,
        subject_id: str,
        occurred_at: datetime,
        patient: PatientId | None = None,
        prior_patient: PatientId | None = None,
        **fields: Any,
    ) -> Event:
        """An event with its envelope filled in; `fields` are those of the family's schema and of the envelope.

        `event_id` is a new random one unless given. Give the id your own system keeps with the record if it may come
        to publish the same record again: the id is what tells a repetition from a second event.
        """
        if family not in FAMILIES:
            raise Fatal(f"there is no family {family!r}: give one of {', '.join(FAMILIES)}")
        now = self._clock()
        reporter = fields.get("reporter", self._reporter)
        if not reporter:
            raise Fatal("no reporter: give Publisher(reporter=…) or the event its own")
        envelope = {
            "event_id": str(uuid.uuid4()),
            "reporter": reporter,
            "system_vendor": self._system.vendor,
            "system_product": self._system.product,
            "system_version": self._system.version,
            "model_version": MODEL_VERSIONS[family],
            "subject_id": subject_id,
            "action": "report",
            "occurred_at": occurred_at,
            "registered_at": now,
            "sent_at": now,
            "legal_basis": LEGAL_BASIS[family],
        }
        return Event(family, {**envelope, **fields}, patient, prior_patient)

    def publish(self, event: Event) -> None:
        """Takes one event. When it returns the event is in the spool (without one: in memory).

        Raises Invalid with all problems when the event breaks a rule that refuses it, Rejected when the spool is full
        (nothing was taken: offer it again later), Fatal when the publisher is unusable or closed.
        """
        self._refuse_unusable()
        refusals = self._refusals([event])
        if refusals:
            raise Invalid(refusals[0])
        self._route.send([self._packer.pack(event)])

    def publish_all(self, events: Sequence[Event]) -> None:
        """Takes the valid ones of a list, all or none of them, in one transaction: a few thousand at a time is best.

        An invalid event is not sent; its report says so and holds its problems. Raises Rejected when the spool has no
        room for all (nothing was taken, nothing is reported). Without a spool Retryable means that the broker is gone:
        the events taken before it will be reported, the others not.
        """
        self._refuse_unusable()
        refusals = self._refusals(events)
        messages: list[Message] = []
        for index, event in enumerate(events):
            if index in refusals:
                continue
            try:
                messages.append(self._packer.pack(event))
            except Invalid as invalid:
                refusals[index] = invalid.problems
        self._route.send(messages)
        self._reports.add(_refused(events[index], problems) for index, problems in sorted(refusals.items()))

    def flush(self, timeout: float | None = None) -> list[DeliveryReport]:
        """Waits until every event taken so far has been acknowledged or reported as failed, and returns the reports
        since the last call (none when `on_report` gets them).

        Raises Retryable after `timeout` seconds: the spool keeps the events, the reports wait for the next call.
        """
        self._refuse_fork()
        if not self._closed:
            self._route.flush(timeout)
        return self._reports.take()

    def close(self) -> int:
        """Waits up to `close_timeout_seconds` for acknowledgements. Returns how many events were left: with a spool
        they are sent by the next publisher of that name. Closing again changes nothing and returns the same."""
        if not self._closed and self._process == os.getpid():
            self._closed = True
            self._left = self._route.close(self._settings.close_timeout_seconds)
        return self._left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_unusable(self) -> None:
        self._refuse_fork()
        if self._closed:
            raise Fatal("this publisher was closed, it takes nothing any more: make another one")

    def _refuse_fork(self) -> None:
        """In the copy of a process there is nobody who delivers: whoever waited for it would wait for ever."""
        if self._process != os.getpid():
            raise Fatal(
                "this publisher was made before the process was forked: make one in each process, each with a spool "
                "name of its own"
            )

    def _refusals(self, events: Sequence[Event]) -> dict[int, list[Problem]]:
        """Position in `events` → problems, for those with a rule broken that refuses the event."""
        if not self._validate:
            return {}
        found = problems_of(events, profile=self._profile, now=self._clock())
        return {i: p for i, p in found.items() if any(problem.severity.refuses for problem in p)}


def _refused(event: Event, problems: list[Problem]) -> DeliveryReport:
    codes = ", ".join(sorted({problem.code for problem in problems}))
    return DeliveryReport(event.event_id, raw_topic(event.family), error=f"invalid: {codes}", problems=tuple(problems))
