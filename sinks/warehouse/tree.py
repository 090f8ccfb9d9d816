"""One pass over the engine's syntax tree of a statement: refuses what is not allowed, takes FORMAT and SETTINGS out.

The tree is what `parseQueryToJSON` returns: objects with a `type`, children under keys that depend on it. Every object
is visited, wherever it hangs, and a type that is not listed here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sinks.warehouse.allowed import FUNCTIONS, Permissions, words
from sinks.warehouse.refusal import Code, QueryError

CATALOG: Final = "helsepuls_endpoint"
"""Database in memory with the view `settings`, which stands in for `system.settings`."""

ALLOWED_STATEMENTS: Final = (
    "This endpoint only reads. Allowed are SELECT (with WITH and UNION), SHOW TABLES, DATABASES, COLUMNS and CREATE, "
    "DESCRIBE, EXISTS and EXPLAIN."
)

_NODES: Final = words("""
    ArrayJoin Asterisk ColumnsApplyTransformer ColumnsExceptTransformer ColumnsListMatcher ColumnsRegexpMatcher
    ColumnsReplaceTransformer ColumnsReplaceTransformerReplacement ColumnsTransformerList ExpressionList Function
    Identifier InterpolateElement Literal OrderByElement QualifiedAsterisk QualifiedColumnsListMatcher
    QualifiedColumnsRegexpMatcher QueryParameter SampleRatio SelectIntersectExceptQuery SelectQuery
    SelectWithUnionQuery Subquery TableExpression TableIdentifier TableJoin TablesInSelectQuery
    TablesInSelectQueryElement WindowDefinition WindowListElement WithElement
""")
_EXPLAIN_KINDS: Final = frozenset(
    f"EXPLAIN{kind}" for kind in ("", " SYNTAX", " QUERY TREE", " PLAN", " PIPELINE", " ESTIMATE")
)
_EXPLAIN_KEYS: Final = words("type kind settings query")
_SHOW_TABLES_KEYS: Final = words("""
    type databases full temporary like not_like case_insensitive_like from where_expression limit_length
""")
_SHOW_COLUMNS_KEYS: Final = words("""
    type extended full database table like not_like case_insensitive_like where_expression limit_length
""")
_OUTFILE_KEYS: Final = words("is_outfile_append is_outfile_truncate is_into_outfile_with_stdout")
_IN: Final = frozenset(name for name in FUNCTIONS if re.fullmatch("(global)?(not)?(null)?in(ignoreset)?", name))
_SCALARS: Final = words("UInt64 Int64 Float64 String Bool")


class Inspection:
    """Of one tree, which it changes. Use once."""

    def __init__(self, permissions: Permissions, parameters: Mapping[str, str]) -> None:
        self._permissions = permissions
        self._parameters = parameters
        self._lambdas: frozenset[str] = frozenset()
        self.format: str | None = None
        self.settings: dict[str, str] = {}
        """All settings of the statement, those of its sub-queries included: they are to hold for the whole of it."""

    def inspect(self, tree: dict[str, Any]) -> None:
        """Raises QueryError for the first thing met that is not allowed."""
        self._lambdas = frozenset(_names_of_lambdas(tree))
        self.format = self._output(tree)
        match tree["type"]:
            case "SelectWithUnionQuery" | "SelectIntersectExceptQuery":
                self._walk(tree)
            case "ExplainQuery":
                self._explain(tree)
            case "ShowTablesQuery":
                self._only(tree, _SHOW_TABLES_KEYS)
                if source := tree.get("from"):
                    self._permissions.check_database(self._name(source))
                self._walk(tree.get("where_expression"))
            case "ShowColumnsQuery":
                self._only(tree, _SHOW_COLUMNS_KEYS)
                self._permissions.check_relation(".".join(filter(None, (tree.get("database"), tree.get("table")))))
                self._walk(tree.get("where_expression"))
            case _:
                raise QueryError(Code.READONLY, ALLOWED_STATEMENTS)

    def _output(self, tree: dict[str, Any]) -> str | None:
        """Takes away what says how the result is written, and returns the format. Where to is never the reader's."""
        if tree.get("out_file") or any(tree.pop(key, False) for key in _OUTFILE_KEYS):
            raise QueryError(Code.ACCESS_DENIED, "INTO OUTFILE would write on the server; the answer comes over HTTP.")
        if settings := tree.pop("settings_ast", None):
            self._take_settings(settings)
        chosen = tree.pop("format_ast", None)
        return self._permissions.check_format(self._name(chosen)) if chosen else None

    def _explain(self, tree: dict[str, Any]) -> None:
        self._only(tree, _EXPLAIN_KEYS)
        inner = tree.get("query") or {}
        if tree["kind"] not in _EXPLAIN_KINDS or inner.get("type") != "SelectWithUnionQuery":
            raise QueryError(Code.READONLY, f"Allowed are {', '.join(sorted(_EXPLAIN_KINDS))} of a SELECT.")
        for change in (tree.get("settings") or {}).get("changes", []):
            if change["value"].get("field_type") not in ("UInt64", "Bool"):
                raise QueryError(Code.BAD_ARGUMENTS, "Settings of EXPLAIN are 0 or 1.")
        self._output(inner)
        self._walk(inner)

    @staticmethod
    def _only(tree: dict[str, Any], keys: frozenset[str]) -> None:
        if unknown := sorted(tree.keys() - keys):
            raise QueryError(Code.READONLY, f"{ALLOWED_STATEMENTS} ({', '.join(unknown)} is not.)")

    def _walk(self, node: Any) -> None:
        for found in _objects(node):
            self._visit(found)

    def _visit(self, node: dict[str, Any]) -> None:
        kind = node["type"]
        if kind not in _NODES:
            raise QueryError(Code.ACCESS_DENIED, f"{kind} is not allowed here.")
        if kind == "SelectWithUnionQuery":
            if self._output(node):
                raise QueryError(Code.SYNTAX_ERROR, "FORMAT belongs at the end of the statement.")
        elif kind == "SelectQuery":
            if settings := node.pop("settings", None):
                self._take_settings(settings)
        elif kind == "TableExpression":
            if called := node.get("table_function"):
                self._permissions.check_table_function(called["name"])
                called["is_table_function"] = True
        elif kind == "TableIdentifier":
            self._relation(node)
        elif kind == "Identifier":
            _redirect(node)
        elif kind == "ColumnsApplyTransformer":
            if name := node.get("func_name"):
                self._called(name)
        elif kind == "Function" and not node.pop("is_table_function", False):
            self._function(node)

    def _function(self, node: dict[str, Any]) -> None:
        name = node["name"]
        self._called(name)
        arguments = (node.get("arguments") or {}).get("children", [])
        identifiers = [argument if argument["type"] == "Identifier" else None for argument in arguments]
        if name.lower() in _IN:
            for relation in filter(None, identifiers[1:]):
                self._relation(relation)  # `x IN relation`
        elif name in self._lambdas or self._permissions.takes_functions(name):
            for reference in filter(None, identifiers):
                self._permissions.check_reference(self._name(reference))  # `arrayMap(function, …)`

    def _called(self, name: str) -> None:
        """A function of the engine, or a lambda to which the statement itself gave a name of its own."""
        if name not in self._lambdas or self._permissions.is_engine_function(name):
            self._permissions.check_function(name)

    def _relation(self, node: dict[str, Any]) -> None:
        self._permissions.check_relation(self._name(node))
        _redirect(node)

    def _take_settings(self, node: dict[str, Any]) -> None:
        if unknown := sorted(node.keys() - {"type", "changes"}):
            raise QueryError(Code.READONLY, f"SETTINGS takes names with values here, not {', '.join(unknown)}.")
        for change in node.get("changes", []):
            name, value = change["name"], change["value"]
            if value.get("field_type") not in _SCALARS:
                raise QueryError(Code.READONLY, f"Setting {name} takes a number or a text here.")
            plain = value["value"]
            self.settings[name] = str(int(plain)) if isinstance(plain, bool) else str(plain)

    def _name(self, node: dict[str, Any]) -> str:
        """An identifier's parts joined by dots, with what was given for x in place of `{x:Identifier}`."""
        children = node.get("children", [])
        given = [self._parameters.get(child["name"], "") for child in children if child["type"] == "QueryParameter"]
        parts = [part or (given.pop(0) if given else "") for part in node.get("name_parts") or [node["name"]]]
        return ".".join(parts)


def _redirect(node: dict[str, Any]) -> None:
    """`system.settings` tells a client what it may set; the view in its place tells what holds for readers."""
    parts = node.get("name_parts", [])
    if parts[:2] == ["system", "settings"]:
        node["name_parts"] = [CATALOG, *parts[1:]]
        node["name"] = ".".join(node["name_parts"])


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object with a type, parents first, on a stack of its own: a tree may be deeper than Python's.

    What the caller takes out of an object is not met any more.
    """
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            if "type" in node:
                yield node
            pending += [value for value in node.values() if isinstance(value, dict | list)]


def _names_of_lambdas(tree: Any) -> Iterator[str]:
    """`WITH (x -> x + 1) AS next SELECT next(2)`."""
    for node in _objects(tree):
        if node["type"] == "Function" and node["name"] == "lambda" and "alias" in node:
            yield node["alias"]
