"""The lists of what is allowed, held against the engine that is installed."""

from __future__ import annotations

import pytest
from warehouse_client import Warehouse

from sinks.warehouse import allowed
from sinks.warehouse.limits import Limits

SYNTAX = {"exists", "grouping", "lambda", "untuple"}
"""What the parser calls functions and the catalogue does not."""

RUNNING = {"runningaccumulate", "runningdifference", "runningdifferencestartingwithfirstvalue", "neighbor"}
"""The catalogue does not say whether they take functions; the guard supposes that they do."""
UNLISTED = """
    file url s3 sleep sleepEachRow hostName FQDN getMacro getServerSetting logTrace dictGet joinGet joinGetOrNull
    hasColumnInTable addressToLine generateSerialID formatRow groupFormat encrypt decrypt aiGenerate
    naiveBayesClassifier evalMLMethod regionToCity filesystemAvailable showCertificate serverUUID __getScalar
    catboostEvaluate fuzzQuery structureToProtobufSchema zookeeperSessionUptime transactionID getClientHTTPHeader
    currentRequestURL
"""


def _column(warehouse: Warehouse, sql: str) -> set[str]:
    return {row[0] for row in warehouse.ask(query=sql)}


def test_every_name_exists(warehouse: Warehouse) -> None:
    functions = _column(warehouse, "SELECT lower(name) FROM system.functions")
    assert functions - SYNTAX >= allowed.FUNCTIONS - SYNTAX
    assert _column(warehouse, "SELECT name FROM system.table_functions") >= allowed.TABLE_FUNCTIONS
    assert _column(warehouse, "SELECT name FROM system.tables WHERE database = 'system'") >= allowed.SYSTEM_RELATIONS
    assert _column(warehouse, "SELECT lower(name) FROM system.formats WHERE is_output") >= allowed.FORMATS
    assert _column(warehouse, "SELECT name FROM system.settings") >= allowed.SETTINGS | set(Limits().engine_settings())


def test_names_are_compared_without_case_and_that_lets_nothing_through(warehouse: Warehouse) -> None:
    """No name that is left out becomes a listed one in lower case, unless it is the same function."""
    same = {name: alias.lower() for name, alias in warehouse.ask(query="SELECT name, alias_to FROM system.functions")}
    canonical = {name: alias or name.lower() for name, alias in same.items()}
    listed = {name for name in canonical if allowed.is_function(name)}
    by_lower: dict[str, set[str]] = {}
    for name in listed:
        by_lower.setdefault(name.lower(), set()).add(canonical[name])
    assert {name for name, targets in by_lower.items() if len(targets) > 1} == set()


@pytest.mark.parametrize("name", UNLISTED.split())
def test_what_reads_waits_tells_or_writes_is_not_listed(name: str) -> None:
    for variant in (name, name.upper(), f"{name}If", f"{name}Array"):
        assert not allowed.is_function(variant)


def test_which_functions_take_functions_is_known(warehouse: Warehouse) -> None:
    """The guard looks at identifiers there: were the catalogue silent, a reference to `file` would pass as a column."""
    higher = _column(warehouse, "SELECT lower(name) FROM system.functions WHERE higher_order")
    assert higher >= {"arraymap", "arrayfilter", "arraysort", "arrayfold", "arraymax", "arraymin", "mapapply"}
    untold = _column(
        warehouse, "SELECT lower(name) FROM system.functions WHERE higher_order IS NULL AND NOT is_aggregate"
    )
    assert {name for name in untold if allowed.is_function(name)} <= RUNNING
