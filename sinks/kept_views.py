"""The statements that keep the beds of some reporters, made from the views that tell of them at a time.

They are the text of these views, read of these reporters alone: what belongs to a place is defined once, in
`views/preparedness/preparedness_occupancy_at.sql` and what that reads. Most of what a reading of few reporters costs is
its planning, and most of that are columns: of the families no others are selected than are named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Final, Literal

from schemas.catalog import latest
from schemas.types import FAMILIES, Family, accepted_topic
from sinks import relations
from sinks.columns import columns

ToldBy = Literal["movements", "reports"]
TOLD_BY: Final[Mapping[Family, ToldBy]] = {
    "movement": "movements",
    "episode": "movements",
    "referral": "movements",
    "capacity": "reports",
}
"""Whose events can change what is kept: a withdrawn referral takes its episodes along, and they their movements."""
_OCCUPANCY: Final = "preparedness_occupancy_at"
_WRITTEN_OUT: Final = ("preparedness_stays_at", "preparedness_reported_at", "npr_movements", "npr_contacts")
_OF_EVERYBODY: Final = ("npr_merged_patients",)
"""Written out too, but any reporter may have told of it."""
_BY_REPORTER: Final = ("npr_cancelled_episodes", "npr_cancelled_with_period")
"""Views of few rows, which a condition from outside reaches."""
_SIDES: Final = re.compile(r"^FROM\n\(\n(.*)^    UNION ALL\n(.*?)^\) AS side$", re.DOTALL | re.MULTILINE)
_OURS: Final = "reporter IN {reporters:Array(String)}"
_KEPT: Final = (
    *("place", "name", "organisation", "told_at", "patients", "on_leave", "moved_at", "as_of", "latest", "physical"),
    *("staffed", "occupied", "available", "blocked", "flagged", "repaired", "received", "newest", "lying"),
)


def keeping() -> dict[ToldBy, str]:
    """An INSERT for what either kind of events tells.

    Parameters: `reporters`, and `at`, the time (UTC) until which events count. A reporter of whom nothing is left has a
    row without sides: what it had goes.
    """
    texts = relations.texts()
    sides = _SIDES.search(texts[_OCCUPANCY])
    assert sides
    return {"movements": _keep("movements", sides[1], texts), "reports": _keep("reports", sides[2], texts)}


def _keep(told_by: ToldBy, sides: str, texts: Mapping[str, str]) -> str:
    return f"""INSERT INTO {relations.KEPT} (reporter, told_by, read_at, sides)
SELECT asked.reporter, '{told_by}', parseDateTime64BestEffort({{at:String}}, 3, 'UTC'), found.sides
FROM (SELECT arrayJoin({{reporters:Array(String)}}) AS reporter) AS asked
LEFT JOIN
(
    SELECT reporter, groupArray(({", ".join(_KEPT)})) AS sides
    FROM
    (
{_of_reporters(sides, texts)}
    )
    GROUP BY reporter
) AS found ON asked.reporter = found.reporter"""  # noqa: S608  own names


def _of_reporters(text: str, texts: Mapping[str, str]) -> str:
    """The statement with every source that it names in braces read of the asked reporters alone."""
    return _read(text, texts, _named(texts), f" AND {_OURS}")


def _read(text: str, texts: Mapping[str, str], named: Set[str], whose: str) -> str:
    def source(mark: re.Match[str]) -> str:
        name = mark[1]
        if name == "now":
            return "now64(3, 'UTC')"
        if name in FAMILIES:
            stored = columns(latest(accepted_topic(name)))
            return f"({relations.current(name, [column for column in stored if column in named])}{whose})"
        if name in _BY_REPORTER:
            return f"(SELECT * FROM {name} WHERE {_OURS})"  # noqa: S608
        if name in _OF_EVERYBODY:
            return f"(\n{_read(texts[name], texts, named, '')})"
        return f"(\n{_read(texts[name], texts, named, whose)})" if name in _WRITTEN_OUT else name

    return re.sub(r"\{([a-z_]+)\}", source, relations.body(text))


def _named(texts: Mapping[str, str]) -> Set[str]:
    """Every word of what is written out; the columns are among them."""
    return {word for name in (_OCCUPANCY, *_WRITTEN_OUT, *_OF_EVERYBODY) for word in re.findall(r"\w+", texts[name])}
