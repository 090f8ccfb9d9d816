"""What may run. Nothing reaches the engine as it was written.

The engine's read-only mode lets a reader open files with the scalar `file()`, write with `INTO OUTFILE`, kill other
people's queries and read them in `system.processes`. A second parser would not help: what it understands and what the
engine understands may differ, and the difference is the hole. So the engine parses (`parseQueryToJSON`: one statement,
the whole syntax tree, nothing executed), every node of the tree is held against lists of what is allowed, and the text
that runs is written anew by the engine from the tree that was checked (`formatQueryFromJSON`). Comments, quoting and
second statements do not survive that; what the tree cannot express is refused.

DESCRIBE, EXISTS and SHOW CREATE have no such tree: the engine's own canonical text must match one narrow pattern.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from sinks.warehouse.allowed import Permissions
from sinks.warehouse.refusal import Code, QueryError
from sinks.warehouse.tree import ALLOWED_STATEMENTS, Inspection

_NAME = r"(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`)"
_NAMED: Final = re.compile(
    rf"(?P<verb>DESCRIBE TABLE|EXISTS TABLE|EXISTS VIEW|EXISTS DATABASE|SHOW CREATE TABLE|SHOW CREATE VIEW) "
    rf"(?P<name>{_NAME}(?:\.{_NAME})?)(?: FORMAT (?P<format>\w+|`\w+`))?"
)
_DESCRIBE: Final = "DESCRIBE TABLE "
_REMEMBERED: Final = 512


class Parser(Protocol):
    """The engine, as far as the guard needs it: these calls parse and format, none runs what it is given."""

    def to_tree(self, sql: str) -> str | None:
        """The syntax tree as JSON; None for a statement that has none. Raises QueryError, 62 above all."""

    def from_tree(self, tree: str) -> str:
        """The statement of a tree."""

    def canonical(self, sql: str) -> str:
        """The statement in the engine's own writing, on one line."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A statement that may run. FORMAT and SETTINGS are no longer in the text."""

    text: str
    format: str | None
    settings: dict[str, str] = field(default_factory=dict)


class Guard:
    """Holds statements against the permissions. For use by several threads; remembers what it approved."""

    def __init__(self, parser: Parser, permissions: Permissions) -> None:
        self._parser = parser
        self._permissions = permissions
        self._approve: Callable[[str, frozenset[tuple[str, str]]], Approved] = lru_cache(_REMEMBERED)(self._inspect)

    def check(self, sql: str, parameters: Mapping[str, str]) -> Approved:
        """Raises QueryError with ClickHouse's code, naming what is allowed instead.

        `parameters`: by name, without `param_`. Those of type Identifier name relations, so they are checked too.
        """
        most = self._permissions.limits.query_bytes
        if len(sql) > most:
            raise QueryError(Code.QUERY_IS_TOO_LARGE, f"A statement may have {most} characters.")
        try:
            return self._approve(sql, frozenset(parameters.items() if "Identifier" in sql else ()))
        except RecursionError:
            raise QueryError(Code.TOO_DEEP_AST, "The statement is nested too deeply.") from None

    def _inspect(self, sql: str, parameters: frozenset[tuple[str, str]]) -> Approved:
        source = self._parser.to_tree(sql)
        if source is None:
            return self._match(self._parser.canonical(sql), parameters)
        tree = json.loads(source)
        inspection = Inspection(self._permissions, dict(parameters))
        inspection.inspect(tree)
        settings = self._permissions.check_settings(inspection.settings)
        text = self._parser.from_tree(json.dumps(tree, ensure_ascii=False))
        return Approved(text, inspection.format, settings)

    def _match(self, canonical: str, parameters: frozenset[tuple[str, str]]) -> Approved:
        if found := _NAMED.fullmatch(canonical):
            self._check_name(found["verb"], found["name"])
            chosen = self._permissions.check_format(found["format"].strip("`")) if found["format"] else None
            return Approved(f"{found['verb']} {found['name']}", chosen)
        if canonical.startswith(_DESCRIBE):
            # The columns of a sub-query or of a parameterised view: checked as the SELECT that would read it.
            of = self._inspect(f"SELECT * FROM {canonical.removeprefix(_DESCRIBE)}", parameters)  # noqa: S608
            return Approved(f"{_DESCRIBE}({of.text})", of.format, of.settings)
        raise QueryError(Code.READONLY, ALLOWED_STATEMENTS)

    def _check_name(self, verb: str, quoted: str) -> None:
        parts = re.findall(_NAME, quoted)
        name = ".".join(re.sub(r"\\(.)", r"\1", part[1:-1]) if part[0] == "`" else part for part in parts)
        if verb.endswith("DATABASE"):
            self._permissions.check_database(name)
        else:
            self._permissions.check_relation(name)
