"""Keeps who lies in which bed: what `preparedness_occupancy` answers from without counting anything anew.

Nothing of a stay moves between reporters, so an event changes what is kept of its own reporter alone. That is read anew
when the event is stored, and again after a while for what only time brings: an announced end, a movement dated ahead,
a patient whose identity was merged elsewhere.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pyarrow as pa

from schemas.types import FAMILIES, accepted_topic
from sinks.block import Block
from sinks.connect import Client
from sinks.consumer import Stores
from sinks.decode import Rows
from sinks.due_beds import AGAIN_SECONDS, DueBeds, Stays, Turn
from sinks.faults import translated
from sinks.kept_views import TOLD_BY, ToldBy, keeping

_SETTINGS: Final = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "max_threads": 1,
    "max_memory_usage": 1_000_000_000,
    "max_bytes_before_external_group_by": 500_000_000,
    "os_thread_priority": 5,
}
"""The last makes its threads nice, where the process may do so (CAP_SYS_NICE): storing goes first."""
_REPORTERS: Final[dict[ToldBy, str]] = {
    "movements": "SELECT DISTINCT reporter FROM state_movement",
    "reports": "SELECT DISTINCT reporter FROM state_capacity",
}
_TOLD_BY: Final = {accepted_topic(family): TOLD_BY[family] for family in FAMILIES if family in TOLD_BY}
_OPENS: Final = {accepted_topic("movement"), accepted_topic("capacity")}
"""A reporter has beds as soon as it has an event of these; what others tell of one without beds is nothing here."""
_EPISODE: Final = accepted_topic("episode")
_WITH_MOVEMENTS: Final = """SELECT DISTINCT reporter
FROM state_movement
WHERE reporter IN {reporters:Array(String)}
    AND concat(reporter, ':', ifNull(episode_id, splitByChar('/', subject_id)[1])) IN {stays:Array(String)}"""


class Beds:
    """`turn` belongs to the thread of the client; the rest may be called from any."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._statements = keeping()
        self._due = DueBeds(clock)
        self._look_at = 0.0
        self.lag = self._due.lag

    def stored(self, topic: str, events: pa.Table) -> None:
        """Events, with their columns `reporter` and `subject_id`, are in the tables."""
        if told_by := _TOLD_BY.get(topic):
            for reporter, stays in _by_reporter(events, are_stays=topic == _EPISODE):
                self._due.touch((told_by, reporter), stays, opens=topic in _OPENS)

    def turn(self, *, all_are_ours: bool = True) -> int:
        """Looks after what is due, not all of it when it is much, and returns of how many reporters that was.

        Args:
            all_are_ours: Whether this process also reads what has no new event; of several beside a server one does.

        Raises:
            Retryable, Fatal: Then what was due stays due.
        """
        if self._clock() >= self._look_at:
            self._look()
        turn = self._due.take(all_are_ours=all_are_ours)
        if turn is None:
            return 0
        try:
            with translated("keeping the beds", holds_values=True):
                concerned = self._concerned(turn)
                if concerned:
                    self._keep(turn.told_by, concerned)
        except BaseException:
            self._due.failed()
            raise
        self._due.done(turn, concerned)
        return len(turn.parts)

    def _look(self) -> None:
        """Whoever has beds, also by events that others have stored."""
        for told_by, query in _REPORTERS.items():
            with translated("the beds' reporters"):
                self._due.known((told_by, row[0]) for row in self._client.query(query).result_rows)
        self._look_at = self._clock() + AGAIN_SECONDS

    def _concerned(self, turn: Turn) -> list[str]:
        """Without those who have told of episodes alone to which no movement belongs: most are of outpatients."""
        asked = {reporter: stays for reporter, stays in turn.parts.items() if stays is not None}
        if not asked:
            return list(turn.parts)
        stays = [f"{reporter}:{stay}" for reporter, of_it in asked.items() for stay in of_it]
        found = self._client.query(_WITH_MOVEMENTS, parameters={"reporters": list(asked), "stays": stays}).result_rows
        moved = {row[0] for row in found}
        return [reporter for reporter in turn.parts if reporter not in asked or reporter in moved]

    def _keep(self, told_by: ToldBy, reporters: list[str]) -> None:
        at = self._client.query("SELECT toString(now64(3, 'UTC'))").result_rows[0][0]
        given = {"reporters": reporters, "at": at}
        self._client.command(self._statements[told_by], parameters=given, settings=dict(_SETTINGS))


def _by_reporter(events: pa.Table, *, are_stays: bool) -> Iterator[tuple[str, Stays]]:
    """Each reporter, with the subjects of its events where they are stays."""
    if not are_stays:
        yield from ((reporter, None) for reporter in events["reporter"].unique().to_pylist())
        return
    found: defaultdict[str, set[str]] = defaultdict(set)
    for reporter, subject in zip(events["reporter"].to_pylist(), events["subject_id"].to_pylist(), strict=True):
        found[reporter].add(subject)
    yield from ((reporter, frozenset(stays)) for reporter, stays in found.items())


class Noting:
    """A writer that tells the beds what it has stored."""

    def __init__(self, writer: Stores, beds: Beds) -> None:
        self._writer = writer
        self._beds = beds

    def write(self, blocks: Sequence[Block], found: Rows) -> int:
        count = self._writer.write(blocks, found)
        self._beds.stored(blocks[0].topic, found.good)
        return count
