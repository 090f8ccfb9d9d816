"""Sixty days of a simulated health service, stored as they came, and again from the start in another order: every view
is equal in every cell, now and as known at an earlier time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any
from zlib import crc32

import pytest
from embedded import opened
from outcomes import block, store
from simulated import Stored, judged

from schemas.types import FAMILIES
from sinks import relations
from sinks.beds import Beds, Noting
from sinks.migrate import migrate
from sinks.writer import Writer

SHARE = 10
"""One subject in so many: the whole is more than is needed."""
TIMES = ("2026-04-01 10:00:00", "2026-05-20 00:00:00")
"""In the middle, and after everything."""
GIVEN = {"level": "unit", "families": "episode,movement", "from": "2026-03-02", "to": "2026-05-01"}
CONTENT = "* EXCEPT (inserted_at, freshness_seconds)"
"""All but when a row was stored, and how long ago it is that something came, where a view has them."""
_OF_NOW = re.compile(rf"now64\(|{relations.KEPT}")


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Every outcome, as the stream writes it."""
    return judged(tmp_path_factory.mktemp("home"), _is_kept)[0]


def _is_kept(key: bytes) -> bool:
    """A stay with all its movements, or neither."""
    return crc32(key.split(b"/")[0]) % SHARE == 0


Piece = tuple[str, int, int]
"""Topic, and the first and the end offset of a range of it."""


@pytest.fixture(scope="module")
def pieces(messages: Stored) -> list[Piece]:
    """Everything, shuffled, and some of it twice."""
    chance = random.Random(7)
    found = [piece for topic, values in messages.items() for piece in _pieces(topic, len(values), chance)]
    chance.shuffle(found)
    return found


@pytest.fixture(scope="module")
def twice(engine_path: Any, messages: Stored, pieces: list[Piece]) -> Iterator[tuple[Any, Any]]:
    """A warehouse that stored everything as it came, and one that got it in pieces."""
    with opened(engine_path) as straight, opened(engine_path) as replayed:
        migrate(straight)
        migrate(replayed)
        writer = Writer(straight)
        for topic, values in messages.items():
            store(writer, block(topic, values))
        beds = Beds(replayed)
        noting, readings = Noting(Writer(replayed), beds), 0
        for topic, start, end in pieces:
            store(noting, block(topic, messages[topic][start:end], first=start))
            readings += beds.turn()
        assert readings > 10, "of other events each time"
        while beds.turn():
            pass
        yield straight, replayed


def _pieces(topic: str, count: int, chance: random.Random) -> Iterator[Piece]:
    start = 0
    while start < count:
        end = min(count, start + chance.randint(count // 12 + 1, count // 6 + 1))
        yield topic, start, end
        if not start or chance.random() < 0.3:  # again, but not under the token of before
            yield topic, max(0, start - 10), min(count, start + 200)
        start = end


def _content(client: Any, view: relations.View, given: Mapping[str, str]) -> list[str]:
    named = sorted(set(re.findall(r"\{(\w+):String\}", view.statement)))
    if view.name.startswith("kpr_"):
        given = {**given, "level": "municipality"}
    arguments = ", ".join(f"{name} = '{given[name]}'" for name in named)
    asked = f"{view.name}({arguments})" if named else view.name
    return sorted(map(repr, client.query(f"SELECT {CONTENT} FROM {asked}").result_rows))


def _asked(client: Any) -> list[relations.View]:
    """Those that do not depend on when they are asked or kept: of a view with a twin the twin, with its time; of a view
    of now the one that it asks with the present time."""
    views = relations.load(str(client.database))
    apart = {view.known_at_of for view in views} | {"register_changes", "preparedness_changes"}
    return [v for v in views if v.name not in apart and not v.generated and not _OF_NOW.search(v.statement)]


@pytest.mark.parametrize("time", TIMES)
def test_every_view_is_the_same_in_every_cell(twice: tuple[Any, Any], time: str) -> None:
    straight, replayed = twice
    [(unit,)] = straight.query("SELECT any(unit) FROM capacity_current WHERE resource = 'bed'").result_rows
    given = {**GIVEN, "unit": unit, "at": time, "known_at": time}
    differs: dict[str, tuple[str, str]] = {}
    filled = 0
    for view in _asked(straight):
        ours = _content(straight, view, given)
        theirs = _content(replayed, view, given)
        filled += bool(ours)
        if ours != theirs:
            differs[view.name] = next(pair for pair in zip_longest(ours, theirs) if pair[0] != pair[1])
    assert differs == {}
    assert filled > 40


def test_the_replay_is_another_order_of_something_that_changed(
    twice: tuple[Any, Any], messages: Stored, pieces: list[Piece]
) -> None:
    """Else the test above would show nothing."""
    for topic, values in messages.items():
        starts = [start for name, start, _ in pieces if name == topic]
        assert starts != sorted(starts), topic
        assert sum(end - start for name, start, end in pieces if name == topic) > len(values)
    for family in FAMILIES:
        [(versions, subjects)] = (
            twice[0].query(f"SELECT count(), uniqExact(reporter, subject_id) FROM accepted_{family}").result_rows
        )
        assert versions > subjects > 100, family


def test_beds_that_were_kept_while_it_came_are_those_of_everything(twice: tuple[Any, Any]) -> None:
    asked = "SELECT * EXCEPT (as_known_at) FROM {} ORDER BY reporter, unit"
    kept = twice[1].query(asked.format("preparedness_occupancy")).result_rows
    assert kept == twice[0].query(asked.format("preparedness_occupancy_at(at = now64(3, 'UTC'))")).result_rows
    assert len(kept) > 20


def test_current_is_what_is_known_after_everything(twice: tuple[Any, Any]) -> None:
    for family in FAMILIES:
        shown = "SELECT * EXCEPT (inserted_at) FROM"
        now = twice[0].query(f"{shown} {family}_current").result_rows
        then = twice[0].query(f"{shown} {family}_known_at(at = '2027-01-01 00:00:00')").result_rows
        assert sorted(map(repr, now)) == sorted(map(repr, then))
        assert now
