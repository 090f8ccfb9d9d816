"""docs/relations.md: what can be queried, from the heads of sinks/views and the docs of the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlglot

from helsepuls.docs.markdown import code, page, plain, table
from schemas.catalog import Schema, latest
from schemas.passthrough import FIRST_ADDED
from schemas.types import DUPLICATES_TOPIC, FAMILIES, RECEIPTS_TOPIC, REJECTED_TOPIC, accepted_topic
from sinks import relations
from sinks.columns import columns
from sinks.tables import TABLES

_DATABASE: Final = "helsepuls"

_INTRODUCTION = """
All relations are in the database `helsepuls` and are read with `helsepuls sql`, with any ClickHouse client, or over
HTTP ([for analysts](for-analysts.md)). Each is a view over the logs, worked out when you ask: nothing is refreshed, so
nothing is stale but for what is still on its way. The same texts stand in the database
(`SELECT name, comment FROM system.tables`). Times are UTC, in milliseconds. Null is unknown, never zero.
"""

_STORED: Final = (
    ("outcome_topic", "LowCardinality(String)", "Outcome topic the row was read from"),
    ("outcome_partition", "Int32", "Its partition"),
    ("outcome_offset", "Int64", "Its offset: of an outcome that was written twice, the row with the greatest stays"),
    ("inserted_at", "DateTime64(3, 'UTC')", "When the warehouse took the row"),
)
_PER_FAMILY: Final = {
    "accepted": "accepted_<family>",
    "current": "<family>_current",
    "known_at": "<family>_known_at(at = …)",
}
_OF_TOPIC: Final = {"rejected": REJECTED_TOPIC, "duplicates": DUPLICATES_TOPIC, "receipts": RECEIPTS_TOPIC}


def relations_page() -> str:
    views = relations.load(_DATABASE)
    per_family = {name.format(family) for family in FAMILIES for name in ("accepted_{}", "{}_current", "{}_known_at")}
    others = [view for view in views if view.name not in per_family and not view.known_at_of]
    twins = {view.known_at_of: view for view in views if view.known_at_of}
    return page(
        "Relations",
        _INTRODUCTION,
        _glance(others),
        "## Accepted events, by family",
        *_family_views(),
        *_family_columns(),
        *(f"## {view.name}\n\n{_head(view.documentation)}\n\n{_twin(twins, view)}{_columns(view)}" for view in others),
    )


def _twin(twins: Mapping[str, relations.View], view: relations.View) -> str:
    return f"{_first_sentence(twins[view.name].documentation)}\n\n" if view.name in twins else ""


def _glance(others: Iterable[relations.View]) -> str:
    told = [(title, _doc(stem)) for stem, title in _PER_FAMILY.items()]
    told += [(view.name, view.documentation) for view in others]
    rows = [[code(name), plain(_first_sentence(text).replace("{family}", "<family>"))] for name, text in told]
    return f"Families: {', '.join(map(code, FAMILIES))}.\n\n" + table(["relation", "what"], rows)


def _family_views() -> list[str]:
    return [f"### {plain(title)}\n\n{_head(_doc(stem))}" for stem, title in _PER_FAMILY.items()]


def _family_columns() -> list[str]:
    schemas = [latest(accepted_topic(family)) for family in FAMILIES]
    first = schemas[0].field_names
    envelope = [name for name in first if all(name in s.field_names[: len(first)] for s in schemas)]
    own_begin = envelope.index(FIRST_ADDED)
    parts = [
        "### Columns of every family: what the sender wrote\n\n" + _schema_table(schemas[0], envelope[:own_begin]),
        "### Columns of every family: what the stream and the warehouse add\n\n"
        + _schema_table(schemas[0], envelope[own_begin:], stored=True),
    ]
    for family, schema in zip(FAMILIES, schemas, strict=True):
        own = [name for name in schema.field_names if name not in envelope]
        parts.append(f"### Columns of {family}\n\n{schema.definition['doc']}.\n\n{_schema_table(schema, own)}")
    return parts


def _columns(view: relations.View) -> str:
    if view.name in _OF_TOPIC:
        schema = latest(_OF_TOPIC[view.name])
        return _schema_table(schema, schema.field_names, stored=True)
    if view.generated:
        return ""
    body = view.statement.split(" AS\n", 1)[1]
    names = sqlglot.parse_one(body, dialect="clickhouse").named_selects  # type: ignore[attr-defined]  # a SELECT has it
    return "" if names == ["*"] else f"Columns: {', '.join(map(code, names))}."


def _schema_table(schema: Schema, names: Iterable[str], *, stored: bool = False) -> str:
    assert schema.topic in TABLES
    types = columns(schema)
    fields: Mapping[str, Any] = {field["name"]: field for field in schema.definition["fields"]}
    rows = [[code(name), code(_short(types[name])), plain(_meaning(fields[name]))] for name in names]
    if stored:
        rows += [[code(name), code(_short(type_)), meaning] for name, type_, meaning in _STORED]
    return table(["column", "type", "meaning"], rows)


def _meaning(field: Mapping[str, Any]) -> str:
    code_list = field.get("codeList")
    return f"{field['doc']} (code list {code_list})" if code_list else str(field["doc"])


def _short(type_: str) -> str:
    """The type as a reader needs it: how text is stored is no matter of theirs."""
    return type_.replace("LowCardinality(Nullable(String))", "Nullable(String)").replace(
        "LowCardinality(String)", "String"
    )


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", text.replace("\n", " "), maxsplit=1)[0]


def _doc(stem: str) -> str:
    """The head of a view that every family has."""
    text = (relations.FOLDER / "each_family" / f"{stem}.sql").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("--")]
    return "\n".join(line.removeprefix("--").strip() for line in lines)


def _head(documentation: str) -> str:
    return plain(documentation.replace("{family}", "<family>"))
