"""A simulated world through the running stack: every outcome, every code and every bed as the simulator knows them."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from chaos.beds import EVERYBODY
from confluent_kafka import Producer

from producers.simulate.config import OSLO, SimulationConfig
from producers.simulate.simulation import Simulation
from schemas.types import raw_topic


@pytest.fixture(scope="module")
def client(stack: Any) -> Any:
    address = urlsplit(stack.status()["warehouse"]["url"])
    return clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")


def outcomes(client: Any) -> Counter[tuple[str, str]]:
    rows = client.query("SELECT family, outcome, count() FROM outcomes GROUP BY ALL").result_rows
    return Counter({(family, outcome): count for family, outcome, count in rows})


def codes(client: Any) -> Counter[str]:
    """In how many events each code occurs."""
    query = "SELECT arrayJoin(arrayDistinct(codes)) AS code, count() FROM outcomes GROUP BY code"
    return Counter(dict(client.query(query).result_rows))


def patients(client: Any, hour: str) -> Counter[tuple[str, str]]:
    """In every ward at an hour."""
    rows = client.query(EVERYBODY, parameters={"at": hour}).result_rows
    return Counter({(reporter, unit): count for reporter, unit, count in rows})


def test_the_tables_show_what_was_simulated(stack: Any, client: Any) -> None:
    assert stack.json("audit", "--timeout", "180")["conserved"], "what other tests have sent is still on its way"
    start = (datetime.now(UTC) - timedelta(days=3)).date()
    config = SimulationConfig(4, 1, 7, start, duplicates=0.02, invalid=0.03, late=0.02, corrections=0.03)
    simulation = Simulation(config)
    before, codes_before = outcomes(client), codes(client)
    midnight = datetime.combine(start, time_of_day(), OSLO).astimezone(UTC)
    hours = [f"{midnight + timedelta(hours=hour):%Y-%m-%dT%H:%M:%S+00:00}" for hour in range(0, 24, 4)]
    lay_there = {hour: patients(client, hour) for hour in hours}  # of other tests
    producer = Producer({"bootstrap.servers": stack.status()["kafka"]["bootstrap"], "partitioner": "murmur2_random"})
    for batch in simulation:
        for key, value in zip(batch.keys, batch.values, strict=True):
            producer.produce(raw_topic(batch.family), value, key)
            producer.poll(0)
    producer.flush()
    truth = simulation.truth.document()
    deadline = time.monotonic() + 120
    while (outcomes(client) - before).total() < truth["events"]:
        assert time.monotonic() < deadline, outcomes(client) - before
        time.sleep(0.5)
    found = outcomes(client) - before
    assert found == Counter(
        {
            (family, outcome): told[outcome]
            for family, told in truth["families"].items()
            for outcome in ("accepted", "rejected", "duplicate")
            if told[outcome]
        }
    )
    assert codes(client) - codes_before == Counter({code: told["events"] for code, told in truth["codes"].items()})
    occupancy = truth["occupancy"]
    for number, hour in list(enumerate(occupancy["hours"]))[::4]:
        known = patients(client, hour)
        for ward in occupancy["wards"]:
            place = (ward["reporter"], ward["ward"])
            assert known[place] - lay_there[hour][place] == ward["occupied"][number], (hour, place)
