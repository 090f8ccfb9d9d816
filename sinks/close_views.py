"""The relations of the daily close that follow from the daily views: none of them is written by hand.

`<view>_closed` for each; both figures of closed days, side by side, of the registers (`closed_figures`) and of
preparedness (`preparedness_closed_figures`); `closed_view_families` and `register_events`. Types are not known before
the view under them is made: a statement holds marks, which the migration fills with what the database says of the
view's columns.
"""

# ruff: noqa: S608  every name in these statements is a view's or a family's own

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from schemas.errors import Fatal
from schemas.types import FAMILIES

OF_ASKING: Final = "as_known_at"
"""When the view was asked: of a closed row that is when it was closed, and no part of its content."""
DAILY: Final = "_daily"
CLOSED: Final = "_closed"
REGISTERS: Final = "register"
FIGURES: Final[Mapping[str, str]] = {REGISTERS: "closed_figures", "preparedness": "preparedness_closed_figures"}
"""The groups of views whose closed figures stand side by side in one relation, so that each can be switched off (R16)
without the other; a view of no such group is a register's."""

Describe = Callable[[str], Sequence[tuple[str, str]]]
"""Name and type of each column of a relation."""

_MARK: Final = re.compile(r"/\* (closed columns|grain|figures) of (\w+) \*/")
_NUMBER: Final = re.compile(r"(?:U?Int|Float|Decimal)\w*(?:\(.*\))?")
_TEXT: Final = re.compile(r"String|FixedString\(.*\)|Enum.*|Date|Date32|Bool|UUID")


def day_of(column: str) -> str:
    return f"toDate32(toTimeZone({column}, 'Europe/Oslo'))"


_OWN_DAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "episode": (day_of("innDatoTid"), day_of("utDatoTid")),
    # the last: when the deadline has passed
    "referral": (
        *("mottaksDato", "ansienDato", "vurdDato", "tildeltDato", "ventetidSluttDato"),
        "fristStartBehandling + 1",
    ),
    "service": ("hendelseDato",),
    "consultation": (day_of("datoTidStart"),),
    "capacity": (day_of("as_of"),),
}


def days_of(family: str) -> str:
    """The Norwegian days on which an accepted event of the family happened, as an array."""
    days = ", ".join([day_of("occurred_at"), *_OWN_DAYS.get(family, ())])
    return f"arrayDistinct(arrayMap(one -> assumeNotNull(one), arrayFilter(one -> one IS NOT NULL, [{days}])))"


_LASTS: Final[Mapping[str, tuple[str, str]]] = {
    "episode": (day_of("innDatoTid"), day_of("utDatoTid")),
    "movement": (day_of("occurred_at"), "CAST(NULL, 'Nullable(Date32)')"),
    # of a municipal acute bed; that other services go on is in no day's figure
    "service": ("if(tjenesteType = '25', hendelseDato, NULL)", "CAST(NULL, 'Nullable(Date32)')"),
    "capacity": (day_of("as_of"), "CAST(NULL, 'Nullable(Date32)')"),
}
"""Families of which an event says how things were from one day until another: a stay without an end, what a movement
brought about, a bed that is taken, and a figure that was carried forward, or is in a mean. Null: until the last version
of its subject was told, which may be that it was never so."""
_FIRST_CLOSED: Final = "(SELECT argMinOrNull(day, closed_at) FROM log_closes)"
_NOT_BEFORE: Final[Mapping[str, str]] = {"service": _FIRST_CLOSED, "capacity": _FIRST_CLOSED}
"""The first day of which an event of the family can say so, but for its own: of a series of years that is filled in at
once each event would concern thousands of days, none of which was ever closed."""


def _lasted(family: str) -> str:
    """The days of what lasts, of a row with `spans` (first and last day, of each version of a subject) and `told` (when
    the last of them was), as an array."""
    begin = "span.1"
    if first := _NOT_BEFORE.get(family):
        begin = f"greatest(span.1, ifNull({first}, told + 1))"
    days = f"toUInt32(greatest(0, ifNull(dateDiff('day', {begin}, ifNull(span.2, told)) + 1, 0)))"
    known = "arrayFilter(span -> span.1 IS NOT NULL, spans)"
    return f"arrayFlatten(arrayMap(span -> arrayMap(n -> assumeNotNull({begin}) + n, range({days})), {known}))"


def falls_on(family: str, day: str) -> str:
    """Whether an accepted event of the family happened on a Norwegian day (SQL): as `days_of`, without its arrays."""
    days = [day_of("occurred_at"), *_OWN_DAYS.get(family, ())]
    return "(" + " OR ".join(f"ifNull({one} = toDate32('{day}'), false)" for one in days) + ")"


def is_daily(name: str) -> bool:
    """Whether the view's days are closed: not what explains one."""
    return name.endswith(DAILY) and not name.startswith("explain_")


def figures_group(group: str) -> str:
    """Of the groups of `FIGURES` the one in which a daily view of a group stands."""
    return group if group in FIGURES else REGISTERS


def texts(dailies: Mapping[str, frozenset[str]], groups: Mapping[str, str], shape: str) -> Iterator[tuple[str, str]]:
    """Name and text of each relation. `dailies`: the families that each daily view reads; `groups`: the group of each.
    `shape`: of all views, so that these are made anew when one has changed."""
    mark = hashlib.sha256(shape.encode()).hexdigest()[:16]
    for view in dailies:
        yield f"{view}{CLOSED}", _closed(view, mark)
    for group, name in FIGURES.items():
        figures = "\nUNION ALL\n".join(_figures(view) for view in dailies if figures_group(groups[view]) == group)
        yield name, _FIGURES.format(group=group) + f"SELECT * /* {mark} */ FROM\n(\n{figures}\n)"
    listed = ", ".join(f"('{view}', {sorted(read) or sorted(FAMILIES)})" for view, read in dailies.items())
    yield (
        "closed_view_families",
        _FAMILIES + (f"SELECT entry.1 AS view, entry.2 AS families FROM (SELECT arrayJoin([{listed}]) AS entry)"),
    )
    yield "register_events", _EVENTS + "\nUNION ALL\n".join(map(_events, FAMILIES))


_FIGURES: Final = """\
-- The numbers of closed days, as closed and as they are now.
-- A row is day, daily view, grain and is_closed (1: when it was closed, 0: now). grain: the row's text and date columns
-- as JSON. figures: its numeric columns, each with its value (null: unknown); counts are exact to 2^53.
-- Source: the daily views of {group} and their closed days.
"""
_FAMILIES: Final = """\
-- Which families of events each daily view reads.
-- A row is one daily view. Source: the views' own files; a view that reads no family by name is taken to read all.
"""
_EVENTS: Final = """\
-- Accepted events as something that happened to a day: for the question what changed it.
-- A row is one accepted event. kind: late (the first version of its subject to be received), amended or cancelled.
-- days: the Norwegian days on which any version of its subject happened, of an episode those from its start to its end
-- (without one to when its last version was told), of a movement those from it to when its last version was told; of a
-- notification of a municipal acute bed, and of a capacity report, which is carried forward and in means, too (of those
-- in between, those since the first close).
-- received_at: UTC.
-- Source: the accepted events of all families.
"""


def _closed(view: str, mark: str) -> str:
    return (
        f"-- {view} as it stood when each day was closed.\n"
        f"-- A row is a row of {view}, of a closed day; it never changes.\n"
        "-- closed_on: the closed day; closed_at: when it was closed (UTC).\n"
        f"-- The other columns are those of {view}; null also where it did not have the column then.\n"
        "-- Source: the daily close; closes says what each day rests on.\n"
        "SELECT\n    closes.day AS closed_on,\n    closes.closed_at AS closed_at,\n"
        f"    /* closed columns of {view} */\n"
        f"    FROM (SELECT * FROM log_closed_rows FINAL WHERE view = '{view}') AS stored /* {mark} */\n"
        f"    INNER JOIN (SELECT day, closed_at, hash FROM closes WHERE view = '{view}') AS closes\n"
        "    ON closes.day = stored.day AND closes.hash = stored.hash"
    )


def _figures(view: str) -> str:
    def side(relation: str, where: str, closed: int) -> str:
        return (
            f"SELECT toDate32(assumeNotNull(day)) AS day, '{view}' AS view, toBool({closed}) AS is_closed, "
            f"/* grain of {view} */ AS grain, /* figures of {view} */ AS figures FROM {relation}{where}"
        )

    running = f" WHERE day IN (SELECT day FROM closes WHERE view = '{view}')"
    return side(f"{view}{CLOSED}", "", 1) + "\nUNION ALL\n" + side(view, running, 0)


def _events(family: str) -> str:
    days, spans = "own", ""
    if family in _LASTS:
        begin, end = _LASTS[family]
        days = f"arrayDistinct(arrayConcat(own, {_lasted(family)}))"
        spans = f",\n        groupUniqArray(({begin}, {end})) AS spans,\n        max({day_of('received_at')}) AS told"
    return (
        f"SELECT '{family}' AS family, version.1 AS received_at,\n"
        "    multiIf(version.3 = 'cancel', 'cancelled', (version.1, version.2) = first, 'late', 'amended') AS kind,\n"
        f"    {days} AS days\n"
        "FROM\n(\n"
        "    SELECT groupArray((received_at, source_offset, action)) AS versions,\n"
        "        min((received_at, source_offset)) AS first,\n"
        f"        groupUniqArrayArray({days_of(family)}) AS own{spans}\n"
        f"    FROM log_accepted_{family} FINAL GROUP BY reporter, subject_id\n"
        ")\nARRAY JOIN versions AS version"
    )


def filled(statement: str, describe: Describe) -> str:
    """The statement with its marks replaced. Raises Fatal for a daily view without a day."""
    return _MARK.sub(lambda mark: _FILL[mark[1]](described(mark[2], describe)), statement)


def described(view: str, describe: Describe) -> Sequence[tuple[str, str]]:
    columns = describe(view)
    if not any(name == "day" and _bare(type_) in ("Date", "Date32") for name, type_ in columns):
        raise Fatal(f"view {view} cannot be closed: a daily view has a column `day`, a date")
    return columns


def _bare(type_: str) -> str:
    for wrapper in ("LowCardinality", "Nullable"):
        if type_.startswith(f"{wrapper}("):
            type_ = type_[len(wrapper) + 1 : -1]
    return type_


def _stored_type(name: str, type_: str) -> str:
    """Null where the row does not have it; containers cannot be null."""
    if name == "day" or type_.startswith(("Array(", "Map(", "Tuple(")):
        return type_
    return f"Nullable({_bare(type_)})"


def _closed_columns(columns: Sequence[tuple[str, str]]) -> str:
    typed = ((name, _stored_type(name, type_).replace("'", "\\'")) for name, type_ in columns)
    return ",\n    ".join(
        f"closes.closed_at AS `{name}`"
        if name == OF_ASKING
        else f"JSONExtract(content, '{name}', '{type_}') AS `{name}`"
        for name, type_ in typed
    )


def _grain(columns: Sequence[tuple[str, str]]) -> str:
    keys = [name for name, type_ in columns if name != "day" and _TEXT.fullmatch(_bare(type_))]
    pairs = ", ".join(f"'{name}', CAST(toString(`{name}`), 'Nullable(String)')" for name in keys)
    return f"toJSONString(map({pairs}))" if keys else "'{}'"


def _figures_of(columns: Sequence[tuple[str, str]]) -> str:
    numbers = [name for name, type_ in columns if _NUMBER.fullmatch(_bare(type_))]
    pairs = ", ".join(f"('{name}', CAST(`{name}`, 'Nullable(Float64)'))" for name in numbers)
    return f"CAST([{pairs}], 'Array(Tuple(String, Nullable(Float64)))')"


_FILL: Final = {"closed columns": _closed_columns, "grain": _grain, "figures": _figures_of}
