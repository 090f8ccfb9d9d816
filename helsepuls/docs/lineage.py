"""Where every published column comes from: the fields of events behind it, and the rules that check them (R39).

Read from the views themselves, so that it cannot say anything else than what they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp

from helsepuls.docs.markdown import code, page, plain, table
from schemas.catalog import latest
from schemas.rules import catalogue
from schemas.rules.model import ANY_FIELD
from schemas.types import DUPLICATES_TOPIC, FAMILIES, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic
from sinks import relations
from sinks.tables import TABLES

Fields = frozenset[str]
"""Fields of events, as `episode.innDatoTid`."""
Columns = dict[str, Fields]
"""What each column of a relation comes from, in its order."""

RELATION: Final = "column_lineage"
PURPOSES_RELATION: Final = "view_purposes"
_DATABASE: Final = "helsepuls"
_STORED: Final = ("outcome_topic", "outcome_partition", "outcome_offset", "inserted_at")
_OTHER_TOPICS: Final = (REJECTED_TOPIC, DUPLICATES_TOPIC, RECEIPTS_TOPIC)
_WITHOUT_EVENTS: Final = (
    *("log_sink_errors", "log_closes", "log_closed_rows"),
    *(f"log_reference_{table}" for table in ("loads", "municipalities", "units", "population")),
)
"""Tables whose columns no field of an event has."""
_NOTHING: Final[Fields] = frozenset()

_INTRODUCTION = f"""
For every published column the fields of events that its value is worked out from, and the rules of the catalogue that
check those fields ([rules](rules.md)). `episode.*` is the number of events, or of what was made of them. A column
without fields follows from the moment of asking alone, from the close, or from the reference tables. The formula itself
is the view's own SQL (`SHOW CREATE VIEW …`), its meaning the head of the view ([relations](relations.md)). Which rows a
view has may depend on more fields than its columns show: see its head. The same as data: `{RELATION}`. Names of fields
are those of the schema of the family; `patient_key`, places and releases are what the stream adds. The relations
`accepted_<family>`, `<family>_current` and `<family>_known_at` have the fields themselves as columns.
"""
_HEAD = """\
-- Where the columns of every view come from. Written by `python -m helsepuls.docs`.
-- A row is one column of one view. fields: the fields of events that its value is worked out from (family.field;
-- family.*: how many events there are); none: it follows from the moment of asking, the close or the reference tables.
-- rules: the rules of the catalogue that check these fields.
-- A view as known at a time has the columns of its own view. Source: the views themselves. Rule: R39.
"""
_PURPOSES_HEAD = """\
-- What each relation is for, and by which right. Written by `python -m helsepuls.docs`.
-- A row is one relation. purposes: npr (the patient registry), kpr (the municipal registry), beredskap (preparedness);
-- it needs all of them, and setting sql.purposes_off switches off what serves one of them; none: operation of the
-- system itself, or public facts (reference tables). legal_bases: in the same order. person_level: whether a row can be
-- of one person (by a keyed hash).
-- Source: the folders of the views, the families of events. Rule: R16.
"""
_BASES: Final[Mapping[str, str]] = {
    "npr": "helseregisterloven § 11, NPR-forskriften",
    "kpr": "helseregisterloven § 11, KPR-forskriften",
    "beredskap": "helseberedskapsloven § 2-4; not settled for capacity outside a national emergency (R16)",
}


@dataclass
class _Scope:
    """What a name can mean in one SELECT."""

    sources: dict[str, Columns] = field(default_factory=dict)
    scalars: dict[str, exp.Expression] = field(default_factory=dict)
    """Of WITH, of aliases in the select list, and of ARRAY JOIN."""
    tables: dict[str, Columns] = field(default_factory=dict)
    """Subqueries that WITH names."""
    open: set[str] = field(default_factory=set)
    """Names that are being looked up: one may be called as what it is made of."""


def lineage() -> dict[str, Columns]:
    """Of each view but those of the families: its columns and what they come from."""
    known: dict[str, Columns] = dict(_events())
    own = set(known)
    views = [view for view in _views() if view.name not in own]
    for view in views:
        # what is kept is what the same view tells of a time
        of = f"{view.name}_at" if relations.KEPT in view.statement else ""
        if view.generated:
            known[view.name] = {}
        else:
            known[view.name] = known[of] if of else columns_of(view.statement.split(" AS\n", 1)[1], known)
    told = [view.name for view in views if not view.known_at_of and view.name not in _OTHER_TOPICS]
    return {name: known[name] for name in told if known[name]}


def columns_of(statement: str, known: Mapping[str, Columns]) -> Columns:
    """The columns of a SELECT over relations whose columns are known, and what they come from."""
    query = sqlglot.parse_one(statement, dialect="clickhouse")
    assert isinstance(query, exp.Query), statement
    return _query(query, known, {})


@cache
def rules_of(field_name: str) -> tuple[str, ...]:
    """Codes of the rules that check a field (`family.field`), or a part of it."""
    family, _, name = field_name.partition(".")
    return tuple(
        rule.code
        for rule in catalogue()
        if family in rule.families
        and any(checked.partition(".")[0] == name for checked in rule.checks if checked != ANY_FIELD)
    )


def lineage_page() -> str:
    parts = [
        f"## {name}\n\n"
        + table(
            ["column", "fields", "rules"],
            [[code(column), _listed(sorted(fields)), _listed(_rules(fields))] for column, fields in columns.items()],
        )
        for name, columns in lineage().items()
    ]
    return page("Lineage", plain(_INTRODUCTION), *parts)


def lineage_view() -> str:
    """The text of the view that holds the same as data."""
    rows = ",\n    ".join(
        f"('{name}', '{column}', {_array(sorted(fields))}, {_array(_rules(fields))})"
        for name, columns in lineage().items()
        for column, fields in columns.items()
    )
    structure = "view String, column String, fields Array(String), rules Array(String)"
    return f"{_HEAD}SELECT view, column, fields, rules\nFROM values('{structure}',\n    {rows})\n"


def purposes_view() -> str:
    """The text of the view that tells what each relation is for."""
    person_level = {
        name
        for name, columns in lineage().items()
        if any(not field.startswith("capacity.") for field in columns.get("patient_key", ()))
    }
    rows = ",\n    ".join(
        f"('{view.name}', {_array(view.purposes)}, {_array(_BASES[purpose] for purpose in view.purposes)}, "
        f"{'true' if person_level & {view.name, view.known_at_of} or _is_of_family(view.name) else 'false'})"
        for view in _views()
    )
    structure = "view String, purposes Array(String), legal_bases Array(String), person_level Bool"
    return (
        f"{_PURPOSES_HEAD}SELECT view, purposes, legal_bases, person_level\nFROM values('{structure}',\n    {rows})\n"
    )


def _is_of_family(name: str) -> bool:
    """Capacity is of units, never of persons."""
    return any(
        name in (f"accepted_{family}", f"{family}_current", f"{family}_known_at")
        for family in FAMILIES
        if family != "capacity"
    )


def _views() -> list[relations.View]:
    return [view for view in relations.load(_DATABASE) if view.name not in (RELATION, PURPOSES_RELATION)]


def _rules(fields: Iterable[str]) -> list[str]:
    return sorted({rule for one in fields for rule in rules_of(one)})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _array(names: Iterable[str]) -> str:
    return f"[{', '.join(repr(name) for name in names)}]"


def _events() -> Iterator[tuple[str, Columns]]:
    """The relations that hold the fields of messages as they are."""
    for family in FAMILIES:
        topic = accepted_topic(family)
        names = (*latest(topic).field_names, *_STORED)
        columns = {name: frozenset({f"{family}.{name}"}) for name in names}
        for relation in (TABLES[topic], f"state_{family}", f"accepted_{family}", f"{family}_current"):
            yield relation, columns
        yield f"{family}_known_at", columns
    for topic in _OTHER_TOPICS:
        names = (*latest(topic).field_names, *_STORED)
        yield TABLES[topic], {name: frozenset({f"{topic}.{name}"}) for name in names}
    for stored in _WITHOUT_EVENTS:
        yield stored, {}


def _query(query: exp.Query, known: Mapping[str, Columns], tables: Mapping[str, Columns]) -> Columns:
    tables = dict(tables)
    scalars: dict[str, exp.Expression] = {}
    for common in query.ctes:
        if isinstance(common.this, exp.Query):
            tables[common.alias] = _query(common.this, known, tables)
        else:
            scalars[common.alias] = common.this
    match query:
        case exp.SetOperation():
            left, right = (_query(side, known, tables) for side in (query.this, query.expression))
            return {name: fields | other for (name, fields), other in zip(left.items(), right.values(), strict=True)}
        case exp.Subquery():
            return _query(query.this, known, tables)
        case exp.Select():
            return _select(query, known, _Scope(scalars=scalars, tables=tables))
    raise ValueError(f"a view holds {type(query).__name__}, whose columns cannot be told")


def _select(query: exp.Select, known: Mapping[str, Columns], scope: _Scope) -> Columns:
    origin = query.args.get("from_")
    joins = query.args.get("joins") or []
    for source in ([origin.this] if origin else []) + [join.this for join in joins]:
        _add_source(source, known, scope)
    for join in joins:
        if join.args.get("kind") == "ARRAY":
            named = (item for item in (join.this, *join.expressions) if isinstance(item, exp.Alias))
            scope.scalars.update({item.alias: item.this for item in named})
    listed = query.expressions
    for one in listed:
        if isinstance(one, exp.Alias):
            scope.scalars.setdefault(one.alias, one.this)
    found: Columns = {}
    for number, one in enumerate(listed):
        star = one.this if isinstance(one, exp.Column) else one
        if isinstance(star, exp.Star):
            without = {column.name for column in star.args.get("except_") or ()}
            for columns in [scope.sources[one.table]] if isinstance(one, exp.Column) else scope.sources.values():
                found.update({name: fields for name, fields in columns.items() if name not in without})
        else:
            name = one.alias_or_name
            found[name if name and name not in found else f"#{number}"] = _of(
                one.this if isinstance(one, exp.Alias) else one, known, scope
            )
    return found


def _add_source(source: exp.Expression, known: Mapping[str, Columns], scope: _Scope) -> None:
    match source:
        case exp.Subquery():
            scope.sources[source.alias or f"#{len(scope.sources)}"] = _query(source.this, known, scope.tables)
        case exp.Final():
            _add_source(source.this, known, scope)
        case exp.Table():
            inner = source.this
            name = inner.name if isinstance(inner, (exp.Identifier, exp.Anonymous, exp.Func)) else source.name
            if name not in scope.tables and name not in known:
                raise ValueError(f"a view reads {name}, of whose columns it is not known yet what they come from")
            scope.sources[source.alias or name] = scope.tables[name] if name in scope.tables else known[name]


def _of(expression: exp.Expression, known: Mapping[str, Columns], scope: _Scope) -> Fields:
    """Everything that an expression is worked out from."""
    fields = _NOTHING
    bound = {name.name for function in expression.find_all(exp.Lambda) for name in function.expressions}
    inner = list(expression.find_all(exp.Query))
    within = {id(node) for query in inner for node in query.walk()}
    nested = {id(node) for query in inner for node in query.walk() if node is not query}
    for query in inner:
        if id(query) not in nested:
            fields = fields.union(*_query(query, known, scope.tables).values())
    if any(not count.this or isinstance(count.this, exp.Star) for count in expression.find_all(exp.Count)):
        fields |= _events_of(scope)
    for column in expression.find_all(exp.Column):
        if id(column) not in within:
            parts = [part.name for part in column.parts]
            if parts[0] not in bound:
                fields |= _named(parts, known, scope)
    return fields


def _events_of(scope: _Scope) -> Fields:
    """The events themselves, of the families that are read here: what a count of rows counts."""
    named = frozenset().union(*(fields for columns in scope.sources.values() for fields in columns.values()))
    return frozenset(f"{name.partition('.')[0]}.*" for name in named)


def _named(parts: list[str], known: Mapping[str, Columns], scope: _Scope) -> Fields:
    if len(parts) > 1 and parts[0] in scope.sources:
        return scope.sources[parts[0]].get(parts[1], _NOTHING)
    name = parts[0]
    if name in scope.scalars and name not in scope.open:
        scope.open.add(name)
        try:
            return _of(scope.scalars[name], known, scope)
        finally:
            scope.open.discard(name)
    found = [columns[name] for columns in scope.sources.values() if name in columns]
    return frozenset().union(*found)
