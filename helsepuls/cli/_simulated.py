"""A simulation sent to Kafka or to files with a progress bar, shared by `simulate` and `demo`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helsepuls.cli import common

if TYPE_CHECKING:
    from producers.simulate.config import SimulationConfig
    from producers.simulate.live import Sent
    from producers.simulate.simulation import Batch, Simulation

_REACH_SECONDS = 10.0
_ACK_SECONDS = 120.0


def to_files(folder: Path, config: SimulationConfig) -> tuple[Simulation, int]:
    """Writes events and truth; gives the number of event files."""
    from producers.simulate.output import DailyTruth, write_events, write_truth
    from producers.simulate.simulation import Simulation

    with DailyTruth(folder) as daily:
        simulation = Simulation(config, on_daily=daily.add)
        with _Bar(config, "Writing") as bar:
            files = write_events(folder, bar.watched(simulation))
    write_truth(folder, simulation.truth.document())
    return simulation, files


def to_kafka(home: Path, folder: Path, config: SimulationConfig, rate: float = 0) -> tuple[Simulation, Sent]:
    """Sends the events to the raw topics and writes the truth to `folder`.

    Raises Retryable when Kafka is not there or goes away, Fatal when a setting, key or topic is missing.
    """
    from producers.client import connector, reach
    from producers.delivery import Reports
    from producers.protect import protector
    from producers.routes import Direct
    from producers.settings import ProducerSettings
    from producers.simulate.live import Pace, Sent, send
    from producers.simulate.output import DailyTruth, write_truth
    from producers.simulate.simulation import Simulation
    from producers.types import PatientId
    from runtime.settings import KafkaSettings, PrivacySettings, load

    kafka = load(KafkaSettings, home)
    in_clear = load(ProducerSettings, home).patient_in_clear
    connect = connector(kafka, _ACK_SECONDS)
    reach(kafka, _REACH_SECONDS)
    # Only now: under the dev profile it makes keys that are missing.
    protect = protector(home, load(PrivacySettings, home), in_clear=in_clear)
    sent = Sent()
    route = Direct(connect, Reports(sent.report), _ACK_SECONDS)
    try:
        with DailyTruth(folder) as daily, _Bar(config, "Publishing") as bar:
            simulation = Simulation(
                config,
                protect=lambda number, event_id: protect(PatientId("1", number), event_id),
                on_daily=daily.add,
            )
            send(bar.watched(simulation), route, Pace(rate))
    finally:
        route.close(0)
    write_truth(folder, simulation.truth.document())
    return simulation, sent


class _Bar:
    """Progress by simulated hours."""

    def __init__(self, config: SimulationConfig, title: str) -> None:
        from producers.simulate.config import hours

        self._total = sum(1 for _ in hours(config))
        self._title = title
        self._progress = common.progress()

    def __enter__(self) -> _Bar:
        self._progress.start()
        self._task = self._progress.add_task(f"{self._title}, simulated hours", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def watched(self, batches: Any) -> Iterator[Batch]:
        for batch in batches:
            yield batch
            self._progress.update(self._task, completed=batch.hour.number + 1)
