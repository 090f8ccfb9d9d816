"""Which reporters' beds are read next, and how many at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from schemas.types import accepted_topic
from sinks.beds import Beds

MOVED, REPORTED, ADMITTED = accepted_topic("movement"), accepted_topic("capacity"), accepted_topic("episode")


class Engine:
    """Stands for a client of an empty warehouse, and for the clock: a statement takes `seconds`."""

    database = "helsepuls"

    def __init__(self, seconds: float = 0.1) -> None:
        self.now, self.seconds = 1_000.0, seconds
        self.asked: list[tuple[str, list[str]]] = []

    def __call__(self) -> float:
        return self.now

    def query(self, _query: str, parameters: dict[str, Any] | None = None) -> Any:
        return SimpleNamespace(result_rows=[("2026-05-13 12:00:00.000",)], result_columns=[])

    def command(self, cmd: str, parameters: dict[str, Any] | None = None, *, settings: Any = None) -> None:
        assert parameters
        assert settings["async_insert"] == 0, "acknowledged must mean stored"
        self.asked.append(("movements" if "'movements'" in cmd else "reports", parameters["reporters"]))
        self.now += self.seconds

    def insert_arrow(self, table: str, arrow_table: Any, *, settings: Any = None) -> None:
        raise AssertionError(table)

    def close(self) -> None:
        pass


def all_of(beds: Beds) -> list[int]:
    """Reporters of each turn, until nothing is due."""
    counts = []
    while count := beds.turn(all_are_ours=False):
        counts.append(count)
    return counts


def test_short_turns_take_more_reporters_and_long_ones_fewer() -> None:
    reporters = [f"9{number:08}" for number in range(100)]
    engine = Engine(seconds=0.1)
    beds = Beds(engine, engine)
    beds.stored(MOVED, reporters)
    assert all_of(beds) == [10, 20, 40, 30]
    engine.seconds = 5
    beds.stored(MOVED, reporters)
    assert all_of(beds) == [80, 20]
    engine.seconds = 2
    beds.stored(MOVED, reporters)
    assert all_of(beds) == [20, 20, 20, 20, 20]


def test_who_waits_longest_is_first_and_each_kind_of_events_is_read_for_itself() -> None:
    engine = Engine()
    beds = Beds(engine, engine)
    beds.stored(MOVED, ["1"])
    beds.stored(REPORTED, ["2", "1"])
    beds.stored(MOVED, ["3", "1"])
    assert all_of(beds) == [2, 2]
    assert engine.asked == [("movements", ["1", "3"]), ("reports", ["2", "1"])]


def test_what_other_events_tell_is_read_of_those_who_have_beds() -> None:
    engine = Engine()
    beds = Beds(engine, engine)
    beds.stored(ADMITTED, ["1"])
    beds.stored(accepted_topic("consultation"), ["1"])
    assert (all_of(beds), beds.lag()) == ([], 0)
    beds.stored(MOVED, ["1"])
    all_of(beds)
    beds.stored(ADMITTED, ["1"])
    engine.now += 3
    assert beds.lag() == 3
    assert all_of(beds) == [1]


def test_what_is_stored_while_its_reporter_is_read_is_read_again() -> None:
    engine = Engine()
    beds = Beds(engine, engine)
    beds.stored(MOVED, ["1"])
    command = engine.command

    def meanwhile(*arguments: Any, **named: Any) -> None:
        command(*arguments, **named)
        engine.command = command  # type: ignore[method-assign]
        beds.stored(MOVED, ["1"])
        assert beds.lag() > 0

    engine.command = meanwhile  # type: ignore[method-assign]
    assert all_of(beds) == [1, 1]
