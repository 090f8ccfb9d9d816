"""The guard without an engine: trees as `parseQueryToJSON` of 26.9 writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sinks.warehouse.allowed import Facts, Permissions, is_function
from sinks.warehouse.guard import Guard
from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import QueryError

FACTS = Facts(
    version="26.9.2.1",
    timezone="UTC",
    functions=frozenset({"file", "plus", "arraymap", "upper", "numbers", "url"}),
    higher_order_functions=frozenset({"arraymap"}),
    settings=frozenset({"max_threads", "join_use_nulls", "allow_ddl", "output_format_json_quote_64bit_integers"}),
)


class Canned:
    """A parser that knows one tree or one canonical text, and formats a tree as its JSON."""

    def __init__(self, tree: Any = None, canonical: str = "") -> None:
        self.tree = tree
        self.text = canonical
        self.parsed = 0

    def to_tree(self, sql: str) -> str | None:
        self.parsed += 1
        return json.dumps(self.tree) if self.tree is not None else None

    def from_tree(self, tree: str) -> str:
        return tree

    def canonical(self, sql: str) -> str:
        return self.text


def guard(parser: Canned, limits: Limits | None = None) -> Guard:
    return Guard(parser, Permissions("helsepuls", limits or Limits(), FACTS, lambda name: name == "known_at"))


def identifier(*parts: str) -> dict[str, Any]:
    return {"type": "Identifier", "name": ".".join(parts), "name_parts": list(parts)}


def call(name: str, *arguments: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "Function",
        "name": name,
        "arguments": {"type": "ExpressionList", "children": list(arguments)},
        **more,
    }


def table(**expression: Any) -> dict[str, Any]:
    element = {"type": "TablesInSelectQueryElement", "table_expression": {"type": "TableExpression", **expression}}
    return {"type": "TablesInSelectQuery", "children": [element]}


def select(*columns: Any, **clauses: Any) -> dict[str, Any]:
    query = {"type": "SelectQuery", "select": {"type": "ExpressionList", "children": list(columns)}, **clauses}
    return {
        "type": "SelectWithUnionQuery",
        "list_of_selects": {"type": "ExpressionList", "children": [query]},
        "is_outfile_append": False,
    }


def set_query(*changes: tuple[str, str, Any]) -> dict[str, Any]:
    values = [{"name": name, "value": {"field_type": kind, "value": value}} for name, kind, value in changes]
    return {"type": "SetQuery", "changes": values}


ONE = {"type": "Literal", "value": {"field_type": "UInt64", "value": 1}}
FILE = {"type": "Literal", "value": {"field_type": "String", "value": "/etc/passwd"}}


def refused(tree: Any, **parameters: str) -> int:
    with pytest.raises(QueryError) as caught:
        guard(Canned(tree)).check("SELECT {x:Identifier}", parameters)
    return caught.value.code


def test_format_and_settings_leave_the_text() -> None:
    tree = select(ONE, settings=set_query(("max_threads", "UInt64", 1)))
    tree |= {
        "format_ast": {"type": "Identifier", "name": "JSON"},
        "settings_ast": set_query(("join_use_nulls", "Bool", True)),
    }
    approved = guard(Canned(tree)).check("…", {})
    assert approved.format == "JSON"
    assert approved.settings == {"max_threads": "1", "join_use_nulls": "1"}
    without = select(ONE)
    del without["is_outfile_append"]
    assert json.loads(approved.text) == without


def test_what_was_approved_is_not_parsed_again() -> None:
    parser = Canned(select(ONE))
    one = guard(parser)
    assert one.check("SELECT 1", {}) is one.check("SELECT 1", {"other": "value"})
    assert parser.parsed == 1


def test_a_verdict_on_one_name_is_not_taken_for_another() -> None:
    name = {"type": "TableIdentifier", "name": "", "children": [{"type": "QueryParameter", "name": "x"}]}
    one = guard(Canned(select(ONE, tables=table(database_and_table_name=name))))
    assert one.check("SELECT * FROM {x:Identifier}", {"x": "beds"})
    with pytest.raises(QueryError):
        one.check("SELECT * FROM {x:Identifier}", {"x": "system.processes"})


@pytest.mark.parametrize(
    "tree",
    [
        select(call("file", FILE)),
        select(call("plus", ONE, call("FILE", FILE))),
        select(call("arrayMap", {"type": "Identifier", "name": "file"}, FILE)),
        select(
            {
                "type": "Asterisk",
                "transformers": {
                    "type": "ColumnsTransformerList",
                    "children": [{"type": "ColumnsApplyTransformer", "func_name": "file"}],
                },
            }
        ),
        select(ONE, tables=table(table_function=call("url", FILE))),
        select(ONE, tables=table(table_function=call("numbers", call("file", FILE)))),
        select(ONE, tables=table(table_function=call("elsewhere.known_at", ONE))),
        select(ONE, tables=table(table_function=call("unknown_view", ONE))),
        select(
            ONE,
            tables=table(
                database_and_table_name={
                    "type": "TableIdentifier",
                    "name": "system.processes",
                    "name_parts": ["system", "processes"],
                }
            ),
        ),
        select(call("in", ONE, identifier("system", "processes"))),
        select(call("globalNotIn", ONE, identifier("elsewhere", "secrets"))),
        select(ONE) | {"out_file": FILE},
        select(ONE) | {"is_outfile_append": True},
        {"type": "ExplainQuery", "kind": "EXPLAIN", "query": select(call("file", FILE))},
        {"type": "ShowTablesQuery", "from": {"type": "Identifier", "name": "elsewhere"}},
        {"type": "ShowTablesQuery", "where_expression": call("file", FILE)},
        {"type": "ShowColumnsQuery", "database": "elsewhere", "table": "secrets"},
        select({"type": "SomethingNew", "hidden": call("plus", ONE, ONE)}),
    ],
)
def test_denied(tree: Any) -> None:
    assert refused(tree) == 497


@pytest.mark.parametrize(
    "tree",
    [
        {"type": "InsertQuery"},
        {"type": "SetQuery", "is_standalone": True, "changes": []},
        {"type": "KillQueryQuery"},
        {"type": "UseQuery", "database": {"type": "Identifier", "name": "system"}},
        {"type": "ShowTablesQuery", "clusters": True},
        {"type": "ExplainQuery", "kind": "EXPLAIN AST", "query": select(ONE)},
        {"type": "ExplainQuery", "kind": "EXPLAIN", "query": {"type": "InsertQuery"}},
        {"type": "ExplainQuery", "kind": "EXPLAIN", "query": select(ONE), "table_override": {}},
        select(ONE, settings=set_query(("allow_ddl", "UInt64", 1))),
        select(ONE, settings=set_query(("max_threads", "Map", []))),
        select(ONE, settings={"type": "SetQuery", "changes": [], "default_settings": ["max_threads"]}),
    ],
)
def test_only_reads(tree: Any) -> None:
    assert refused(tree) == 164


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        (select(call("nothing_of_the_kind", ONE)), 46),
        (select(ONE) | {"format_ast": {"type": "Identifier", "name": "Template"}}, 73),
        (select(ONE, settings=set_query(("nothing", "UInt64", 1))), 115),
        (select(ONE, settings=set_query(("max_threads", "UInt64", 10_000))), 452),
        (select(ONE, settings=set_query(("max_threads", "UInt64", 0))), 452),
        (select(ONE, settings=set_query(("max_threads", "String", "many"))), 36),
    ],
)
def test_other_codes(tree: Any, code: int) -> None:
    assert refused(tree) == code


@pytest.mark.parametrize(
    "tree",
    [
        select(call("plus", ONE, identifier("t", "file"))),
        select(call("arrayMap", identifier("t", "file"), identifier("tags"))),
        select(call("arrayMap", {"type": "Identifier", "name": "upper"}, identifier("tags"))),
        select(call("in", identifier("b", "unit"), ONE)),
        select(ONE, tables=table(table_function=call("helsepuls.known_at", call("equals", identifier("at"), ONE)))),
        select(ONE, tables=table(table_function=call("known_at", ONE))),
        select(
            call("twice", ONE), **{"with": {"type": "ExpressionList", "children": [call("lambda", ONE, alias="twice")]}}
        ),
    ],
)
def test_allowed(tree: Any) -> None:
    assert guard(Canned(tree)).check("…", {})


def test_a_lambda_may_not_take_the_name_of_a_function_of_the_engine() -> None:
    named = {"type": "ExpressionList", "children": [call("lambda", ONE, alias="file")]}
    assert refused(select(call("file", FILE), **{"with": named})) == 497


def test_settings_of_the_engine_are_seen_through_the_view() -> None:
    name = {"type": "TableIdentifier", "name": "system.settings", "name_parts": ["system", "settings"]}
    text = guard(Canned(select(ONE, tables=table(database_and_table_name=name)))).check("…", {}).text
    assert "helsepuls_endpoint.settings" in text
    assert '"system"' not in text


@pytest.mark.parametrize(
    ("canonical", "text"),
    [
        ("DESCRIBE TABLE beds", "DESCRIBE TABLE beds"),
        ("EXISTS TABLE helsepuls.`a b` FORMAT JSON", "EXISTS TABLE helsepuls.`a b`"),
        ("SHOW CREATE VIEW occupancy", "SHOW CREATE VIEW occupancy"),
        ("EXISTS DATABASE helsepuls", "EXISTS DATABASE helsepuls"),
    ],
)
def test_statements_without_a_tree(canonical: str, text: str) -> None:
    assert guard(Canned(canonical=canonical)).check("…", {}).text == text


@pytest.mark.parametrize(
    ("canonical", "code"),
    [
        ("SHOW PROCESSLIST", 164),
        ("INSERT INTO beds FORMAT Values", 164),
        ("EXISTS TEMPORARY TABLE x", 164),
        ("EXISTS TABLE beds INTO OUTFILE 'x'", 164),
        ("SHOW CREATE TABLE elsewhere.secrets", 497),
        ("SHOW CREATE TABLE `elsewhere`.`secrets`", 497),
        ("DESCRIBE TABLE `elsewhere.secrets`", 497),
        ("DESCRIBE TABLE system.processes", 497),
        ("EXISTS DATABASE elsewhere", 497),
        ("EXISTS TABLE beds FORMAT Template", 73),
    ],
)
def test_refused_statements_without_a_tree(canonical: str, code: int) -> None:
    with pytest.raises(QueryError) as caught:
        guard(Canned(canonical=canonical)).check("…", {})
    assert caught.value.code == code


def test_length() -> None:
    with pytest.raises(QueryError) as caught:
        guard(Canned(select(ONE)), Limits(query_bytes=10)).check("SELECT 1234", {})
    assert (caught.value.code, caught.value.status) == (229, 413)


def test_depth() -> None:
    class Deep(Canned):
        def to_tree(self, sql: str) -> str | None:
            return '{"type":"Subquery","children":[' * 100_000 + "1" + "]}" * 100_000

    with pytest.raises(QueryError) as caught:
        guard(Deep()).check("…", {})
    assert caught.value.code == 167


@pytest.mark.parametrize(
    "name", ["sum", "sumIf", "SUM", "uniqExactMergeState", "quantilesTDigestArrayIf", "argMaxOrNull"]
)
def test_aggregates_with_combinators(name: str) -> None:
    assert is_function(name)


@pytest.mark.parametrize("name", ["file", "fileIf", "MergeState", "OrNull", "upperIf", "sleep", ""])
def test_no_others(name: str) -> None:
    assert not is_function(name)
