"""Which partition has stood still longest, and what is not called standing still."""

from __future__ import annotations

from collections.abc import Mapping

from faust.types import TP

from streams.standstill import Behind, Standing, Standstill

ONE, OTHER, ELSEWHERE = TP("raw.service", 0), TP("raw.service", 1), TP("raw.episode", 0)


def never(_topic: str) -> float:
    return 0.0


def looked(*looks: tuple[float, Mapping[TP, Behind]]) -> Standing | None:
    """What the last of these looks finds, none of which meets a lane that waits on purpose."""
    standstill = Standstill()
    found = None
    for now, behind in looks:
        found = standstill.look(behind, never, now)
    return found


def test_one_that_does_not_move_is_found_however_much_another_does() -> None:
    looks = [(second, {ONE: Behind(10, 30 + second), OTHER: Behind(10 * second, 1000)}) for second in range(5, 40)]
    assert looked(*looks) == Standing("raw.service", 0, committed=10, highwater=69, since=5)


def test_one_that_moves_stands_since_it_moved_last() -> None:
    found = looked((5, {ONE: Behind(10, 30)}), (6, {ONE: Behind(11, 30)}), (7, {ONE: Behind(11, 30)}))
    assert found == Standing("raw.service", 0, committed=11, highwater=30, since=6)


def test_one_with_nothing_to_do_does_not_stand_still() -> None:
    """However long ago it moved: its time begins with the first message that waits."""
    idle = (5, {ONE: Behind(30, 30)})
    assert looked(idle) is None
    assert looked(idle, (90, {ONE: Behind(30, 31)})) == Standing("raw.service", 0, 30, 31, since=90)
    assert looked((5, {ONE: Behind(30, 31)}), (6, {ONE: Behind(30, 30)}), (90, {ONE: Behind(30, 31)})) == Standing(
        "raw.service", 0, 30, 31, since=90
    )


def test_one_that_was_taken_away_is_forgotten_and_begins_anew_when_it_comes_back() -> None:
    behind = {ONE: Behind(10, 30)}
    assert looked((5, behind), (6, {})) is None
    assert looked((5, behind), (6, {}), (90, behind)) == Standing("raw.service", 0, 10, 30, since=90)


def test_waiting_on_purpose_is_not_standing_still_and_excuses_no_other_topic() -> None:
    standstill = Standstill()
    behind = {ONE: Behind(10, 30), ELSEWHERE: Behind(7, 8)}
    held = {"raw.service": 50.0}
    assert standstill.look(behind, never, 5) is not None
    found = standstill.look(behind, lambda topic: held.get(topic, 0.0), 50)
    assert found == Standing("raw.episode", 0, 7, 8, since=5)
    del behind[ELSEWHERE]
    assert standstill.look(behind, lambda topic: held.get(topic, 0.0), 60) == Standing("raw.service", 0, 10, 30, 50)
