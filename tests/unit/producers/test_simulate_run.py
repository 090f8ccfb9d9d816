"""A run as a whole: repeatable, in order, in bounded memory, written and sent as it is."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import fastavro
import polars as pl
import pytest

from producers.adapters import avro
from producers.delivery import DeliveryReport
from producers.simulate.config import MAX_REPORTERS, SimulationConfig, blocks, hours, midnight_ms
from producers.simulate.live import Pace, Sent, send
from producers.simulate.output import DAILY_TRUTH, EVENTS, TRUTH, DailyTruth, write_events, write_truth
from producers.simulate.release import release
from producers.simulate.simulation import Simulation
from producers.types import Context, Read
from schemas.errors import Retryable
from schemas.wire import HEADER_BYTES

SMALL = SimulationConfig(
    reporters=12, days=1, seed=11, start=date(2026, 1, 5), duplicates=0.05, invalid=0.05, late=0.05, corrections=0.05
)


def digest(config, **options):
    simulation = Simulation(config, **options)
    found = hashlib.sha256()
    for batch in simulation:
        assert len(batch.keys) == len(batch.values) == len(batch.event_ids) > 0
        for key, value, event_id in zip(batch.keys, batch.values, batch.event_ids, strict=True):
            found.update(b"\0".join((batch.family.encode(), key, value, event_id.encode())))
    return found.hexdigest(), simulation.truth.document()


def test_the_same_seed_gives_the_same_bytes_and_truth():
    assert digest(SMALL) == digest(SMALL)


def test_another_seed_gives_other_events():
    first, second = digest(SMALL), digest(replace(SMALL, seed=12))
    assert first[0] != second[0]
    assert first[1]["occupancy"]["wards"] != second[1]["occupancy"]["wards"]


def test_faults_change_nothing_that_is_true():
    quiet = replace(SMALL, duplicates=0, invalid=0, late=0, corrections=0)
    with_faults, without = digest(SMALL)[1], digest(quiet)[1]
    assert with_faults["occupancy"] == without["occupancy"]
    assert with_faults["daily"] == without["daily"]
    assert without["codes"] == {}


def test_batches_come_hour_by_hour():
    numbers = [batch.hour.number for batch in Simulation(SMALL)]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(24))


def test_patients_are_protected_by_whom_one_names():
    seen = []

    def protect(number, event_id):
        seen.append((number, event_id))
        return b"\x01sealed"

    ids, values = [], []
    for batch in Simulation(SMALL, protect=protect):
        if batch.family != "capacity":
            ids += batch.event_ids
            values += batch.values
    assert all(value.endswith(b"\x0e\x01sealed") or value.endswith(b"\x00\x00") for value in values)
    assert {event_id for _, event_id in seen} == set(ids)
    assert all(len(number) == 11 and number.isdigit() for number, _ in seen)


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 1, 5), 24)])
def test_a_day_has_its_hours(day, length):
    found = list(hours(replace(SMALL, start=day)))
    assert len(found) == length
    assert found[0].start == midnight_ms(day)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert [hour.last_of_day for hour in found] == [False] * (length - 1) + [True]


@pytest.mark.parametrize("reporters", [1, 300, MAX_REPORTERS])
def test_blocks_hold_every_hour_once_and_end_with_the_day(reporters):
    config = replace(SMALL, reporters=reporters, days=3)
    found = list(blocks(config))
    assert [hour for block in found for hour in block] == list(hours(config))
    assert all(len({hour.day for hour in block}) == 1 for block in found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reporters": 0},
        {"reporters": MAX_REPORTERS + 1},
        {"days": 0},
        {"seed": -1},
        {"start": date(2023, 12, 31)},
        {"late": 1.1},
        {"duplicates": -0.1},
    ],
)
def test_refuses_what_cannot_be_simulated(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(SMALL, **wrong)


def test_one_reporter_is_enough():
    families = {batch.family for batch in Simulation(replace(SMALL, reporters=1))}
    assert families == {"episode", "movement", "referral", "capacity"}


_MEASURE = """
import re, sys
from datetime import date
from pathlib import Path
from producers.simulate.config import SimulationConfig
from producers.simulate.simulation import Simulation
peaks, events = [], 0
for batch in Simulation(SimulationConfig(400, int(sys.argv[1]), 1, date(2026, 1, 5), .01, .01, .01, .01)):
    events += len(batch.values)
    peaks.append(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
print(events, peaks[len(peaks) // 4], peaks[-1])
"""


def test_memory_does_not_grow_with_the_days():
    """In a process of its own; what a long run needs after its first quarter is little, and all is below the limit."""
    done = subprocess.run([sys.executable, "-c", _MEASURE, "8"], capture_output=True, text=True, check=True)
    events, early, peak = map(int, done.stdout.split())
    assert events > 150_000
    assert peak < 400
    assert peak - early < 60


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """SMALL in a folder, and the batches that went there."""
    folder = tmp_path_factory.mktemp("simulated") / "out"
    kept = []
    with DailyTruth(folder) as daily:
        simulation = Simulation(SMALL, on_daily=daily.add)
        files = write_events(folder, (kept.append(batch) or batch for batch in simulation))
    write_truth(folder, simulation.truth.document())
    assert files == len(list((folder / EVENTS).iterdir()))
    return folder, kept


def test_files_hold_the_events_in_sending_order(written):
    folder, kept = written
    found: dict[str, list[bytes]] = {}
    for path in sorted((folder / EVENTS).iterdir()):
        with path.open("rb") as file:
            reader = fastavro.block_reader(file)
            assert reader.writer_schema["name"] == f"no.helsepuls.raw.{path.stem.split('-')[1].capitalize()}"
            for block in reader:
                found.setdefault(path.stem.split("-")[1], []).append(block.bytes_.getvalue())
    for family, data in found.items():
        values = [value[HEADER_BYTES:] for batch in kept if batch.family == family for value in batch.values]
        assert b"".join(data) == b"".join(values)
    assert set(found) == {batch.family for batch in kept}


def test_files_are_read_by_the_adapter_of_publish(written):
    folder, kept = written
    ids = []
    for path in sorted((folder / EVENTS).iterdir()):
        with path.open("rb") as file:
            items = list(avro.read(file, Context(source=str(path), now=datetime.now(UTC))))
        assert all(isinstance(item, Read) for item in items)
        ids += [item.events[0].event_id for item in items]
    assert sorted(ids) == sorted(event_id for batch in kept for event_id in batch.event_ids)


def test_truth_files(written):
    folder, kept = written
    truth = json.loads((folder / TRUTH).read_text())
    assert truth["events"] == sum(len(batch.values) for batch in kept)
    assert truth["config"]["seed"] == SMALL.seed
    assert truth["simulation"] == release()
    daily = pl.read_parquet(folder / DAILY_TRUTH).group_by("date", "family", "kind").agg(pl.col("events").sum())
    told = {(entry["date"], entry["family"], entry["kind"]): entry["events"] for entry in truth["daily"]}
    assert {(str(day), *rest): events for day, *rest, events in daily.rows() if events} == told


def test_writing_twice_gives_the_same_files(written, tmp_path):
    write_events(tmp_path / "again", Simulation(SMALL))
    for path in (written[0] / EVENTS).iterdir():
        assert path.read_bytes() == (tmp_path / "again" / EVENTS / path.name).read_bytes()


def test_does_not_write_over_events(written):
    with pytest.raises(FileExistsError):
        write_events(written[0], iter([]))


class Route:
    """Takes everything, reports it on `flush`; `broken_after` messages it raises."""

    def __init__(self, sent, broken_after=None):
        self.sent, self.taken, self.broken_after = sent, [], broken_after

    def send(self, messages):
        if self.broken_after is not None and len(self.taken) >= self.broken_after:
            raise Retryable("gone")
        self.taken += messages

    def flush(self, timeout):
        for offset, message in enumerate(self.taken):
            error = "too large" if offset == 3 else None
            place = (None, None) if error else (0, offset)
            self.sent.report(DeliveryReport(message.event_id, message.topic, *place, error=error))

    def close(self, timeout):
        return 0


def test_sends_every_event_in_order_and_keeps_account():
    sent = Sent()
    route = Route(sent)
    batches = list(Simulation(SMALL))
    send(batches, route, Pace(0))
    assert [m.value for m in route.taken] == [value for batch in batches for value in batch.values]
    assert [m.key for m in route.taken] == [key for batch in batches for key in batch.keys]
    assert {m.topic for m in route.taken} == {f"raw.{batch.family}" for batch in batches}
    assert (sent.failed, sent.first_error) == (1, "too large")
    assert len(sent.coordinates) == len(route.taken) - 1


def test_a_broker_that_goes_away_is_told():
    with pytest.raises(Retryable, match="gone"):
        send(Simulation(SMALL), Route(Sent(), broken_after=100), Pace(0))


def test_pace_lets_through_what_was_asked_for():
    now = [0.0]
    pace = Pace(500, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(100):
        pace.wait(pace.portion)
    assert pace.portion == 50
    assert 9.8 <= now[0] <= 10.0


def test_pace_catches_up_no_more_than_a_second():
    now = [0.0]
    pace = Pace(100, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    now[0] = 60.0
    for _ in range(20):
        pace.wait(10)
    assert now[0] > 60.8
