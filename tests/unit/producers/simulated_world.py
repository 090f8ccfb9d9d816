"""A simulation taken in as the stream would: decoded, judged by the rules, deduplicated, made current. Written without
the simulator's help, so that its truth can be held against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import polars as pl

from producers.simulate.config import SimulationConfig
from producers.simulate.simulation import Simulation
from schemas.catalog import latest
from schemas.columnar import decode
from schemas.identity import facts, relaxed_at
from schemas.rules import Evaluation, evaluate, evaluate_identity
from schemas.types import FAMILIES, Family, raw_topic
from schemas.wire import unframe

NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)
QUIET = SimulationConfig(reporters=60, days=2, seed=3, start=date(2026, 1, 5))
DISTURBED = SimulationConfig(
    reporters=60, days=3, seed=5, start=date(2026, 1, 5), duplicates=0.05, invalid=0.1, late=0.05, corrections=0.06
)


@dataclass
class World:
    """What came of a simulation. `sent`: per family every event in sending order, with `_outcome` and `_key`."""

    config: SimulationConfig
    truth: dict[str, Any]
    daily: pl.DataFrame
    sent: dict[Family, pl.DataFrame] = field(default_factory=dict)
    codes: dict[Family, Counter[tuple[str, str]]] = field(default_factory=dict)

    def current(self, family: Family) -> pl.DataFrame:
        """One row per subject: the accepted version with the greatest revision, unless it cancels."""
        accepted = self.sent[family].filter(pl.col("_outcome") == "accepted")
        last = accepted.sort("revision", "declared_known_at", "_row").group_by("reporter", "subject_id").last()
        return last.filter(pl.col("action") != "cancel")


@cache
def world(config: SimulationConfig) -> World:
    counts: list[pl.DataFrame] = []
    simulation = Simulation(config, on_daily=counts.append)
    values: dict[Family, list[bytes]] = {family: [] for family in FAMILIES}
    keys: dict[Family, list[str]] = {family: [] for family in FAMILIES}
    for batch in simulation:
        values[batch.family] += batch.values
        keys[batch.family] += [key.decode() for key in batch.keys]
    result = World(config, simulation.truth.document(), pl.concat(counts))
    for family in FAMILIES:
        schema = latest(raw_topic(family))
        assert {unframe(value)[0] for value in values[family]} == {schema.id}
        decoded = decode(schema, values[family])
        assert not decoded.bad
        verdict = _judge(decoded.frame, family)
        result.codes[family] = Counter({(c, str(s)): count for (c, s), count in verdict.counts.items()})
        # a rejected event does not use up its id
        first = pl.struct("event_id", "_refused").is_first_distinct()
        outcome = (
            pl.when("_refused")
            .then(pl.lit("rejected"))
            .when(first)
            .then(pl.lit("accepted"))
            .otherwise(pl.lit("duplicate"))
        )
        result.sent[family] = decoded.frame.with_columns(
            _refused=verdict.refused, _key=pl.Series(keys[family], dtype=pl.String)
        ).with_columns(_outcome=outcome)
    return result


def _judge(frame: pl.DataFrame, family: Family) -> Evaluation:
    verdict = evaluate(frame, family, profile="dev", now=NOW)
    if family == "capacity":
        return verdict
    clear = frame.get_column("patient").bin.slice(1).cast(pl.String).str.split_exact(":", 1)
    types, numbers = clear.struct.field("field_0"), clear.struct.field("field_1")
    return verdict.joined(
        evaluate_identity(
            frame,
            family,
            types=types,
            problems=pl.repeat(None, frame.height, dtype=pl.String, eager=True),
            facts=facts(types, numbers, relaxed_at(frame.get_column("occurred_at"), NOW)),
            profile="dev",
        )
    )
