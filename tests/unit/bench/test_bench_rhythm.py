"""When the reporters of the benchmark's night send what."""

from __future__ import annotations

from itertools import pairwise

from bench.corpus import START
from bench.rhythm import RHYTHMS, Message, Plan, Posting, Rhythm, timetable

from producers.simulate.organisations import organisations

PLAN = Plan(night=3, rate=5, before=2, after=1, minute=10.0)
NIGHT = (20.0, 30.0)


def sent(**counts: int) -> dict[bytes, list[Message]]:
    return {
        name.encode(): [Message("raw.episode", f"{name}:{n}".encode(), b"%d" % n) for n in range(count)]
        for name, count in counts.items()
    }


def rhythms(**of: Rhythm) -> dict[bytes, Rhythm]:
    return {name.encode(): rhythm for name, rhythm in of.items()}


def by(reporter: str, postings: list[Posting]) -> list[Posting]:
    return [posting for posting in postings if posting.message.key.startswith(f"{reporter}:".encode())]


def numbers(postings: list[Posting]) -> list[int]:
    return [int(posting.message.value) for posting in postings]


def test_every_kind_of_reporter_has_a_rhythm():
    assert set(organisations(500, START).reporters.get_column("kind")) == set(RHYTHMS)


def test_every_reporter_has_a_batch_in_the_nights_minute_and_its_events_go_together():
    names = {f"r{n}": 10 for n in range(50)}
    rhythm: list[Rhythm] = ["minute", "hour", "night"]
    table = timetable(sent(**names), rhythms(**{name: rhythm[n % 3] for n, name in enumerate(names)}), PLAN)
    moments = set()
    for name in names:
        night = [posting for posting in by(name, table) if posting.nightly]
        assert len(night) == PLAN.night
        assert len({posting.at for posting in night}) == 1
        assert NIGHT[0] <= night[0].at < NIGHT[1]
        moments.add(night[0].at)
    assert len(moments) == len(names), "they are spread over the minute"
    assert max(moments) - min(moments) > 8


def test_a_reporters_events_keep_their_order_around_its_night():
    table = timetable(sent(trust=11), rhythms(trust="minute"), PLAN)
    assert numbers(table) == list(range(11))
    assert [posting.nightly for posting in table] == [False] * 6 + [True] * 3 + [False] * 2


def test_by_the_minute_is_once_in_every_minute():
    table = timetable(sent(trust=11), rhythms(trust="minute"), PLAN)
    ordinary = sorted({posting.at for posting in table if not posting.nightly})
    assert [round(later - earlier, 6) for earlier, later in pairwise(ordinary)] == [10.0] * 3
    assert [sum(p.at == at for p in table if not p.nightly) for at in ordinary] == [2] * 4


def test_by_the_hour_is_one_minute_of_sixty():
    names = {f"h{n}": 5 for n in range(120)}
    table = timetable(sent(**names), rhythms(**dict.fromkeys(names, "hour")), PLAN)
    ordinary = [posting for posting in table if not posting.nightly]
    assert {posting.message.key.partition(b":")[0] for posting in ordinary} == {
        f"h{n}".encode() for n in (0, 1, 2, 3, 60, 61, 62, 63)
    }
    for name in ("h0", "h63"):
        assert len({posting.at for posting in by(name, table) if not posting.nightly}) == 1


def test_who_sends_at_night_sends_nothing_else():
    table = timetable(sent(gp=10), rhythms(gp="night"), PLAN)
    assert numbers(table) == [0, 1, 2]


def test_who_has_little_sends_half_of_it_by_day():
    table = timetable(sent(trust=4, gp=2), rhythms(trust="minute", gp="night"), PLAN)
    assert [posting.nightly for posting in by("trust", table)] == [False, True, True, False]
    assert [posting.nightly for posting in by("gp", table)] == [True, True]


def test_ordinary_traffic_is_no_more_than_the_rate_and_shared_by_what_each_has():
    table = timetable(sent(large=903, small=303), rhythms(large="minute", small="minute"), PLAN)
    ordinary = [posting for posting in table if not posting.nightly]
    assert len(ordinary) == PLAN.rate * 40
    assert len([posting for posting in by("large", table) if not posting.nightly]) == 150


def test_the_table_is_in_the_order_of_time():
    table = timetable(sent(a=40, b=40), rhythms(a="minute", b="night"), PLAN)
    assert [posting.at for posting in table] == sorted(posting.at for posting in table)
