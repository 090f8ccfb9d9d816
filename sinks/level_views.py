"""`<daily>_by_level`: the figures of a daily view for a nation, a region, a trust, a unit or a municipality.

They follow from the SELECT of the daily view, so that a figure is defined once: what tells places apart is kept as far
as the level needs it, the rest of the grain is left out, and every other column is worked out as it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import Fatal
from sinks.close_views import DAILY, OF_ASKING

_HOSPITALS: Final[Mapping[str, tuple[str, ...]]] = {
    "nation": (),
    "region": ("region",),
    "trust": ("region", "health_trust"),
    "unit": ("region", "health_trust", "reporter", "unit"),
    "home_municipality": ("home_municipality",),
}
_MUNICIPAL: Final[Mapping[str, tuple[str, ...]]] = {
    "nation": (),
    "municipality": ("kommuneNr",),
    "home_municipality": ("home_municipality",),
}
"""Levels, and the columns that tell the places of each apart."""
_NAMES: Final[Mapping[str, str]] = {"reporter_name": "reporter", "unit_name": "unit"}
"""Columns that name a place, and the column by which it is told apart."""
_OF_LEVEL: Final = "place_"
"""Stands before the name of a place that is null where the level does not tell it apart."""
_NULL_WITHOUT_ROWS: Final = re.compile(r".*(?:_share|_at)")


@dataclass(frozen=True)
class _Daily:
    """The parts of a daily view's SELECT."""

    before: str
    """What stands before it: WITH."""
    columns: Mapping[str, str]
    """Name to expression, in order."""
    after: str
    """From FROM to the end of WHERE."""
    grain: tuple[str, ...]


def name_of(daily: str) -> str:
    return f"{daily.removesuffix(DAILY)}_by_level"


def by_level(daily: str, text: str, template: str, families: Sequence[str]) -> str:
    """The file of the view: `template` (`views/each_daily/by_level.sql`), filled with the figures of a daily view.

    Args:
        daily: Its name, for instance `npr_contacts_daily`.
        text: Its file.
        families: The kinds of events that it is made of.

    Raises:
        Fatal: The file is not laid out as one SELECT with a column a line and a GROUP BY at its end.
    """
    parts = _parts(daily, text)
    levels = _HOSPITALS if "health_trust" in parts.columns else _MUNICIPAL
    places = list(dict.fromkeys(place for level in levels.values() for place in level))
    names = [name for name, place in _NAMES.items() if name in parts.columns and place in places]
    measures = [name for name in parts.columns if name not in {*parts.grain, *_NAMES, OF_ASKING}]

    def of_level(place: str, expression: str) -> str:
        within = ", ".join(f"'{level}'" for level, told in levels.items() if place in told)
        # of one type on both sides the engine takes the one or the other, and a condition on a place reaches an index
        return f"if({{level:String}} IN ({within}), CAST({expression}, 'Nullable(String)'), NULL)"

    figures = [
        f"{parts.columns['day']} AS day",
        *(f"{of_level(place, parts.columns[place])} AS {_OF_LEVEL}{place}" for place in places),
        *(f"{of_level(_NAMES[name], parts.columns[name])} AS {name}" for name in names),
        *(f"{parts.columns[name]} AS {name}" for name in measures),
    ]
    grouped = ", ".join(["day", *(f"{_OF_LEVEL}{place}" for place in places)])
    within = "HAVING day BETWEEN first_day AND last_day"
    own = [place for place in places if place != "home_municipality"]
    # what is no place of a unit is null there too
    unit_places = [f"{of_level(place, f'of_places.{place}')} AS {place}" for place in own]
    unit_names = [f"{of_level(_NAMES[name], f'max(of_places.{name})')} AS {name}" for name in names]
    columns = []
    for place in own:
        columns.append(f"either.{place} AS {place}")
        columns += [f"max(either.{name}) AS {name}" for name in names if _NAMES[name] == place]
    columns += ["either.home_municipality AS home_municipality", *(_measure(name) for name in measures)]
    filled = {
        "daily": daily,
        "daily_by_level": name_of(daily),
        "example": list(levels)[1],
        "levels": ", ".join(levels),
        "allowed": ", ".join(f"'{level}'" for level in levels),
        "families": ",".join(families),
        "grain": f"Not told apart: {', '.join(name for name in parts.grain if name not in {*places, 'day'})}.",
        "figures": _indented(
            f"{parts.before}SELECT\n{_listed(figures, 4)}\n{parts.after}GROUP BY {grouped}\n{within}", 8
        ),
        "unit_places": _listed([*unit_places, *unit_names], 12) + ",",
        "told_places": ", ".join([*own, *(f"max(units.{name}) AS {name}" for name in names)]),
        "places": ", ".join(own),
        "columns": _listed(columns, 4) + ",",
        "figures_columns": ", ".join([*(f"{_OF_LEVEL}{place} AS {place}" for place in places), *names, *measures]),
        "told_columns": ", ".join(
            [*own, "NULL AS home_municipality", *names, *(f"NULL AS {name}" for name in measures)]
        ),
    }
    return re.sub(r"\{([a-z_]+)\}", lambda mark: filled.get(mark[1], mark[0]), template)


def _measure(name: str) -> str:
    """Of a place without figures: null, or of a count 0."""
    one = f"max(either.{name})"
    return f"{one} AS {name}" if _NULL_WITHOUT_ROWS.fullmatch(name) else f"ifNull({one}, 0) AS {name}"


def _parts(daily: str, text: str) -> _Daily:
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--")) + "\n"
    found = re.fullmatch(r"(.*?)^SELECT\n(.*?)^(FROM .*?)^GROUP BY\s+([\w,\s]+)", body, re.DOTALL | re.MULTILINE)
    if found is None:
        raise Fatal(f"view {daily}.sql must be SELECT, FROM and GROUP BY at the beginning of a line, in this order")
    before, selected, after, grain = found.groups()
    columns = {}
    for item in _items(selected):
        expression, _, name = item.rpartition(" AS ")
        columns[name] = expression or name
    return _Daily(before, columns, after, tuple(re.findall(r"\w+", grain)))


def _items(selected: str) -> list[str]:
    """The columns of a select list: what the commas outside brackets and quotes tell apart."""
    items, depth, quoted, current = [], 0, False, ""
    for sign in selected:
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0 and not quoted:
            items.append(current.strip())
            current = ""
        else:
            current += sign
    return [*items, current.strip()]


def _listed(items: Sequence[str], spaces: int) -> str:
    return ",\n".join(" " * spaces + item for item in items)


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line if line else line for line in text.splitlines())
