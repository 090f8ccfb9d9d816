"""What a reader may name: functions, table functions, formats, settings, relations. The lists are in allowed.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import Code, QueryError

_LISTS: Final = tomllib.loads(resources.files("sinks.warehouse").joinpath("allowed.toml").read_text("utf-8"))


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS: Final = words(" ".join(_LISTS["functions"].values()).lower())
_AGGREGATES: Final = words(_LISTS["functions"]["aggregates"].lower())
_COMBINATORS: Final = tuple(words(_LISTS["combinators"].lower()))
TABLE_FUNCTIONS: Final = words(_LISTS["table_functions"])
SYSTEM_RELATIONS: Final = words(_LISTS["system_relations"])
FORMATS: Final = words(_LISTS["formats"].lower())
SETTINGS: Final = words(_LISTS["settings"])
_OUTPUT_SETTING: Final = re.compile(
    r"output_format_(?:arrow|binary|bson|csv|decimal|float|json|markdown|msgpack|native|orc|parquet|pretty|tsv|values)_\w+"
)
_SERVER_SETTINGS: Final = words(_LISTS["server_settings"])
_CAPS: Final[dict[str, Callable[[Limits], float]]] = {
    "max_execution_time": lambda limits: limits.seconds,
    "max_memory_usage": lambda limits: limits.memory_bytes,
    "max_result_bytes": lambda limits: limits.result_bytes,
    "max_result_rows": lambda limits: limits.result_rows,
    "max_threads": lambda limits: limits.threads,
}


def is_function(name: str) -> bool:
    """Whether a scalar or aggregate function may be called; an aggregate may carry combinators (`uniqMergeIf`)."""
    name = name.lower()
    if name in FUNCTIONS:
        return True
    bases = [name]
    while bases:
        base = bases.pop()
        if base in _AGGREGATES:
            return True
        bases += [base.removesuffix(suffix) for suffix in _COMBINATORS if base.endswith(suffix) and base != suffix]
    return False


def is_setting(name: str) -> bool:
    """Whether a reader may give this setting at all."""
    own = name in SETTINGS or name in _CAPS or name in _SERVER_SETTINGS
    return own or _OUTPUT_SETTING.fullmatch(name) is not None


def row_filters(database: str) -> dict[str, str]:
    """Conditions that the engine adds whenever these relations are read, by SHOW too (`additional_table_filters`)."""
    listed = ", ".join(f"'{name}'" for name in sorted(SYSTEM_RELATIONS))
    own = f"database = '{database}' OR (database = 'system' AND %s IN ({listed}))"
    return {
        "system.tables": own % "name",
        "system.columns": own % "table",
        "system.databases": f"name IN ('{database}', 'system')",
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """What the engine is and knows."""

    version: str
    timezone: str
    functions: frozenset[str]
    """Lower-case names of all functions and table functions."""
    higher_order_functions: frozenset[str]
    """Lower-case names of those that take functions."""
    settings: frozenset[str]


@dataclass(frozen=True)
class Permissions:
    """The checks, for one database and one engine. Each raises QueryError that says what is allowed instead."""

    database: str
    limits: Limits
    facts: Facts
    is_relation: Callable[[str], bool]
    """Whether the product's database has this table or view."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Relations of a purpose that is switched off, and that purpose."""

    def is_engine_function(self, name: str) -> bool:
        return name.lower() in self.facts.functions

    def takes_functions(self, name: str) -> bool:
        """Whether an argument of this function may be a function: `arrayMap(upper, names)`."""
        return name.lower() in self.facts.higher_order_functions

    def check_reference(self, name: str) -> None:
        """An identifier where a function may stand: a column, unless it is the name of a function."""
        if self.is_engine_function(name):
            self.check_function(name)

    def check_function(self, name: str) -> None:
        if is_function(name):
            return
        if self.is_engine_function(name):
            raise QueryError(
                Code.ACCESS_DENIED,
                f"Function {name} may not be called here: only functions that compute from their arguments alone.",
            )
        raise QueryError(Code.UNKNOWN_FUNCTION, f"Function with name {name} does not exist or may not be called here.")

    def check_table_function(self, name: str) -> None:
        """A table function, or a parameterised view: they are written alike."""
        if name in TABLE_FUNCTIONS:
            return
        self._check_purpose(name)
        database, dot, relation = name.rpartition(".")
        is_view = database == self.database if dot else not self.is_engine_function(name)
        if not is_view or not self.is_relation(relation):
            raise QueryError(
                Code.ACCESS_DENIED,
                f"Table function {name} may not be called here. Allowed are {_listed(TABLE_FUNCTIONS)} and the "
                f"parameterised views of {self.database}.",
            )

    def check_database(self, name: str) -> None:
        if name not in (self.database, "system"):
            raise QueryError(Code.ACCESS_DENIED, f"Database {name} is not readable here; {self.database} is.")

    def check_relation(self, name: str) -> None:
        """`name`: its parts joined by dots. An unqualified one is the query's own (WITH) or the product's."""
        self._check_purpose(name)
        if "." not in name:
            return
        database, relation = name.split(".", 1)
        if database == self.database or (database == "system" and relation in SYSTEM_RELATIONS):
            return
        raise QueryError(
            Code.ACCESS_DENIED,
            f"{name} is not readable here. Readable are the relations of {self.database} (SHOW TABLES lists them) "
            f"and, of system, {_listed(SYSTEM_RELATIONS)}.",
        )

    def _check_purpose(self, name: str) -> None:
        relation = name.removeprefix(f"{self.database}.")
        if purpose := self.withheld.get(relation):
            raise QueryError(
                Code.ACCESS_DENIED,
                f"{relation} is switched off here: it is for the purpose {purpose}, which setting sql.purposes_off "
                "names. What the other purposes need is readable; view_purposes lists what each relation is for.",
            )

    def check_format(self, name: str) -> str:
        if name.lower() not in FORMATS:
            raise QueryError(
                Code.UNKNOWN_FORMAT,
                f"Format {name} is not available here; JSON, CSVWithNames, TabSeparated, Parquet, ArrowStream and "
                "Native are, among others.",
            )
        return name

    def check_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Returns those that the engine is to have; raises 115, 164 or 452 as a profile with constraints would."""
        for name, value in settings.items():
            if name not in self.facts.settings and name not in _SERVER_SETTINGS:
                raise QueryError(Code.UNKNOWN_SETTING, f"Setting {name} is neither a builtin setting nor one of HTTP.")
            if not is_setting(name):
                raise QueryError(
                    Code.READONLY,
                    f"Cannot modify '{name}' setting in readonly mode. Readers may change how results are written "
                    "(output_format_…), how joins and nulls are treated, and lower the limits on a query.",
                )
            if name in _CAPS:
                _check_cap(name, value, _CAPS[name](self.limits))
        return {name: value for name, value in settings.items() if name not in _SERVER_SETTINGS}


def _check_cap(name: str, value: str, most: float) -> None:
    try:
        asked = float(value)
    except ValueError:
        raise QueryError(Code.BAD_ARGUMENTS, f"Setting {name} takes a number.") from None
    if not 0 < asked <= most:
        raise QueryError(
            Code.SETTING_CONSTRAINT_VIOLATION,
            f"Setting {name} shouldn't be greater than {most:.15g}, nor 0, which would be no limit.",
        )


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
