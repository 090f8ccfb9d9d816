"""Sixty days of a simulated health service, through the stream's own pipeline: the outcomes, and what is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np

from producers.simulate.config import DAY_MS, SimulationConfig
from producers.simulate.simulation import Simulation
from producers.simulate.truth import OnDaily, OnSent, Truth
from runtime.keys import ensure_keys
from runtime.settings import PrivacySettings, load
from schemas.patient import PatientSealer
from schemas.types import FAMILIES, Family, raw_topic
from streams.pipeline.process import Pipeline
from streams.types import NO_IDS, RawBatch
from streams.window.partition import PartitionWindow

CONFIG = SimulationConfig(4, 60, 11, date(2026, 3, 2), duplicates=0.02, invalid=0.02, late=0.05, corrections=0.05)
"""On 29 March a day has 23 hours."""
BATCH_DAYS = 6

Stored = dict[str, list[bytes]]
"""The values of an outcome topic in the order of their offsets."""


def judged(
    home: Path, is_kept: Callable[[bytes], bool], on_daily: OnDaily | None = None, on_sent: OnSent | None = None
) -> tuple[Stored, Truth]:
    """Every outcome of the events whose key is kept, as the stream writes it, and the truth of all events."""
    public = ensure_keys(home, load(PrivacySettings, home)).registry_public
    sealer = PatientSealer(public.pem, public.key_id)
    simulation = Simulation(
        CONFIG,
        protect=lambda number, event_id: sealer.seal("1", number, event_id),
        on_daily=on_daily,
        on_sent=on_sent,
    )
    pipeline = Pipeline.from_home(home)
    windows = {family: PartitionWindow(CONFIG.days * DAY_MS) for family in FAMILIES}
    found: Stored = {}
    for _, batches in groupby(simulation, key=lambda batch: batch.hour.number // (24 * BATCH_DAYS)):
        arrived: dict[Family, list[tuple[int, bytes]]] = {}
        for batch in batches:
            kept = zip(batch.keys, batch.values, strict=True)
            arrived.setdefault(batch.family, []).extend((batch.hour.end, v) for key, v in kept if is_kept(key))
        for family, events in arrived.items():
            if not events:
                continue
            window = windows[family]
            first = window.covered + 1
            raw = RawBatch(
                raw_topic(family),
                np.zeros(len(events), dtype=np.int64),
                np.arange(first, first + len(events)),
                np.array([at for at, _ in events]),
                [value for _, value in events],
            )
            outcomes = pipeline.process(raw, {0: window}.__getitem__)
            window.learn_range(int(raw.offsets[-1]), outcomes.accepted_ids.get(0, NO_IDS), events[-1][0])
            for topic, made in outcomes.messages.items():
                found.setdefault(topic, []).extend(made.values)
    return found, simulation.truth
