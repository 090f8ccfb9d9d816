"""Which reporters' beds are read next, and how many at once."""

from __future__ import annotations

from sinks.due_beds import AGAIN_SECONDS, DueBeds, Turn


class Clock:
    def __init__(self) -> None:
        self.now = 10_000.0

    def __call__(self) -> float:
        return self.now


def due(*movements: str, clock: Clock | None = None) -> DueBeds:
    """Beds of which nothing is old, with events of these reporters' movements."""
    found = DueBeds(clock or Clock())
    for reporter in movements:
        found.touch(("movements", reporter), None, opens=True)
    return found


def read(beds: DueBeds, *, all_are_ours: bool = False) -> list[str]:
    turn = beds.take(all_are_ours=all_are_ours)
    if turn is None:
        return []
    beds.done(turn, turn.parts)
    return list(turn.parts)


def test_short_turns_take_more_reporters_and_long_ones_fewer() -> None:
    reporters = [f"9{number:08}" for number in range(100)]

    def turns(beds: DueBeds, seconds: float) -> list[int]:
        counts = []
        while turn := beds.take(all_are_ours=False):
            clock.now += seconds
            beds.done(turn, turn.parts)
            counts.append(len(turn.parts))
        return counts

    clock = Clock()
    beds = due(*reporters, clock=clock)
    assert turns(beds, 0.1) == [10, 20, 40, 30]
    for seconds, counts in ((11, [80, 20]), (9, [20, 20, 20, 20, 20])):
        for reporter in reporters:
            beds.touch(("movements", reporter), None, opens=True)
        assert turns(beds, seconds) == counts


def test_who_waits_longest_is_first_and_each_kind_of_events_is_read_for_itself() -> None:
    beds = due("1")
    beds.touch(("reports", "2"), None, opens=True)
    beds.touch(("movements", "3"), None, opens=True)
    beds.touch(("movements", "1"), None, opens=True)
    assert [read(beds), read(beds), read(beds)] == [["1", "3"], ["2"], []]


def test_what_other_events_tell_is_read_of_those_who_have_beds() -> None:
    clock = Clock()
    beds = DueBeds(clock)
    beds.touch(("movements", "1"), None, opens=False)
    assert (read(beds), beds.lag()) == ([], 0)
    beds.known([("movements", "1")])
    beds.touch(("movements", "1"), None, opens=False)
    clock.now += 3
    assert beds.lag() == 3
    assert read(beds) == ["1"]


def test_what_is_stored_while_its_reporter_is_read_is_read_again() -> None:
    clock = Clock()
    beds = due("1", clock=clock)
    turn = beds.take(all_are_ours=False)
    assert turn
    clock.now += 2
    assert beds.lag() == 2, "it is not kept before the turn is over"
    beds.touch(("movements", "1"), None, opens=True)
    clock.now += 1
    beds.done(turn, turn.parts)
    assert beds.lag() == 1
    assert [read(beds), read(beds)] == [["1"], []]


def test_a_turn_that_failed_is_due_as_before_and_smaller() -> None:
    clock = Clock()
    reporters = [str(number) for number in range(10)]
    beds = due(*reporters, clock=clock)
    assert beds.take(all_are_ours=False)
    clock.now += 2
    beds.touch(("movements", "9"), None, opens=True)
    beds.failed()
    assert beds.lag() == 2
    assert [read(beds), read(beds), read(beds)] == [reporters[:5], reporters[5:], []]


def test_of_episodes_alone_it_is_told_of_which_stays_they_are() -> None:
    def stays(*touches: frozenset[str] | None) -> frozenset[str] | None:
        beds = due("1")
        read(beds)
        for touch in touches:
            beds.touch(("movements", "1"), touch, opens=False)
        turn = beds.take(all_are_ours=False)
        assert turn
        return turn.parts["1"]

    a, b = frozenset("a"), frozenset("b")
    assert stays(a) == a
    assert stays(a, b) == {"a", "b"}
    assert stays(a, None) is stays(None, a) is None
    assert stays(frozenset(map(str, range(600))), frozenset(map(str, range(600, 1200)))) is None, "too many to ask"


def test_what_is_old_has_its_turn_beside_steady_traffic() -> None:
    """Of five hospitals one has events all the time: the others are read all the same, three in every other turn."""
    clock = Clock()
    beds = due("1", clock=clock)
    read(beds)
    beds.known([("movements", other) for other in "2345"])
    turns = []
    for _ in range(6):
        beds.touch(("movements", "1"), None, opens=True)
        turns.append(read(beds, all_are_ours=True))
    assert turns == [["2", "3", "4"], ["1"], ["5"], ["1"], ["1"], ["1"]]
    read(beds)
    clock.now += AGAIN_SECONDS
    assert sorted(read(beds, all_are_ours=True)) == ["1", "2", "3", "4", "5"]
    assert read(beds, all_are_ours=True) == []


def test_a_reporter_that_was_not_read_stays_as_old_as_it_is() -> None:
    clock = Clock()
    beds = DueBeds(clock)
    beds.known([("movements", "1")])
    turn = beds.take(all_are_ours=True)
    assert turn == Turn("movements", {"1": None}, clock.now)
    beds.done(turn, [])
    assert read(beds, all_are_ours=True) == ["1"]
