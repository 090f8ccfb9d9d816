"""The public relations: SQL files in `views/`, each the SELECT of one view with its documentation at the head.

The name of a file is the name of its view; files in `views/each_family` are made once per family, that in
`views/each_daily` once per daily view of the registers (`sinks.level_views`), that in `views/each_figures` once per
relation of closed figures (`sinks.close_views`). The head comment says what a row is, its columns' units and its
source; it becomes the view's comment in the database.

A file that names what it reads in braces (`{episode}`, `{npr_stays}`) is made twice: over what is known now, and, as
`<name>_known_at`, over what was known at a time that the reader gives. `{now}` is that time, or now. Where the two
differ in more than that, each has a file.
`{coordinates(movements)}` are the columns that tell which event a row of `movements` is. `{columns of <name>}` is the
SELECT of another file up to its FROM: two views that tell the same of different rows share it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Final

from schemas.errors import Fatal
from schemas.types import FAMILIES, LEGAL_BASIS, Family, Purpose
from sinks import close_views, level_views

FOLDER: Final = Path(str(files("sinks") / "views"))

KEPT: Final = "kept_beds"
"""The table from which `preparedness_occupancy` answers."""
_EACH_FAMILY: Final = {"accepted": "accepted_{family}", "current": "{family}_current", "known_at": "{family}_known_at"}
_ALL: Final = "* EXCEPT (version)"
_CHANGES: Final = Path("each_figures", "changes.sql")
_GROUPS: Final[Mapping[str, tuple[Purpose, ...]]] = {
    "events": (),
    "npr": ("npr",),
    "kpr": ("kpr",),
    "pathway": ("npr", "kpr"),
    "preparedness": ("beredskap",),
    "quality": (),
    "reference": (),
    "register": ("npr", "kpr"),
    "explain": (),
}
"""The folders of views, and what theirs are for; those of operations and of reference tables are for none of the
registers' purposes, and what explains a view is for what that view is for."""
_WITH_LEVELS: Final = ("npr", "kpr")
"""The groups whose daily views have figures by level beside them; those of preparedness have their levels in them."""
_EXPLAINS: Final = "explain_"
_LEVELS: Final = "each_daily/by_level.sql"
_READ: Final = re.compile(r"\{([a-z_]+)\}(?:\(([^()]*)\))?")
"""What a file reads, in braces, with the arguments of a view that takes some. The engine's own notation has a type
behind the name."""
_KNOWN_AT: Final = "_known_at"
_COLUMNS: Final = re.compile(r"^\{columns of (\w+)\}$", re.MULTILINE)
_COORDINATES: Final = re.compile(r"\{coordinates\((\w*)\)\}")
"""The columns that tell which event a row of an explanation is, of a table by the name within."""
_COORDINATE_COLUMNS: Final = (
    *("event_id", "reporter", "subject_id", "revision", "occurred_at", "known_at"),
    *("source_topic", "source_partition", "source_offset", "rules_release", "reference_release", "problems"),
)


@dataclass(frozen=True)
class View:
    """One view of one database."""

    name: str
    documentation: str
    statement: str
    known_at_of: str = ""
    """The view of which this one tells what was known at a time."""
    purposes: tuple[Purpose, ...] = ()
    """What it is for; it needs all of them."""
    generated: bool = False
    """It follows from other views (`sinks.close_views`); its statement has marks that the migration fills."""


@dataclass(frozen=True)
class _Source:
    """What a view is made of: the text of its file, and the group that it belongs to."""

    name: str
    group: str
    text: str
    shares: frozenset[str] = frozenset()
    """The files whose columns are in it."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """What it names in braces."""
        return frozenset(name for name, _ in _READ.findall(self.text)) - {"database", "now"}

    @cached_property
    def uses(self) -> frozenset[str]:
        """Every word of its statement, and the files whose columns are in it."""
        lines = (line for line in self.text.splitlines() if not line.lstrip().startswith("--"))
        return self.shares.union(*(re.findall(r"\w+", line) for line in lines))


def load(database: str) -> list[View]:
    """All views, those that others use first. Raises Fatal for a file without documentation or outside the groups, and
    for one that names in braces what there is not."""
    found = [
        replace(
            _view(name, _filled(path.read_text("utf-8").replace("{family}", family), database)),
            purposes=(LEGAL_BASIS[family],),
        )
        for path, name, family in _of_families()
    ]
    written = _sources()
    dailies = {name: _families(name, written) for name in sorted(written) if close_views.is_daily(name)}
    others = written | _by_level(dailies, written)
    uses = {name: sorted(_used(source.uses, others.keys()) - {name}) for name, source in others.items()}
    for name in TopologicalSorter(uses).static_order():
        found += _made(name, database, others)
    return [*found, *_of_the_close(dailies, written)]


def _of_the_close(dailies: Mapping[str, frozenset[str]], written: Mapping[str, _Source]) -> Iterator[View]:
    """What follows from the daily views, and what has changed in their closed days."""
    changes = (FOLDER / _CHANGES).read_text("utf-8")
    shape = "".join(sorted({changes, *(source.text for source in written.values())}))
    groups = {name: written[name].group for name in dailies}
    figures = {name: group for group, name in close_views.FIGURES.items()}
    for name, text in close_views.texts(dailies, groups, shape):
        group = groups.get(name.removesuffix(close_views.CLOSED)) or figures.get(name, close_views.REGISTERS)
        yield replace(_view(name, text), purposes=_GROUPS[group], generated=True)
    for name, group in figures.items():
        text = changes.replace("{figures}", name).replace("{group}", group)
        yield replace(_view(f"{group}_changes", text), purposes=_GROUPS[group])


def _sources() -> dict[str, _Source]:
    """By name, of the files that are one view each."""
    paths = {path: group for group in _GROUPS for path in sorted((FOLDER / group).glob("*.sql"))}
    known = {*paths, *(path for path, _, _ in _of_families()), FOLDER / _LEVELS, FOLDER / _CHANGES}
    if stray := sorted(path.name for path in FOLDER.rglob("*.sql") if path not in known):
        raise Fatal(f"view {stray[0]} stands in no known group of {FOLDER.name}/")
    read = {path.stem: path.read_text("utf-8") for path in paths}
    return {
        path.stem: _Source(
            path.stem,
            group,
            _COLUMNS.sub(lambda mark: _select(read[mark[1]]), read[path.stem]),
            frozenset(_COLUMNS.findall(read[path.stem])),
        )
        for path, group in paths.items()
    }


def texts() -> dict[str, str]:
    """The files that are one view each, by its name, with the columns that they share with others written out."""
    return {name: source.text for name, source in _sources().items()}


def body(text: str) -> str:
    """A file without the comment at its head."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("--"))


def current(family: Family, columns: Collection[str]) -> str:
    """The SELECT of `<family>_current`, of these columns alone: all of them, where few are asked for, are most of what
    planning a query costs."""
    text = body((FOLDER / "each_family" / "current.sql").read_text("utf-8"))
    selected = text.replace(_ALL, ", ".join(columns))
    assert selected != text
    return selected.replace("{family}", family)


def _select(text: str) -> str:
    """From SELECT up to FROM, of a file whose SELECT stands at the beginning of a line."""
    found = re.search(r"^SELECT\n.*?(?=\nFROM\b)", text, re.DOTALL | re.MULTILINE)
    assert found
    return found[0]


def _by_level(dailies: Mapping[str, Collection[str]], others: Mapping[str, _Source]) -> dict[str, _Source]:
    template = (FOLDER / _LEVELS).read_text("utf-8") if dailies else ""
    made = {}
    for name, families in dailies.items():
        if others[name].group not in _WITH_LEVELS:
            continue
        text = level_views.by_level(name, others[name].text, template, sorted(families))
        of_it = level_views.name_of(name)
        made[of_it] = _Source(of_it, others[name].group, text)
    return made


def withheld(database: str, off: Collection[Purpose]) -> dict[str, Purpose]:
    """The relations that serve a purpose which is switched off, tables too, and that purpose."""
    found = {view.name: purpose for view in load(database) for purpose in view.purposes if purpose in off}
    if "beredskap" in off:
        found[KEPT] = "beredskap"
    for family, purpose in LEGAL_BASIS.items():
        if purpose in off:
            found.update({f"log_accepted_{family}": purpose, f"state_{family}": purpose})
    return found


def _families(name: str, others: Mapping[str, _Source]) -> frozenset[str]:
    """Families that the view reads, itself or through others."""
    uses, reads = others[name].uses, others[name].reads
    read = {one for one in FAMILIES if one in reads or {f"{one}_current", f"accepted_{one}"} & uses}
    return frozenset(read).union(*(_families(other, others) for other in uses & others.keys() - {name}))


def _of_families() -> Iterator[tuple[Path, str, Family]]:
    for stem, pattern in _EACH_FAMILY.items():
        for family in FAMILIES:
            yield FOLDER / "each_family" / f"{stem}.sql", pattern.format(family=family), family


def _used(words: Set[str], names: Collection[str]) -> Set[str]:
    """Of these views those that a text with these words uses, itself or as known at a time: a view and its twin may be
    of one file, or of two."""
    words = words | {_twin(word) for word in words}
    return {name for name in names if name in words or _twin(name) in words}


def _made(name: str, database: str, others: Mapping[str, _Source]) -> Iterator[View]:
    """The view, and what was known at a time where its file reads in braces."""
    source = others[name]
    if unknown := source.reads - others.keys() - set(FAMILIES):
        raise Fatal(f"view {name}.sql reads {{{sorted(unknown)[0]}}}, which is neither a family nor a view")
    purposes = _GROUPS[others[name.removeprefix(_EXPLAINS)].group]
    text = _filled(source.text, database)
    if not source.reads and "{now}" not in text:
        yield replace(_view(name, text), purposes=purposes)
        return
    own = _of_a_time(name)
    argument = "known_at" if own else "at"
    moment = f"parseDateTime64BestEffort({{{argument}:String}}, 3, 'UTC')"
    known_name = _twin(name)

    def now(read: re.Match[str]) -> str:
        word, given = read.groups()
        if word in FAMILIES:
            return f"{word}_current"
        if word == "now":
            return "now64(3, 'UTC')"
        taken = given or ("at = {at:String}" if _of_a_time(word) else "")
        return f"{database}.{word}({taken})" if taken else word

    def then(read: re.Match[str]) -> str:
        word, given = read.groups()
        if word == "now":
            return moment
        taken = given or ("at = {at:String}" if _of_a_time(word) else "")
        known = f"known_at = {{{argument}:String}}" if _of_a_time(word) else f"at = {{{argument}:String}}"
        return f"{database}.{_twin(word)}({', '.join(filter(None, (taken, known)))})"

    yield replace(_view(name, _READ.sub(now, text)), purposes=purposes)
    arguments = "at = …, known_at = …" if own else "at = …"
    told = f"-- As {name}, of what was known at a time (UTC): {known_name}({arguments}).\n"
    yield replace(_view(known_name, told + _READ.sub(then, text)), known_at_of=name, purposes=purposes)


def _of_a_time(name: str) -> bool:
    """Whether the view has a parameter `at` of its own: the time it tells of, not that of knowing."""
    return name.endswith("_at")


def _twin(name: str) -> str:
    return name.removesuffix("_at") + _KNOWN_AT


def _of_table(name: str) -> list[str]:
    return [f"{name}.{column} AS {column}" if name else column for column in _COORDINATE_COLUMNS]


def _filled(text: str, database: str) -> str:
    return _COORDINATES.sub(lambda marked: ",\n    ".join(_of_table(marked[1])), text.replace("{database}", database))


def _view(name: str, text: str) -> View:
    lines = text.splitlines()
    head = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    documentation = "\n".join(line.removeprefix("--").strip() for line in lines[:head])
    if not documentation:
        raise Fatal(f"view {name}.sql must begin with a comment that says what a row is")
    body = "\n".join(lines[head:]).strip()
    quoted = documentation.replace("\\", "\\\\").replace("'", "\\'")
    return View(name, documentation, f"CREATE OR REPLACE VIEW {name} COMMENT '{quoted}' AS\n{body}")
