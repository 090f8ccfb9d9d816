"""A batch of raw records in, every outcome of it out. Pure but for the clock: no Kafka, no Faust.

`read`: decode → open identifiers. `judge`: validate → deduplicate → enrich → protect → encode. Every record ends as
exactly one of accepted, rejected, duplicate, or is skipped because its outcome is written already (a replay).

What is read depends on nothing that came before, so one batch can be read while another is judged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from reference.store import ReferenceStore
from reference.tables import KEYS
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, RegistrySettings, load
from schemas.passthrough import IDENTITY_FIELDS
from schemas.registry import Registry, SchemaSource
from schemas.rules import RULES_RELEASE, Evaluation
from schemas.types import DUPLICATES_TOPIC, RECEIPTS_TOPIC, REJECTED_TOPIC, Profile, accepted_topic
from streams.pipeline.accepted import encode_accepted, rewrite
from streams.pipeline.decode import Readable, Resolve, decode, source_of
from streams.pipeline.deduplicate import WindowOf, first_accepted
from streams.pipeline.enrich import enrich
from streams.pipeline.protect import Opened, Protector
from streams.pipeline.receipts import SHORT, receipts
from streams.pipeline.validate import validate
from streams.pipeline.verdicts import (
    BatchFacts,
    Judged,
    Source,
    encode_duplicate,
    encode_rejected,
)
from streams.types import AcceptedIds, Ints, Messages, Outcomes, RawBatch
from streams.window.index import ABSENT

Rows = npt.NDArray[np.intp]

_CARRIED = {*SHORT, *KEYS, *IDENTITY_FIELDS, "subject_id", "occurred_at", "declared_known_at", "received_at"}
"""What accepted events need beside their bytes; taking rows of all columns would cost more than judging some rules."""
_KEY = pl.concat_str("reporter", "subject_id", separator=":").cast(pl.Binary).alias("key")
"""Of an outcome, as of its raw event."""


@dataclass(frozen=True, repr=False)
class Reading:
    """What the records of a batch hold. `readable`: the events by schema, each with its identifiers opened; `refused`:
    the verdicts on the others."""

    batch: RawBatch
    readable: Sequence[tuple[Readable, Opened]]
    refused: Sequence[Judged]


@dataclass(frozen=True)
class _Group:
    """Events of one schema, judged by the rules."""

    readable: Readable
    opened: Opened
    verdict: Evaluation

    @property
    def refused(self) -> Rows:
        return np.flatnonzero(self.verdict.refused.to_numpy())

    def sources(self, rows: Sequence[int]) -> list[Source]:
        if not rows:
            return []  # as in most small batches; asking the frame would cost as much as for some rows
        found = self.readable.frame[[*SHORT, "received_at"]][list(rows)]
        columns = [*found[list(SHORT)].get_columns(), found["received_at"].cast(pl.Int64)]  # milliseconds
        return [source_of(*values) for values in zip(*columns, strict=True)]


class Pipeline:
    """What a batch is judged with."""

    def __init__(
        self,
        profile: Profile,
        resolve: Resolve,
        protector: Protector,
        reference: ReferenceStore,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._profile = profile
        self._resolve = resolve
        self._protector = protector
        self._reference = reference
        self._clock = clock
        self._reading = threading.Lock()

    @classmethod
    def from_home(cls, home: Path) -> Pipeline:
        """As the settings of a home say. Raises Fatal when keys are missing outside the dev profile."""
        privacy = load(PrivacySettings, home)
        registry = load(RegistrySettings, home)
        source = SchemaSource(Registry(registry.url) if registry.url else None)
        keys = ensure_keys(home, privacy)
        return cls(privacy.profile, source.resolve, Protector(keys, privacy.profile), ReferenceStore(home))

    def process(self, batch: RawBatch, window_of: WindowOf) -> Outcomes:
        """Both steps. Raises Retryable when a schema or reference cannot be had now: nothing has then happened."""
        return self.judge(self.read(batch), window_of)

    def read(self, batch: RawBatch) -> Reading:
        """Raises Retryable when a schema cannot be had now. Threads read one after the other."""
        with self._reading:
            readable, refused = decode(batch, self._resolve)
            now = self._clock()
            return Reading(batch, [(one, self._protector.open(one.frame, now)) for one in readable], refused)

    def judge(self, reading: Reading, window_of: WindowOf) -> Outcomes:
        """Raises Retryable when a reference cannot be had now; nothing has then happened."""
        outcomes = Outcomes()
        batch = reading.batch
        fresh = _not_emitted(batch, window_of)
        outcomes.counts["replayed"] = len(batch) - len(fresh)
        if not len(fresh):
            return outcomes
        if len(fresh) < len(batch):  # seldom: only what was judged by another before it came to this worker
            reading = self.read(fresh)
        now = self._clock()
        facts = BatchFacts(batch.topic, int(now.timestamp() * 1000), RULES_RELEASE)
        groups = [self._validate(readable, opened, now) for readable, opened in reading.readable]
        judged = [*reading.refused, *(verdict for group in groups for verdict in _refused(group))]
        candidates = [_Candidates.of(number, group) for number, group in enumerate(groups)]
        accepted: list[pl.DataFrame] = []
        first, outcomes.accepted_ids = _deduplicate(candidates, window_of)
        for group, candidate in zip(groups, candidates, strict=True):
            duplicate = first[candidate.number] != ABSENT
            judged += _duplicates(group, candidate.rows[duplicate], first[candidate.number][duplicate])
            if not duplicate.all():
                short, noted = self._accept(group, candidate.rows[~duplicate], facts, outcomes)
                accepted.append(short)
                judged += noted
        _answer(facts, accepted, judged, outcomes)
        return outcomes

    def _validate(self, readable: Readable, opened: Opened, now: datetime) -> _Group:
        family = readable.schema.topic.split(".", 1)[1]
        return _Group(readable, opened, validate(readable.frame, family, opened, self._profile, now))

    def _accept(
        self, group: _Group, rows: Rows, facts: BatchFacts, outcomes: Outcomes
    ) -> tuple[pl.DataFrame, list[Judged]]:
        """Encodes accepted events. Returns them in short (`SHORT`), and verdicts on those with problems."""
        readable, verdict = group.readable, group.verdict
        noted = rows[verdict.with_problems.to_numpy()[rows]].tolist()
        at = dict(zip(noted, np.searchsorted(rows, noted).tolist(), strict=True))
        problems = {at[row]: found for row, found in verdict.problems(noted).items()}
        repaired = np.flatnonzero(verdict.repaired_rows.to_numpy()[rows]).tolist()
        carried = verdict.repaired[[name for name in verdict.repaired.columns if name in _CARRIED]]
        frame = self._protector.protect(_at(carried, rows), group.opened, rows)
        frame = enrich(frame, facts, self._reference.current(), RULES_RELEASE)
        anew = rewrite(readable.schema, verdict.repaired[rows[repaired]]) if repaired else []
        rewritten = dict(zip(repaired, anew, strict=True))
        raw = [readable.values[row] for row in rows.tolist()]
        values = encode_accepted(readable.schema, frame, raw, rewritten, problems)
        told = frame.select(_KEY, pl.col("source_partition").cast(pl.Int64))
        messages = Messages(told["source_partition"].to_numpy(), told["key"].to_list(), values)
        outcomes.add(accepted_topic(facts.family), messages)
        judged = [
            Judged(source, "accepted", problems[at[row]])
            for row, source in zip(noted, group.sources(noted), strict=True)
        ]
        return frame[list(SHORT)], judged


@dataclass(frozen=True)
class _Candidates:
    """Rows of a group that broke no refusing rule."""

    number: int
    rows: Rows
    frame: pl.DataFrame

    @classmethod
    def of(cls, number: int, group: _Group) -> _Candidates:
        rows = np.flatnonzero(~group.verdict.refused.to_numpy())
        frame = group.readable.frame[["event_id", "source_partition", "source_offset"]]
        return cls(number, rows, _at(frame, rows))


def _at(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """These rows, which ascend; without a copy when it is all of them, as usual."""
    return frame if len(rows) == frame.height else frame[rows]


def _not_emitted(batch: RawBatch, window_of: WindowOf) -> RawBatch:
    emitted = np.zeros(len(batch), dtype=np.bool_)
    for partition in np.unique(batch.partitions).tolist():
        rows = batch.partitions == partition
        emitted[rows] = window_of(partition).already_emitted(batch.offsets[rows])
    return batch.take(np.flatnonzero(~emitted)) if emitted.any() else batch


def _deduplicate(candidates: Sequence[_Candidates], window_of: WindowOf) -> tuple[list[Ints], dict[int, AcceptedIds]]:
    """First offsets by group, over all groups at once: the same id may come under two schema versions."""
    if not candidates:
        return [], {}
    if len(candidates) == 1:
        only, new = first_accepted(candidates[0].frame, window_of)
        return [only], new
    parts = [c.frame.with_columns(group=pl.lit(c.number), row=pl.int_range(pl.len())) for c in candidates]
    together = pl.concat(parts).sort("source_partition", "source_offset")
    first, new = first_accepted(together, window_of)
    found = together.select("group", "row", first=pl.Series(first))
    return [found.filter(pl.col("group") == c.number).sort("row")["first"].to_numpy() for c in candidates], new


def _refused(group: _Group) -> list[Judged]:
    rows = group.refused.tolist()
    problems = group.verdict.problems(rows)
    return [
        Judged(source, "rejected", problems[row], group.readable.schema.id)
        for row, source in zip(rows, group.sources(rows), strict=True)
    ]


def _duplicates(group: _Group, rows: Rows, first: Ints) -> list[Judged]:
    return [
        Judged(source, "duplicate", first=(source.partition, at))
        for source, at in zip(group.sources(rows.tolist()), first.tolist(), strict=True)
    ]


def _answer(facts: BatchFacts, accepted: Sequence[pl.DataFrame], judged: Sequence[Judged], outcomes: Outcomes) -> None:
    """Encodes rejections, duplicates and receipts, and counts."""
    rejected = [encode_rejected(facts, j) for j in judged if j.outcome == "rejected"]
    duplicates = [encode_duplicate(facts, j) for j in judged if j.outcome == "duplicate"]
    told = receipts(facts, accepted, judged)
    outcomes.add(REJECTED_TOPIC, Messages.of(rejected))
    outcomes.add(DUPLICATES_TOPIC, Messages.of(duplicates))
    outcomes.add(RECEIPTS_TOPIC, told.messages)
    outcomes.refusals = told.refusals
    outcomes.counts["accepted"] = sum(frame.height for frame in accepted)
    outcomes.counts["rejected"] = len(rejected)
    outcomes.counts["duplicate"] = len(duplicates)
    for verdict in judged:
        for problem in verdict.problems:
            hit = (problem.code, problem.severity.value)
            outcomes.rule_hits[hit] = outcomes.rule_hits.get(hit, 0) + 1
